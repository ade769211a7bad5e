//! The secret of an account that a service reads again, whenever it is needed.

use std::error::Error as StdError;
use std::time::Duration;

use async_trait::async_trait;
use rpa_auth_host::{Secret, SecretSource};

use super::SecretRequest;
use crate::cli_error::CliError;
use crate::output::{say, text_of};
use crate::signals::Interrupts;
use crate::source::Source;

/// A secret that can be read any number of times.
pub struct Reread {
    request: SecretRequest,
    limit: Option<Duration>,
}

impl Reread {
    /// Refuses a source that gives its secret once. `limit` is how long a command may take,
    /// none for the default.
    pub fn new(request: SecretRequest, limit: Option<Duration>) -> Result<Self, CliError> {
        if let Source::Prompt | Source::Stdin | Source::Descriptor(_) = request.source {
            return Err(CliError::usage(format!(
                "the {} is read anew before each login, which {} does not give: say in the \
                 account that it is at file:PATH, credential:NAME, env:NAME or command:LINE",
                request.what,
                request.source.name()
            )));
        }
        Ok(Self { request, limit })
    }
}

#[async_trait]
impl SecretSource for Reread {
    async fn read(&self) -> Result<Secret, Box<dyn StdError + Send + Sync>> {
        // A service ends by itself, and a command that still runs with it.
        let mut interrupts = Interrupts::none();
        let read = self.request.read(&mut interrupts, self.limit, say).await;
        read.map_err(|error| text_of(&error).into())
    }
}
