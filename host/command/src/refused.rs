//! Arguments that cannot be used, said without repeating what may be a secret.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};

use crate::source::FORMS;
use crate::stop::Stop;

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
pub fn refusal(error: &Error) -> Stop {
    if error.kind() == ErrorKind::InvalidSubcommand {
        // Whatever it was: the words of a program that is misremembered, or more.
        let command = crate::cli::Cli::command();
        let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        return Stop::usage(format!(
            "there is no such subcommand; there are {}, and help",
            names.join(", ")
        ));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        let text = error.render().to_string();
        return Stop::usage(text.trim_start_matches("error: ").trim_end());
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let argument = argument.split('=').next().unwrap_or_default();
    if SECRETS.contains(&argument) {
        return Stop::usage(format!(
            "{argument}: a secret is never an argument, where every user of the machine can \
             see it. Say where it is: {argument}-from {FORMS}"
        ));
    }
    let name = argument.trim_start_matches('-');
    let is_option = argument.starts_with('-')
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    // A single dash may have a value right behind its letter.
    let shown = match argument.starts_with("--") {
        true => argument,
        false => argument.get(..2).unwrap_or_default(),
    };
    let what = match is_option {
        true => format!("there is no option {shown} here"),
        false => "there is an argument too many".into(),
    };
    let is_near = |similar: &&str| strsim::damerau_levenshtein(similar, argument) <= 2;
    let hint = match text(ContextKind::SuggestedArg).filter(is_near) {
        Some(similar) if is_option => format!("; there is {similar}"),
        _ => String::new(),
    };
    Stop::usage(format!("{what}{hint}. --help lists what there is"))
}
