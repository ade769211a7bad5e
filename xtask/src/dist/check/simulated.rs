//! Both platforms, simulated, and logins that the program makes at one of them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::bare::{Bare, output, printed};
use crate::Failure;

/// How `validate` ends where the token is not good.
const NOT_VALID: i32 = 3;

/// The program `simulators`, until it is dropped.
pub struct Simulators {
    program: Child,
    /// The Control Room's.
    pub url: String,
}

impl Simulators {
    /// Starts it, at any ports that are free.
    pub fn start(folder: &Path) -> Result<Self, Failure> {
        let file = folder.join("simulators");
        let said = |error: std::io::Error| format!("{}: {error}", file.display());
        let mut program = Command::new(&file)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(said)?;
        let lines = program.stdout.take().map(BufReader::new);
        let mut lines = lines
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok);
        // Its first lines say where it listens; it does by then.
        let url = lines.find_map(|line| {
            let first = line.split_whitespace().next()?;
            first.starts_with("http://").then(|| first.to_owned())
        });
        let simulators = Self {
            program,
            url: url.unwrap_or_default(),
        };
        // Whoever writes into a pipe that nobody reads is ended.
        std::thread::spawn(move || lines.for_each(drop));
        if simulators.url.is_empty() {
            Err(format!("{} does not listen", file.display()))
        } else {
            Ok(simulators)
        }
    }

    /// Makes a login with a program, and has it refuse a token: so its exit code is passed
    /// on.
    pub fn login(&self, bare: &Bare, program: &Path) -> Result<(), Failure> {
        let version = printed(bare.command(program).arg("--version"))?;
        let named = format!("rpa-auth {}", env!("CARGO_PKG_VERSION"));
        if version.lines().next() != Some(&named) {
            return Err(format!("{}: it says {version}", program.display()));
        }
        let login = ["authenticate", &self.url, "--allow-http", "--user", "ada"];
        let mut login_command = bare.command(program);
        login_command.args(login).env("SECRET", "password");
        let token = printed(login_command.args(["--password-from", "env:SECRET"]))?;
        is_token(&token)?;

        let mut check = bare.command(program);
        check.args(["validate", &self.url, "--allow-http"]);
        check
            .args(["--token-from", "env:TOKEN"])
            .env("TOKEN", "no-token");
        let ended = output(&mut check)?;
        if ended.status.code() != Some(NOT_VALID) {
            return Err(format!("{}: {}", program.display(), ended.status));
        }
        Ok(())
    }
}

impl Drop for Simulators {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Sees whether a text is what a Control Room gives.
pub fn is_token(text: &str) -> Result<(), Failure> {
    let is_token = text.split('.').count() == 3 && !text.contains(char::is_whitespace);
    is_token
        .then_some(())
        .ok_or_else(|| format!("{} characters that are no token", text.len()))
}
