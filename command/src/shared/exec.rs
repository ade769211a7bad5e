//! A program that gets the token in its environment, and takes the place of this one.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use rpa_auth_host::Token;

use super::Opened;
use crate::account::is_path;
use crate::cli_error::CliError;
use crate::exit::Exit;

/// The token itself.
pub const TOKEN: &str = "RPA_AUTH_TOKEN";

/// The header to put on every call to the platform: name, colon, value.
pub const HEADER: &str = "RPA_AUTH_HEADER";

/// Runs a program, without the variables that hold the account's own secrets. On Unix it
/// becomes this process, so that signals, exit code and terminal are its own; elsewhere it
/// is waited for.
pub fn run(command: &[OsString], token: &Token, ready: &Opened) -> Result<Exit, CliError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(CliError::usage("exec wants a program behind --"));
    };
    let (name, value) = token.header();
    let mut command = Command::new(program);
    command.args(arguments);
    for variable in &ready.variables {
        command.env_remove(variable);
    }
    // It may renew with the same account, from wherever it is.
    let account = if is_path(&ready.account) {
        std::path::absolute(&ready.account).unwrap_or_else(|_| ready.account.clone())
    } else {
        ready.account.clone()
    };
    command.env("RPA_AUTH_ACCOUNT", account);
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

/// Looks for a program as the system will.
pub fn find(command: &[OsString]) -> Result<(), CliError> {
    let program = Path::new(command.first().map_or(OsStr::new(""), |program| program));
    let is_there = if program.components().count() > 1 {
        program.is_file()
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| {
            let file = folder.join(program);
            file.is_file() || file.with_extension(env::consts::EXE_EXTENSION).is_file()
        })
    };
    if is_there {
        Ok(())
    } else {
        Err(CliError::usage(format!(
            "there is no program {}; nothing was sent",
            program.display()
        )))
    }
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
