//! A program that gets the token in its environment, and takes the place of this one.

use std::ffi::OsString;
use std::process::Command;

use rpa_auth_host::Token;

use crate::cli_error::CliError;
use crate::exit::Exit;

/// The token itself.
pub const TOKEN: &str = "RPA_AUTH_TOKEN";

/// The header to put on every call to the platform: name, colon, value.
pub const HEADER: &str = "RPA_AUTH_HEADER";

/// Runs a program, without the variables that hold the account's own secrets. On Unix it becomes this process, so that signals, exit code and terminal
/// are its own; elsewhere it is waited for.
pub fn run(command: &[OsString], token: &Token, variables: &[String]) -> Result<Exit, CliError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(CliError::usage("exec wants a program behind --"));
    };
    let (name, value) = token.header();
    let mut command = Command::new(program);
    command.args(arguments);
    for variable in variables {
        command.env_remove(variable);
    }
    command.env(TOKEN, token.value());
    command.env(HEADER, format!("{name}: {value}"));
    let error = match become_it(command) {
        Ok(code) => std::process::exit(code),
        Err(error) => error,
    };
    Err(CliError::unreadable(format!(
        "{} cannot be run: {error}",
        program.display()
    )))
}

/// Returns only where the program cannot be run.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Result<i32> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Result<i32> {
    Ok(command.status()?.code().unwrap_or(1))
}
