//! Arguments that cannot be used, said without repeating what may be a secret.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};

use crate::cli_error::CliError;
use crate::source::FORMS;

/// Options that people try for a secret. Each exists with `-from` behind it.
const SECRETS: [&str; 6] = [
    "--password",
    "--api-key",
    "--mfa-code",
    "--client-secret",
    "--token",
    "--proxy-password",
];

/// Why the arguments are refused.
pub fn refusal(error: &Error) -> CliError {
    if error.kind() == ErrorKind::InvalidSubcommand {
        // Whatever it was: the words of a program that is misremembered, or more.
        let command = crate::cli::Cli::command();
        let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        return CliError::usage(format!(
            "there is no such subcommand; there are {}, and help",
            names.join(", ")
        ));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        let text = error.render().to_string();
        return CliError::usage(text.trim_start_matches("error: ").trim_end());
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let argument = argument.split('=').next().unwrap_or_default();
    if SECRETS.contains(&argument) {
        return CliError::usage(format!(
            "{argument}: a secret is never an argument, where every user of the machine can \
             see it. Say where it is: {argument}-from {FORMS}"
        ));
    }
    let name = argument.trim_start_matches('-');
    let is_option = argument.starts_with('-')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    // A single dash may have a value right behind its letter.
    let shown = if argument.starts_with("--") {
        argument
    } else {
        argument.get(..2).unwrap_or_default()
    };
    let what = if is_option {
        format!("there is no option {shown} here")
    } else if argument.contains("://") {
        "there is an address too many. A shared token's stands in its account: name one with \
         --account. For a login of your own there is `rpa-auth authenticate URL`"
            .into()
    } else {
        "there is an argument too many".into()
    };
    let is_near = |similar: &&str| strsim::damerau_levenshtein(similar, argument) <= 2;
    let hint = match text(ContextKind::SuggestedArg).filter(is_near) {
        Some(similar) if is_option => format!("; there is {similar}"),
        _ => String::new(),
    };
    CliError::usage(format!("{what}{hint}. --help lists what there is"))
}
