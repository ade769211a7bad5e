//! The completion scripts and the manual pages, made from the same definition as
//! the arguments.

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::Cli;
use crate::cli_error::CliError;
use crate::help;

/// What stands at the foot of a page.
const SOURCE: &str = concat!("rpa-auth ", env!("CARGO_PKG_VERSION"));

/// When the pages last changed.
const DATE: &str = "2026-11-30";

/// The completion script of a shell.
pub fn completion(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rpa-auth", &mut script);
    match shell {
        Shell::Bash => with_labels_that_match(script),
        _ => script,
    }
}

/// For a name with a hyphen the script notes the subcommand under one label and
/// looks for another one (clap-rs/clap issue 6421, in clap_complete 4.6.11), so
/// that nothing is completed behind a subcommand.
fn with_labels_that_match(script: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(script) {
        Ok(script) => script
            .replace("rpa__subcmd__auth__", "rpa__auth__")
            .into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// The manual page of the command, or of a subcommand: its name, and that of the one that it
/// belongs to before it.
pub fn manual(names: &[&String]) -> Result<Vec<u8>, CliError> {
    let mut root = Cli::command();
    root.build();
    let mut found = &root;
    for name in names {
        found = found
            .find_subcommand(name)
            .ok_or_else(|| no_such_subcommand_of(found))?;
    }
    let page = if names.is_empty() {
        root_page(root)
    } else {
        let mut page = Vec::new();
        let man = Man::new(found.clone()).source(SOURCE).date(DATE);
        man.render(&mut page).map(|()| page)
    };
    page.map_err(|error| CliError::internal(&error))
}

fn no_such_subcommand_of(command: &Command) -> CliError {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let name = command.get_name();
    CliError::usage(if names.is_empty() {
        format!("{name} has no subcommands")
    } else {
        format!("{name} has no such subcommand; it has {}", names.join(", "))
    })
}

/// The sections that `--help` ends with are sections of the page.
fn root_page(root: Command) -> std::io::Result<Vec<u8>> {
    let man = Man::new(root).source(SOURCE).date(DATE);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    for (title, text) in help::sections() {
        let mut section = Roff::new();
        section.control("SH", [title.to_uppercase().as_str()]);
        section.control("nf", []);
        for line in text.lines() {
            section.text([roman(line)]);
        }
        section.control("fi", []);
        section.to_writer(&mut page)?;
    }
    let mut also = Roff::new();
    also.control("SH", ["SEE ALSO"]);
    also.text([roman(
        "Each subcommand has a page of its own: rpa-auth man SUBCOMMAND prints it.",
    )]);
    also.to_writer(&mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}
