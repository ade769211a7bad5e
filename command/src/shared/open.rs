//! Opens the session of an account.

use std::path::PathBuf;

use rpa_auth_host::{Secret, Session, SessionError};

use super::{Failure, Task, keys, store};
use crate::account;
use crate::call::Sent;
use crate::cli;
use crate::cli_error::CliError;
use crate::context::Context;
use crate::function::Function;
use crate::prepare::{Login, account_of_the_environment, begin};
use crate::secret::{Reread, SecretRequest, at_most_one_from_stdin};

/// What a session is wanted for.
pub enum Wish<'a> {
    /// One task, and for `renew` where the token is that the API refused.
    Once {
        task: Task,
        token_from: Option<&'a str>,
    },
    /// A service that lives on: connections are kept, and the secret is asked anew.
    Service,
}

/// A session that is ready to be asked.
pub struct Opened {
    pub session: Session,
    /// How the account logs in.
    pub login: Function,
    pub sent: Sent,
    pub whose: String,
    /// The variables of the environment that hold a secret of the account.
    pub variables: Vec<String>,
    /// The account, for programs that are run.
    pub account: PathBuf,
    /// The files that say how it is opened.
    pub files: Vec<PathBuf>,
    /// Where the API is that an external application calls.
    pub api_url: Option<String>,
}

impl Opened {
    /// Why the session did not do what it was asked for.
    pub fn failure(&self, task: Task, error: SessionError) -> CliError {
        CliError::Shared(Box::new(Failure {
            task,
            error,
            login: self.login,
            sent: self.sent.clone(),
        }))
    }
}

/// Opens it, and gives the token beside it that the API refused, where one is wanted.
pub async fn open(
    common: &cli::CommonArgs,
    wish: Wish<'_>,
    context: &mut Context,
) -> Result<(Opened, Option<Secret>), CliError> {
    let named = common.account.clone().or_else(account_of_the_environment);
    let name = match &wish {
        Wish::Once { task, .. } => task.name(),
        Wish::Service => "serve",
    };
    let named = named.ok_or_else(|| {
        CliError::usage(format!(
            "{name} wants an account: name one with --account or RPA_AUTH_ACCOUNT"
        ))
    })?;
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
    let (login, proof) = if is_client {
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
    let rejected = match &wish {
        Wish::Once {
            task: Task::Renew,
            token_from,
        } => {
            let from = account.token_from.take();
            Some(SecretRequest::new(
                "token",
                "token-from",
                *token_from,
                from,
            )?)
        }
        Wish::Once { .. } | Wish::Service => None,
    };
    let proxy = connection.wanted.take();
    let store_password = store::password(&sharing)?;
    let wanted = [proxy.as_ref(), store_password.as_ref(), rejected.as_ref()];
    let wanted = || wanted.into_iter().flatten().chain([&proof]);
    at_most_one_from_stdin(wanted())?;
    let variables = wanted().filter_map(SecretRequest::variable);
    let variables = variables.map(str::to_owned).collect();

    let files = [Some(account::named(&named)), keys::file(&sharing)];
    let files = files.into_iter().flatten().collect();
    let keys = keys::of(&sharing)?;
    let store_password = context.read(store_password).await?;
    let store = store::open(&sharing, connection.ca_bundle(), store_password)?;
    let proxy_password = context.read(proxy).await?;
    if matches!(wish, Wish::Service) {
        connection = connection.kept();
    }
    let limit = connection.command_limit();
    let sessions = connection.sessions(proxy_password.as_ref(), store, keys)?;
    let rejected = context.read(rejected).await?;
    let (secret, reread) = match wish {
        Wish::Once { .. } => (context.read(Some(proof)).await?, None),
        Wish::Service => (None, Some(Reread::new(proof, limit)?)),
    };
    let secret = secret.unwrap_or_else(|| "".into());
    let call = login.call(secret.clone());
    let mut session = sessions.session(login.account(secret));
    if let Some(source) = reread {
        session = session.secret_from(source);
    }
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
    let opened = Opened {
        session,
        login: call.function(),
        sent: Sent {
            is_shared: true,
            ..call.sent()
        },
        whose: login.whose(),
        variables,
        files,
        account: named,
        api_url: if is_client { account.url.take() } else { None },
    };
    Ok((opened, rejected))
}
