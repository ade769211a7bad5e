//! From arguments and account file to a call and the plugin that makes it.
//!
//! Everything that can be refused is refused before the first secret is asked
//! for, and standard input is read once at most.

use rpa_auth_host::{
    ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi, ControlRoomCredentials,
    ControlRoomSecret, IdentityServer, Orchestrator, Plugin, RopcCredentials, Secret,
};

use crate::account::Account;
use crate::call::Call;
use crate::cli::{self, Api};
use crate::secret::{Wanted, at_most_one_from_stdin};
use crate::session::Session;
use crate::stop::Stop;
use crate::way::Way;

/// A plugin and the call to make with it.
pub type Prepared = (Plugin, Call);

pub async fn authenticate(
    arguments: cli::Authenticate,
    session: &mut Session,
) -> Result<Prepared, Stop> {
    let (way, mut account) = begin(arguments.way, Some("control-room"))?;
    let room = room(arguments.room, &mut account, &way)?;
    let username = needed("user name", "user", arguments.user, account.user.take())?;
    // What an argument says of the proof goes before all that the file says.
    let said = arguments.password_from.is_some() || arguments.api_key_from.is_some();
    let by_key = match said {
        true => arguments.api_key_from.is_some(),
        false => account.api_key_from.is_some(),
    };
    if !said && by_key && account.password_from.is_some() {
        return Err(Stop::usage(
            "the account file says where a password and where an API key is: keep one of them",
        ));
    }
    let proof = match by_key {
        true => Wanted::new(
            "API key",
            "api-key-from",
            arguments.api_key_from.as_deref(),
            account.api_key_from.take(),
        ),
        false => Wanted::new(
            "password",
            "password-from",
            arguments.password_from.as_deref(),
            account.password_from.take(),
        ),
    }?;
    let code = arguments.mfa_code_from.as_deref();
    let code = match (code, account.mfa_code_from.take()) {
        (None, None) => None,
        (code, account) => Some(Wanted::new("MFA code", "mfa-code-from", code, account)?),
    };
    let (plugin, [proof, code]) = read(way, [Some(proof), code], session).await?;
    let mfa_code = code.map(|code| mfa_code(&code)).transpose()?;
    let secret = proof.unwrap_or_else(|| Secret::from(""));
    let credentials = ControlRoomCredentials {
        username,
        secret: match by_key {
            true => ControlRoomSecret::ApiKey(secret),
            false => ControlRoomSecret::Password(secret),
        },
        mfa_code,
        multiple_login: arguments.multiple_login.or(account.multiple_login),
    };
    Ok((plugin, Call::Authenticate(room, credentials)))
}

pub async fn with_room_token(
    arguments: cli::RoomToken,
    session: &mut Session,
    call: impl FnOnce(ControlRoom, Secret) -> Call,
) -> Result<Prepared, Stop> {
    let (way, mut account) = begin(arguments.way, Some("control-room"))?;
    let room = room(arguments.room, &mut account, &way)?;
    let token = token(arguments.token_from.as_deref(), &mut account)?;
    let (plugin, token) = read_one(way, token, session).await?;
    Ok((plugin, call(room, token)))
}

pub async fn ropc(arguments: cli::Ropc, session: &mut Session) -> Result<Prepared, Stop> {
    let (way, mut account) = begin(arguments.way, Some("orchestrator"))?;
    let mut orchestrator = orchestrator(arguments.place, &mut account, &way)?;
    orchestrator.authenticate_path = arguments
        .authenticate_path
        .or(account.authenticate_path.take());
    let user = needed("user name", "user", arguments.user, account.user.take())?;
    let password = Wanted::new(
        "password",
        "password-from",
        arguments.password_from.as_deref(),
        account.password_from.take(),
    )?;
    let (plugin, password) = read_one(way, password, session).await?;
    let credentials = RopcCredentials {
        tenancy_name: arguments.tenancy_name.or(account.tenancy_name),
        username_or_email_address: user,
        password,
    };
    Ok((plugin, Call::Ropc(orchestrator, credentials)))
}

pub async fn client(arguments: cli::Client, session: &mut Session) -> Result<Prepared, Stop> {
    let (way, mut account) = begin(arguments.way, Some("orchestrator"))?;
    let token_url = arguments.token_url.or(account.token_url.take());
    let token_url = token_url.ok_or_else(|| {
        Stop::usage(
            "the token endpoint is missing: give it as an argument or as `token-url` in the \
             account file",
        )
    })?;
    let client_id = needed(
        "client id",
        "client-id",
        arguments.client_id,
        account.client_id.take(),
    )?;
    let secret = Wanted::new(
        "client secret",
        "client-secret-from",
        arguments.client_secret_from.as_deref(),
        account.client_secret_from.take(),
    )?;
    let basic = match arguments.client_authentication {
        Some(way) => matches!(way, cli::ClientAuthentication::Basic),
        None => account.client_authentication.as_deref() == Some("basic"),
    };
    let server = IdentityServer {
        token_url,
        client_authentication: match basic {
            true => ClientAuthentication::Basic,
            false => ClientAuthentication::RequestBody,
        },
        transport: way.transport(),
    };
    let (plugin, client_secret) = read_one(way, secret, session).await?;
    let credentials = ClientCredentials {
        client_id,
        client_secret,
        scopes: match arguments.scopes.is_empty() {
            true => account.scopes,
            false => arguments.scopes,
        },
    };
    Ok((plugin, Call::Client(server, credentials)))
}

pub async fn current_user(
    arguments: cli::CurrentUser,
    session: &mut Session,
) -> Result<Prepared, Stop> {
    let (way, mut account) = begin(arguments.way, Some("orchestrator"))?;
    let orchestrator = orchestrator(arguments.place, &mut account, &way)?;
    let token = token(arguments.token_from.as_deref(), &mut account)?;
    let (plugin, token) = read_one(way, token, session).await?;
    Ok((plugin, Call::CurrentUser(orchestrator, token)))
}

/// What `check` looks at: the address is the account's where no argument says one.
pub async fn check(
    arguments: cli::Check,
    session: &mut Session,
) -> Result<(Plugin, crate::check::Target), Stop> {
    let (way, mut account) = begin(arguments.way, None)?;
    let platform = arguments.platform.or(match account.platform.as_deref() {
        Some("control-room") => Some(cli::Platform::ControlRoom),
        Some("orchestrator") => Some(cli::Platform::Orchestrator),
        _ => None,
    });
    let orchestrator = orchestrator(arguments.place, &mut account, &way)?;
    let target = crate::check::Target {
        platform,
        connect_limit: way.connect_limit(),
        has_client_certificate: way.has_client_certificate(),
        has_ca_bundle: way.has_ca_bundle(),
        orchestrator,
    };
    let (plugin, []) = read(way, [], session).await?;
    Ok((plugin, target))
}

/// Reads the account file, if there is one, and refuses one for another platform.
fn begin(mut arguments: cli::Way, platform: Option<&str>) -> Result<(Way, Account), Stop> {
    let mut account = match arguments.account.take() {
        Some(path) => Account::load(&path)?,
        None => Account::default(),
    };
    if let (Some(wanted), Some(found)) = (platform, account.platform.as_deref())
        && wanted != found
    {
        return Err(Stop::usage(format!(
            "the account file is for the platform {found}, and this subcommand for {wanted}"
        )));
    }
    let way = Way::new(arguments, &mut account)?;
    Ok((way, account))
}

fn room(arguments: cli::Room, account: &mut Account, way: &Way) -> Result<ControlRoom, Stop> {
    let v1 = match arguments.api {
        Some(api) => matches!(api, Api::V1),
        None => account.api.as_deref() == Some("v1"),
    };
    Ok(ControlRoom {
        url: address(arguments.url, account)?,
        api: match v1 {
            true => ControlRoomApi::V1,
            false => ControlRoomApi::V2,
        },
        transport: way.transport(),
    })
}

fn orchestrator(
    arguments: cli::Place,
    account: &mut Account,
    way: &Way,
) -> Result<Orchestrator, Stop> {
    Ok(Orchestrator {
        url: address(arguments.url, account)?,
        organization: arguments.organization.or(account.organization.take()),
        tenant: arguments.tenant.or(account.tenant.take()),
        authenticate_path: None,
        transport: way.transport(),
    })
}

fn address(argument: Option<String>, account: &mut Account) -> Result<String, Stop> {
    argument.or(account.url.take()).ok_or_else(|| {
        Stop::usage("the URL is missing: give it as an argument or as `url` in the account file")
    })
}

fn needed(
    what: &str,
    option: &str,
    argument: Option<String>,
    account: Option<String>,
) -> Result<String, Stop> {
    argument.or(account).ok_or_else(|| {
        Stop::usage(format!(
            "the {what} is missing: give it with --{option} or as `{option}` in the account file"
        ))
    })
}

fn token(argument: Option<&str>, account: &mut Account) -> Result<Wanted, Stop> {
    Wanted::new("token", "token-from", argument, account.token_from.take())
}

async fn read_one(
    way: Way,
    wanted: Wanted,
    session: &mut Session,
) -> Result<(Plugin, Secret), Stop> {
    let (plugin, [secret]) = read(way, [Some(wanted)], session).await?;
    Ok((plugin, secret.unwrap_or_else(|| Secret::from(""))))
}

/// Reads the proxy's password and the call's secrets, and sets the plugin up.
async fn read<const N: usize>(
    mut way: Way,
    wanted: [Option<Wanted>; N],
    session: &mut Session,
) -> Result<(Plugin, [Option<Secret>; N]), Stop> {
    let proxy = way.wanted.take();
    at_most_one_from_stdin(proxy.iter().chain(wanted.iter().flatten()))?;
    let proxy_password = session.read(proxy).await?;
    let mut secrets = [const { None }; N];
    for (secret, wanted) in secrets.iter_mut().zip(wanted) {
        *secret = session.read(wanted).await?;
    }
    let plugin = way.plugin(proxy_password.as_ref())?;
    for warning in plugin.warnings() {
        session.warn(warning);
    }
    Ok((plugin, secrets))
}

fn mfa_code(code: &Secret) -> Result<u32, Stop> {
    let digits = code.expose().trim();
    digits
        .parse()
        .map_err(|_| Stop::unreadable("the MFA code is not a number of at most nine digits"))
}
