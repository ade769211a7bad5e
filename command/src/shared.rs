//! The token that everybody who uses an account shares: what the subcommands `login`, `token`,
//! `renew`, `exec`, `status`, `end`, `reopen` and `reset` do.
//!
//! All of it stands in the account file: who, where the secret is, the store and its keys.

use std::ffi::OsString;
use std::time::Duration;

use rpa_auth_host::{Grant, Secret, SessionError, Status};
use tokio::time::sleep;

use crate::call::Sent;
use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::function::Function;
use crate::output;

mod exec;
pub mod keys;
mod open;
pub mod reseal;
mod store;

pub use exec::{HEADER, TOKEN};
pub use keys::make_folder;
pub use open::{Opened, Wish, open};

/// How often an account is looked at that is watched.
const WATCH: Duration = Duration::from_secs(1);

/// What is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Login,
    Token,
    Renew,
    Exec,
    Api,
    Status { watch: bool },
    End,
    Reopen,
    Reset,
    Reseal,
}

impl Task {
    /// Asks it of an account.
    pub fn of(self, common: cli::CommonArgs) -> Request {
        Request {
            task: self,
            common,
            token_from: None,
            form: cli::FormArgs::default(),
            command: Vec::new(),
        }
    }

    /// The subcommand.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Token => "token",
            Self::Renew => "renew",
            Self::Exec => "exec",
            Self::Api => "api",
            Self::Status { .. } => "status",
            Self::End => "end",
            Self::Reopen => "reopen",
            Self::Reset => "reset",
            Self::Reseal => "keys reseal",
        }
    }
}

/// What is asked of a session, of which account, and what becomes of the token.
pub struct Request {
    pub task: Task,
    common: cli::CommonArgs,
    /// Where the token is that the API refused, for `renew`.
    token_from: Option<String>,
    pub form: cli::FormArgs,
    /// What is run with the token, for `exec`.
    pub command: Vec<OsString>,
}

impl Request {
    pub fn rejecting(mut self, token_from: Option<String>) -> Self {
        self.token_from = token_from;
        self
    }

    pub fn written_as(mut self, form: cli::FormArgs) -> Self {
        self.form = form;
        self
    }

    pub fn running(mut self, command: Vec<OsString>) -> Self {
        self.command = command;
        self
    }
}

/// Why a session did not do what it was asked for.
pub struct Failure {
    pub task: Task,
    pub error: SessionError,
    /// How the account logs in.
    pub login: Function,
    pub sent: Sent,
}

/// What a session gave.
pub enum Outcome {
    Grant(Grant),
    Status(Status),
    Done,
}

/// Does what is asked, and prints what came of it.
pub async fn run(request: Request, context: &mut Context) -> Result<Exit, CliError> {
    let task = request.task;
    if context.json && task == Task::Exec {
        return Err(CliError::usage(
            "exec prints no object of its own: leave out --json",
        ));
    }
    request.form.check(context)?;
    if task == Task::Exec {
        exec::find(&request.command)?;
    }
    let wish = Wish::Once {
        task,
        token_from: request.token_from.as_deref(),
    };
    let (ready, rejected) = open(&request.common, wish, context).await?;
    let mut seen = None;
    loop {
        let made = make(task, &ready, rejected.as_ref());
        let outcome = tokio::select! {
            outcome = made => outcome,
            () = context.interrupts.next() => return Err(interrupted(task, &ready)),
        };
        let outcome = match outcome {
            // Whoever watches sees it come back.
            Err(SessionError::Store(error)) if task == (Task::Status { watch: true }) => {
                output::say(&error.to_string());
                seen = None;
                tokio::select! {
                    () = sleep(WATCH) => continue,
                    () = context.interrupts.next() => return Ok(Exit::Interrupted),
                }
            }
            outcome => outcome,
        };
        let outcome = outcome.map_err(|error| ready.failure(task, error))?;
        match &outcome {
            Outcome::Grant(grant) if task == Task::Exec => {
                return exec::run(&request.command, &grant.token, &ready);
            }
            Outcome::Status(status) if task == (Task::Status { watch: true }) => {
                let noted = noted(status);
                if seen.as_ref() != Some(&noted) {
                    output::shared(&request, &outcome, &ready.whose, context)?;
                    seen = Some(noted);
                }
            }
            outcome => {
                output::shared(&request, outcome, &ready.whose, context)?;
                return Ok(Exit::Done);
            }
        }
        tokio::select! {
            () = sleep(WATCH) => {}
            () = context.interrupts.next() => return Ok(Exit::Interrupted),
        }
    }
}

/// What of a status is news: all but the times that pass.
fn noted(status: &Status) -> Status {
    let mut noted = status.clone();
    noted.age_ms = 0;
    noted.lifetime_seconds = noted.lifetime_seconds.map(|_| 0);
    noted.retry_after_seconds = noted.retry_after_seconds.map(|_| 0);
    noted
}

fn interrupted(task: Task, ready: &Opened) -> CliError {
    match task {
        // Another program that waits takes over.
        Task::Login | Task::Token | Task::Renew | Task::Exec => CliError::Interrupted(ready.login),
        Task::Api | Task::End | Task::Reopen | Task::Reset | Task::Reseal => {
            CliError::HalfDone(task)
        }
        Task::Status { .. } => CliError::InterruptedBefore,
    }
}

async fn make(
    task: Task,
    ready: &Opened,
    rejected: Option<&Secret>,
) -> Result<Outcome, SessionError> {
    let session = &ready.session;
    match task {
        Task::Login | Task::Token | Task::Exec | Task::Api | Task::Reseal => {
            session.token().await.map(Outcome::Grant)
        }
        Task::Renew => {
            let rejected = rejected.map_or("", Secret::expose);
            session.renew(rejected).await.map(Outcome::Grant)
        }
        Task::Status { .. } => session.status().await.map(Outcome::Status),
        Task::End => session.end_for_all().await.map(|()| Outcome::Done),
        Task::Reopen => session.reopen().await.map(|()| Outcome::Done),
        Task::Reset => session.reset_refusals().await.map(|()| Outcome::Done),
    }
}
