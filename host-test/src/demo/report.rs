//! What the tour prints: for each step its exchanges as the simulator saw them,
//! and what came of it.

use std::process::ExitCode;

use rpa_auth_host::{Error, Token};
use simulators::Server;

/// The steps so far.
#[derive(Default)]
pub struct Report {
    steps: u32,
    failed: u32,
}

impl Report {
    /// Prints a headline between groups of steps.
    pub fn headline(&self, text: &str) {
        say!("\n{text}");
    }

    /// Prints one step. `judge` says what came of it, or what should have.
    pub fn step<T>(
        &mut self,
        title: &str,
        server: &Server,
        result: Result<T, Error>,
        judge: impl FnOnce(Result<T, Error>) -> Result<String, String>,
    ) {
        self.steps += 1;
        say!("\n{:>2}. {title}", self.steps);
        let requests = server.take_requests();
        if requests.is_empty() {
            say!("      nothing was sent");
        }
        for request in requests {
            let status = match request.status {
                Some(status) => status.to_string(),
                None => "-".to_owned(),
            };
            say!(
                "      {:<4} {}{}  {status}  {:.1} ms",
                request.method,
                server.url(),
                request.starred_path(),
                request.elapsed.as_secs_f64() * 1e3,
            );
        }
        match judge(result) {
            Ok(text) => say!("      {text}"),
            Err(text) => {
                self.failed += 1;
                say!("      NOT AS IT SHOULD BE: {text}");
            }
        }
    }

    /// Says how it went.
    pub fn end(self) -> ExitCode {
        match self.failed {
            0 => {
                say!("\nAll {} steps did what they should.", self.steps);
                ExitCode::SUCCESS
            }
            failed => {
                say!(
                    "\n{failed} of {} steps did not do what they should.",
                    self.steps
                );
                ExitCode::FAILURE
            }
        }
    }
}

/// What can be shown of a token.
pub fn describe(token: &Token) -> String {
    let (header, _) = token.header();
    format!(
        "a token of {} characters for {} s (told by {:?}), to send as {header}: ***",
        token.value().len(),
        token.lifetime_seconds,
        token.lifetime_source,
    )
}

/// The judge of a step that must end with an error that `is` the right one.
pub fn refused<T>(
    is: impl FnOnce(&Error) -> bool,
) -> impl FnOnce(Result<T, Error>) -> Result<String, String> {
    |result| match result {
        Err(error) if is(&error) => Ok(format!("refused, as it should be: {error}")),
        Err(error) => Err(format!("another error: {error}")),
        Ok(_) => Err("it succeeded".to_owned()),
    }
}
