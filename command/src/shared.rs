//! The token that everybody who uses an account shares: what the subcommands `login`, `token`,
//! `renew`, `exec`, `status`, `end`, `reopen` and `reset` do.
//!
//! All of it stands in the account file: who, where the secret is, the store and its keys.

use std::ffi::OsString;
use std::path::PathBuf;
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

mod exec;
pub mod keys;
mod store;

pub use exec::{HEADER, TOKEN};
pub use keys::make_folder;

/// How often an account is looked at that is watched.
const WATCH: Duration = Duration::from_secs(1);

/// What is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    Login,
    Token,
    Renew,
    Exec,
    Status { watch: bool },
    End,
    Reopen,
    Reset,
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
            Self::Status { .. } => "status",
            Self::End => "end",
            Self::Reopen => "reopen",
            Self::Reset => "reset",
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

/// A session that is ready to be asked.
struct Ready {
    session: Session,
    login: Function,
    sent: Sent,
    /// The token that the API refused, for `renew`.
    rejected: Option<rpa_auth_host::Secret>,
    whose: String,
    /// The variables of the environment that hold a secret of the account.
    variables: Vec<String>,
    /// The account, for programs that are run.
    account: PathBuf,
}

/// Does what is asked, and prints what came of it.
pub async fn run(request: Request, context: &mut Context) -> Result<Exit, CliError> {
    let task = request.task;
    if context.json
        && (task == Task::Exec || !matches!(request.form.format, None | Some(cli::Format::Json)))
    {
        return Err(CliError::usage(format!(
            "{} prints no object in this form: leave out --json",
            task.name()
        )));
    }
    // Before anything is sent: afterwards it would be too late.
    if let Some(file) = &request.form.output {
        output::check_can_be_written(file)?;
    }
    if task == Task::Exec {
        exec::find(&request.command)?;
    }
    let ready = prepare(&request, context).await?;
    let mut seen = None;
    loop {
        let made = make(task, &ready);
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
        let outcome = outcome.map_err(|error| {
            CliError::Shared(Box::new(Failure {
                task,
                error,
                login: ready.login,
                sent: ready.sent.clone(),
            }))
        })?;
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

fn interrupted(task: Task, ready: &Ready) -> CliError {
    match task {
        // Another program that waits takes over.
        Task::Login | Task::Token | Task::Renew | Task::Exec => CliError::Interrupted(ready.login),
        Task::End | Task::Reopen | Task::Reset => CliError::HalfDone(task),
        Task::Status { .. } => CliError::InterruptedBefore,
    }
}

async fn make(task: Task, ready: &Ready) -> Result<Outcome, SessionError> {
    let session = &ready.session;
    match task {
        Task::Login | Task::Token | Task::Exec => session.token().await.map(Outcome::Grant),
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

async fn prepare(request: &Request, context: &mut Context) -> Result<Ready, CliError> {
    let Request { task, common, .. } = request;
    if common.account.is_none() && account_of_the_environment().is_none() {
        return Err(CliError::usage(format!(
            "{} wants an account: name one with --account or RPA_AUTH_ACCOUNT",
            task.name()
        )));
    }
    let (mut connection, mut account) = begin(common.clone(), None, None, context)?;
    let is_client = account.token_url.is_some() || account.client_id.is_some();
    if is_client && account.platform.as_deref() == Some("control-room") {
        return Err(CliError::usage(
            "the account is a Control Room's and has a client id, which is for an Orchestrator",
        ));
    }
    if account.mfa_code_from.is_some() {
        return Err(CliError::usage(
            "the account has `mfa-code-from`: a code cannot be used twice, so no token that is \
             got with one can be shared. Use an API key, or a user without a second factor",
        ));
    }
    let sharing = std::mem::take(&mut account.sharing);
    let login = if is_client {
        Login::client(
            cli::Client::of_account(common.clone()),
            &mut account,
            &connection,
        )?
    } else if account.platform.as_deref() == Some("orchestrator") {
        let arguments = cli::Ropc::of_account(common.clone());
        Login::ropc(arguments, &mut account, &connection, context).await?
    } else {
        let arguments = cli::Authenticate::of_account(common.clone());
        Login::room(arguments, &mut account, &connection, context).await?
    };
    let (login, proof) = login;
    let rejected = match task {
        Task::Renew => {
            let from = account.token_from.take();
            let argument = request.token_from.as_deref();
            Some(SecretRequest::new("token", "token-from", argument, from)?)
        }
        _ => None,
    };
    let proxy = connection.wanted.take();
    let store_password = store::password(&sharing)?;
    let wanted = [proxy.as_ref(), store_password.as_ref(), rejected.as_ref()];
    let wanted = || wanted.into_iter().flatten().chain([&proof]);
    at_most_one_from_stdin(wanted())?;
    let variables = wanted().filter_map(SecretRequest::variable);
    let variables = variables.map(str::to_owned).collect();

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
        variables,
        account: common
            .account
            .clone()
            .or_else(account_of_the_environment)
            .unwrap_or_default(),
    })
}
