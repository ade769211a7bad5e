//! The token that everybody who uses an account shares: what the subcommands `login`, `token`,
//! `renew`, `status`, `end`, `reopen` and `reset` do.
//!
//! All of it stands in the account file: who, where the secret is, the store and its keys.

use std::time::Duration;

use rpa_auth_host::{Grant, Session, SessionError, Status};
use tokio::time::sleep;

use crate::call::Sent;
use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::exit::Exit;
use crate::function::Function;
use crate::output;
use crate::prepare::{Login, account_of_the_environment, begin};
use crate::secret::{SecretRequest, at_most_one_from_stdin};

pub mod keys;
mod store;

/// How often an account is looked at that is watched.
const WATCH: Duration = Duration::from_secs(1);

/// What is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Login,
    Token,
    Renew,
    Status { watch: bool },
    End,
    Reopen,
    Reset,
}

impl Task {
    /// The subcommand.
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Token => "token",
            Self::Renew => "renew",
            Self::Status { .. } => "status",
            Self::End => "end",
            Self::Reopen => "reopen",
            Self::Reset => "reset",
        }
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

/// A session that is ready to be asked.
struct Ready {
    session: Session,
    login: Function,
    sent: Sent,
    /// The token that the API refused, for `renew`.
    rejected: Option<rpa_auth_host::Secret>,
    whose: String,
}

/// Does what is asked, and prints what came of it.
pub async fn run(
    task: Task,
    common: cli::CommonArgs,
    token_from: Option<&str>,
    context: &mut Context,
) -> Result<Exit, CliError> {
    let ready = prepare(task, common, token_from, context).await?;
    let mut seen = None;
    loop {
        let made = make(task, &ready);
        let outcome = tokio::select! {
            outcome = made => outcome,
            () = context.interrupts.next() => return Err(interrupted(task, &ready)),
        };
        let outcome = outcome.map_err(|error| {
            CliError::Shared(Box::new(Failure {
                task,
                error,
                login: ready.login,
                sent: ready.sent.clone(),
            }))
        })?;
        let (Task::Status { watch: true }, Outcome::Status(status)) = (task, &outcome) else {
            output::shared(task, &outcome, &ready.whose, context)?;
            return Ok(Exit::Done);
        };
        let noted = noted(status);
        if seen.as_ref() != Some(&noted) {
            output::shared(task, &outcome, &ready.whose, context)?;
            seen = Some(noted);
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

fn interrupted(task: Task, ready: &Ready) -> CliError {
    match task {
        // Another program that waits takes over.
        Task::Login | Task::Token | Task::Renew => CliError::Interrupted(ready.login),
        Task::Status { .. } | Task::End | Task::Reopen | Task::Reset => CliError::InterruptedBefore,
    }
}

async fn make(task: Task, ready: &Ready) -> Result<Outcome, SessionError> {
    let session = &ready.session;
    match task {
        Task::Login | Task::Token => session.token().await.map(Outcome::Grant),
        Task::Renew => {
            let rejected = ready.rejected.as_ref().map_or("", |token| token.expose());
            session.renew(rejected).await.map(Outcome::Grant)
        }
        Task::Status { .. } => session.status().await.map(Outcome::Status),
        Task::End => session.end_for_all().await.map(|()| Outcome::Done),
        Task::Reopen => session.reopen().await.map(|()| Outcome::Done),
        Task::Reset => session.reset_refusals().await.map(|()| Outcome::Done),
    }
}

async fn prepare(
    task: Task,
    common: cli::CommonArgs,
    token_from: Option<&str>,
    context: &mut Context,
) -> Result<Ready, CliError> {
    if common.account.is_none() && account_of_the_environment().is_none() {
        return Err(CliError::usage(format!(
            "{} wants an account: name one with --account or RPA_AUTH_ACCOUNT",
            task.name()
        )));
    }
    let (mut connection, mut account) = begin(common.clone(), None, context)?;
    if account.mfa_code_from.is_some() {
        return Err(CliError::usage(
            "the account has `mfa-code-from`: a code cannot be used twice, so no token that is \
             got with one can be shared. Use an API key, or a user without a second factor",
        ));
    }
    let sharing = std::mem::take(&mut account.sharing);
    let login = if account.token_url.is_some() || account.client_id.is_some() {
        Login::client(cli::Client::of_account(common), &mut account, &connection)?
    } else if account.platform.as_deref() == Some("orchestrator") {
        let arguments = cli::Ropc::of_account(common);
        Login::ropc(arguments, &mut account, &connection, context).await?
    } else {
        let arguments = cli::Authenticate::of_account(common);
        Login::room(arguments, &mut account, &connection, context).await?
    };
    let (login, proof) = login;
    let rejected = match task {
        Task::Renew => {
            let from = account.token_from.take();
            Some(SecretRequest::new("token", "token-from", token_from, from)?)
        }
        _ => None,
    };
    let proxy = connection.wanted.take();
    let store_password = store::password(&sharing)?;
    let wanted = [proxy.as_ref(), store_password.as_ref(), rejected.as_ref()];
    at_most_one_from_stdin(wanted.into_iter().flatten().chain([&proof]))?;

    let keys = keys::of(&sharing)?;
    let store_password = context.read(store_password).await?;
    let store = store::open(&sharing, connection.ca_bundle(), store_password)?;
    let proxy_password = context.read(proxy).await?;
    let sessions = connection.sessions(proxy_password.as_ref(), store, keys)?;
    let rejected = context.read(rejected).await?;
    let secret = context.read(Some(proof)).await?;
    let secret = secret.unwrap_or_else(|| "".into());
    let call = login.call(secret.clone());
    let mut session = sessions.session(login.account(secret));
    if let Some(actor) = sharing.actor {
        session = session.actor(actor);
    }
    if let Some(name) = sharing.account_name {
        session = session.account_name(name);
    }
    if let Some(limit) = sharing.lockout_limit {
        session = session.lockout_limit(limit);
    }
    if let Some(patience) = sharing.patience {
        session = session.patience(patience);
    }
    Ok(Ready {
        session,
        login: call.function(),
        sent: call.sent(),
        rejected,
        whose: login.whose(),
    })
}
