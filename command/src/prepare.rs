//! From arguments and account file to a call and the plugin that makes it.
//!
//! Everything that can be refused is refused before the first secret is asked
//! for: the component itself looks at the call, with a secret that is made up and
//! no way out. A person is warned of what a login may do when only the secret is
//! missing, and can still end it. Standard input is read once at most.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use rpa_auth_host::{
    AuthError, ControlRoom, ControlRoomApi, Error, NoAnswer, Obstacle, Orchestrator, Plugin,
    Secret, TransportFailure,
};

use crate::account::Account;
use crate::address::{host_of, tidied};
use crate::call::Call;
use crate::cli::{self, Api};
use crate::cli_error::CliError;
use crate::connection::{Connection, Means, builder};
use crate::context::Context;
use crate::function::Function;
use crate::secret::{SecretRequest, at_most_one_from_stdin, not_typed};
use crate::terminal;

mod login;

pub use login::Login;

/// A plugin and the call to make with it.
pub struct Prepared {
    pub plugin: Plugin,
    pub call: Call,
    pub means: Means,
}

/// Stands for a secret while the component looks at a call that is not made. Also
/// a number, as the code of a second factor is.
const MADE_UP: &str = "1";

/// A name that somebody types, in bytes.
const NAME_LIMIT: usize = 1024;

pub async fn authenticate(
    arguments: cli::Authenticate,
    context: &mut Context,
) -> Result<Prepared, CliError> {
    let function = Some(Function::Authenticate);
    let address = arguments.room.url.as_ref();
    let (connection, mut account) = begin(arguments.common.clone(), address, function, context)?;
    let code = match (&arguments.mfa_code_from, account.mfa_code_from.take()) {
        (None, None) => None,
        (code, account) => Some(SecretRequest::new(
            "MFA code",
            "mfa-code-from",
            code.as_deref(),
            account,
        )?),
    };
    let (login, proof) = Login::room(arguments, &mut account, &connection, context).await?;
    let code = code.map(|code| code.of(login.whose()));
    let call = |[secret, code]: [Option<Secret>; 2]| {
        let mut call = login.call(or_empty(secret));
        if let (Call::Authenticate(_, credentials), Some(code)) = (&mut call, code) {
            credentials.mfa_code = Some(mfa_code(&code)?);
        }
        Ok(call)
    };
    prepared(connection, [Some(proof), code], context, call).await
}

pub async fn with_room_token(
    arguments: cli::RoomToken,
    context: &mut Context,
    function: Function,
    call: impl Fn(ControlRoom, Secret) -> Call,
) -> Result<Prepared, CliError> {
    let address = arguments.room.url.as_ref();
    let (connection, mut account) = begin(arguments.common, address, Some(function), context)?;
    let room = room(arguments.room, &mut account, &connection, context)?;
    let token = token(arguments.token_from.as_deref(), &mut account, &room.url)?;
    let call = |[token]: [Option<Secret>; 1]| Ok(call(room.clone(), or_empty(token)));
    prepared(connection, [Some(token)], context, call).await
}

pub async fn ropc(arguments: cli::Ropc, context: &mut Context) -> Result<Prepared, CliError> {
    let function = Some(Function::RopcAuthenticate);
    let address = arguments.place.url.as_ref();
    let (connection, mut account) = begin(arguments.common.clone(), address, function, context)?;
    let (login, password) = Login::ropc(arguments, &mut account, &connection, context).await?;
    let call = |[password]: [Option<Secret>; 1]| Ok(login.call(or_empty(password)));
    prepared(connection, [Some(password)], context, call).await
}

pub async fn client(arguments: cli::Client, context: &mut Context) -> Result<Prepared, CliError> {
    let function = Some(Function::ClientCredentialsAuthenticate);
    let address = arguments.token_url.as_ref();
    let (connection, mut account) = begin(arguments.common.clone(), address, function, context)?;
    let (login, secret) = Login::client(arguments, &mut account, &connection)?;
    let call = |[secret]: [Option<Secret>; 1]| Ok(login.call(or_empty(secret)));
    prepared(connection, [Some(secret)], context, call).await
}

pub async fn current_user(
    arguments: cli::CurrentUser,
    context: &mut Context,
) -> Result<Prepared, CliError> {
    let address = arguments.place.url.as_ref();
    let function = Some(Function::CurrentUser);
    let (connection, mut account) = begin(arguments.common, address, function, context)?;
    let orchestrator = orchestrator(arguments.place, &mut account, &connection, context)?;
    let from = arguments.token_from.as_deref();
    let token = token(from, &mut account, &orchestrator.url)?;
    let call =
        |[token]: [Option<Secret>; 1]| Ok(Call::CurrentUser(orchestrator.clone(), or_empty(token)));
    prepared(connection, [Some(token)], context, call).await
}

/// What `check` looks at: the address is the account's where no argument says one.
pub async fn check(
    arguments: cli::Check,
    context: &mut Context,
) -> Result<(Plugin, crate::check::Target), CliError> {
    let address = arguments.place.url.as_ref();
    let (mut connection, mut account) = begin(arguments.common, address, None, context)?;
    let platform = arguments.platform.or(match account.platform.as_deref() {
        Some("control-room") => Some(cli::Platform::ControlRoom),
        Some("orchestrator") => Some(cli::Platform::Orchestrator),
        _ => None,
    });
    let orchestrator = orchestrator(arguments.place, &mut account, &connection, context)?;
    let target = crate::check::Target {
        platform,
        means: connection.means(),
        save_chain: arguments.save_chain,
        orchestrator,
    };
    let proxy_password = context.read(connection.wanted.take()).await?;
    Ok((connection.plugin(proxy_password.as_ref())?, target))
}

/// Reads the account file, if there is one, and refuses one for another platform. Who names an
/// address gets the account of the environment no more: its password belongs elsewhere.
pub fn begin(
    mut arguments: cli::CommonArgs,
    address: Option<&String>,
    function: Option<Function>,
    context: &mut Context,
) -> Result<(Connection, Account), CliError> {
    let named = arguments.account.take();
    let of_the_environment = || match address {
        Some(_) => None,
        None => account_of_the_environment(),
    };
    let mut account = match named.or_else(of_the_environment) {
        Some(path) => {
            let warn = |text: &str| context.warn(text);
            Account::load(&path, function, warn)?
        }
        None => Account::default(),
    };
    let connection = Connection::new(arguments.connection, &mut account)?;
    context.command_limit = connection.command_limit();
    Ok((connection, account))
}

/// Returns the account that `RPA_AUTH_ACCOUNT` names, if it names one.
pub fn account_of_the_environment() -> Option<PathBuf> {
    let named = env::var_os("RPA_AUTH_ACCOUNT");
    named.filter(|name| !name.is_empty()).map(PathBuf::from)
}

fn room(
    arguments: cli::Room,
    account: &mut Account,
    connection: &Connection,
    context: &Context,
) -> Result<ControlRoom, CliError> {
    let v1 = match arguments.api {
        Some(api) => matches!(api, Api::V1),
        None => account.api.as_deref() == Some("v1"),
    };
    Ok(ControlRoom {
        url: address(arguments.url, account, context)?,
        api: if v1 {
            ControlRoomApi::V1
        } else {
            ControlRoomApi::V2
        },
        transport: connection.transport(),
    })
}

fn orchestrator(
    arguments: cli::OrchestratorArgs,
    account: &mut Account,
    connection: &Connection,
    context: &Context,
) -> Result<Orchestrator, CliError> {
    Ok(Orchestrator {
        url: address(arguments.url, account, context)?,
        organization: arguments.organization.or(account.organization.take()),
        tenant: arguments.tenant.or(account.tenant.take()),
        authenticate_path: None,
        transport: connection.transport(),
    })
}

/// The address, without what somebody pasted behind it.
fn address(
    argument: Option<String>,
    account: &mut Account,
    context: &Context,
) -> Result<String, CliError> {
    let url = argument.or(account.url.take()).ok_or_else(|| {
        CliError::usage(
            "the URL is missing: give it as an argument or as `url` in the account file",
        )
    })?;
    let tidied = tidied(&url);
    if let Some(left_out) = tidied.left_out {
        context.warn(&format!(
            "left out `{left_out}`, which is no part of the address of a platform"
        ));
    }
    Ok(tidied.url)
}

/// The user name, which a person at a terminal is asked for.
async fn user(
    argument: Option<String>,
    account: &mut Account,
    context: &mut Context,
) -> Result<String, CliError> {
    let account = account.user.take();
    if argument.is_some() || account.is_some() || !io::stdin().is_terminal() {
        return needed("user name", "user", argument, account);
    }
    let typed = terminal::ask("user name: ", NAME_LIMIT, &mut context.interrupts).await;
    let typed = typed.map_err(|error| not_typed("user name", error))?;
    match str::from_utf8(&typed).map(str::trim) {
        Ok(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(CliError::unreadable("no user name was typed")),
    }
}

/// For the prompt.
fn whose(name: &str, url: &str) -> String {
    match host_of(url) {
        Some(host) => format!("{name} at {host}"),
        None => name.to_owned(),
    }
}

fn or_empty(secret: Option<Secret>) -> Secret {
    secret.unwrap_or_else(|| Secret::from(""))
}

fn needed(
    what: &str,
    option: &str,
    argument: Option<String>,
    account: Option<String>,
) -> Result<String, CliError> {
    argument.or(account).ok_or_else(|| {
        CliError::usage(format!(
            "the {what} is missing: give it with --{option} or as `{option}` in the account file"
        ))
    })
}

fn token(
    argument: Option<&str>,
    account: &mut Account,
    url: &str,
) -> Result<SecretRequest, CliError> {
    let token = SecretRequest::new("token", "token-from", argument, account.token_from.take())?;
    Ok(match host_of(url) {
        Some(host) => token.of(host),
        None => token,
    })
}

/// Looks at the call as far as that goes without a secret, says what it may do,
/// and reads its secrets.
async fn prepared<const N: usize>(
    mut connection: Connection,
    wanted: [Option<SecretRequest>; N],
    context: &mut Context,
    call: impl Fn([Option<Secret>; N]) -> Result<Call, CliError>,
) -> Result<Prepared, CliError> {
    let proxy = connection.wanted.take();
    at_most_one_from_stdin(proxy.iter().chain(wanted.iter().flatten()))?;
    let wanted_or_not = wanted.each_ref().map(Option::is_some);
    let preview = call(wanted_or_not.map(|wanted| wanted.then(|| Secret::from(MADE_UP))))?;
    refuse_what_cannot_be_sent(&preview).await?;
    let means = connection.means();
    let proxy_password = context.read(proxy).await?;
    let plugin = connection.plugin(proxy_password.as_ref())?;
    for warning in plugin.warnings() {
        context.warn(warning);
    }
    let doubts = preview.doubts();
    for doubt in &doubts {
        context.warn(doubt);
    }
    if let Some(warning) = preview.warning() {
        find_name(&plugin, &preview, means).await?;
        if context.is_heeded() {
            context.warn(&warning);
        }
    }
    let mut secrets = [const { None }; N];
    for (secret, wanted) in secrets.iter_mut().zip(wanted) {
        *secret = context.read(wanted).await?;
    }
    let call = call(secrets)?;
    // Of the secret itself: the others were said before it was asked for.
    for doubt in call.doubts().iter().filter(|doubt| !doubts.contains(doubt)) {
        context.warn(doubt);
    }
    Ok(Prepared {
        plugin,
        call,
        means,
    })
}

/// Has the component look at a call, with no way out.
async fn refuse_what_cannot_be_sent(preview: &Call) -> Result<(), CliError> {
    let plugin = builder().allow_origins([]).build();
    let plugin = plugin.map_err(|error| CliError::of_build(&error))?;
    match preview.make(&plugin).await {
        Err(error @ Error::Auth(AuthError::InvalidArgument(_))) => {
            Err(CliError::of_call(preview.function(), error, preview.sent()))
        }
        // Denied, as every call here that can be sent.
        _ => Ok(()),
    }
}

/// A login to a name that nobody knows, or over a proxy of a kind that is not offered, is
/// no login: nobody is to be warned of it, or asked for a password.
async fn find_name(plugin: &Plugin, call: &Call, means: Means) -> Result<(), CliError> {
    let Ok(probe) = means.probe(plugin, call.url()) else {
        return Ok(());
    };
    let no_way = |failure, why| {
        let unreachable = AuthError::Unreachable(NoAnswer {
            failure,
            may_have_acted: false,
            why,
        });
        Err(CliError::of_call(
            call.function(),
            unreachable.into(),
            call.sent(),
        ))
    };
    if probe.proxy().is_some_and(|proxy| !proxy.is_supported) {
        // No connection is opened: the obstacle says which variable it was.
        return match probe.connect().await {
            Err(why) => no_way(TransportFailure::Denied, Some(why)),
            Ok(_) => Ok(()),
        };
    }
    match probe.addresses().await {
        Err(Obstacle::NameNotFound) => no_way(TransportFailure::Dns, None),
        // The call itself says of anything else what it is.
        _ => Ok(()),
    }
}

fn mfa_code(code: &Secret) -> Result<u32, CliError> {
    let digits = code.expose().trim();
    digits
        .parse()
        .map_err(|_| CliError::unreadable("the MFA code is not a number of at most nine digits"))
}
