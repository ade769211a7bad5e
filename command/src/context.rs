//! What goes on beside the work: warnings to the person, and signals.

use std::io::{self, IsTerminal};
use std::time::Duration;

use rpa_auth_host::Secret;

use crate::cli_error::CliError;
use crate::output::say;
use crate::secret::SecretRequest;
use crate::signals::Interrupts;

pub struct Context {
    pub json: bool,
    pub quiet: bool,
    pub interrupts: Interrupts,
    /// How long a command that gives a secret may take; none for the default.
    pub command_limit: Option<Duration>,
}

impl Context {
    /// Of a service that works on: it says what is risky, and signals are looked at
    /// elsewhere.
    pub fn of_a_service() -> Self {
        Self {
            json: false,
            quiet: false,
            interrupts: Interrupts::none(),
            command_limit: None,
        }
    }

    /// Says something on standard error, unless it is to be quiet.
    pub fn warn(&self, text: &str) {
        warn(self.quiet, text);
    }

    /// Whether a person is there who can heed a warning. A job that runs by night
    /// would only fill its log with it.
    pub fn is_heeded(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Reads a secret, if one is wanted.
    pub async fn read(
        &mut self,
        wanted: Option<SecretRequest>,
    ) -> Result<Option<Secret>, CliError> {
        let (quiet, limit) = (self.quiet, self.command_limit);
        match wanted {
            None => Ok(None),
            Some(wanted) => {
                let warn = |text: &str| warn(quiet, text);
                let secret = wanted.read(&mut self.interrupts, limit, warn).await;
                secret.map(Some)
            }
        }
    }
}

fn warn(quiet: bool, text: &str) {
    if !quiet {
        say(text);
    }
}
