//! Whose token it is, and which flows it takes.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::control_room::{Authenticate, ControlRoom, Logout, Refresh, Validate};
use rpa_auth_flows::oauth::{ClientCredentialsAuthenticate, Probe};
use rpa_auth_flows::orchestrator::{CurrentUser, RopcAuthenticate};
use rpa_auth_flows::{AuthError, Endpoint, Result, Scheme, Token};
use rpa_auth_guest::bindings::exports::rpa::auth::session::{
    Account, ClientAccount, ControlRoomAccount, RopcAccount,
};
use rpa_auth_guest::bindings::exports::rpa::auth::types::ControlRoomSecret;
use rpa_auth_guest::{Check, Pulse, run_with};
use rpa_auth_session_protocol::{Outcome, Platform, Request, Tag};

use crate::keys::PlaceKeys;

/// What no platform has issued: a call with it says whether the platform is there.
const MADE_UP: &str = "rpa-auth-is-anybody-there";

/// What a secret proves, where a platform has one kind only.
const SECRET: &str = "secret";

/// Which platform an account is on.
pub(crate) fn platform(account: &Account) -> Platform {
    match account {
        Account::ControlRoom(_) => Platform::ControlRoom,
        Account::Ropc(_) => Platform::Ropc,
        Account::ClientCredentials(_) => Platform::ClientCredentials,
    }
}

/// Checks the account, and says where its entry stands and what its secret is
/// known by.
pub(crate) fn check(account: &Account, keys: &PlaceKeys) -> Result<(String, Tag)> {
    // By reference: the descriptions are large, and `?` would move them.
    match account {
        Account::ControlRoom(account) => match account.control_room.check() {
            Ok((ref room, _)) => check_user(account, room, keys),
            Err(error) => Err(error),
        },
        Account::Ropc(account) => match account.orchestrator.check() {
            Ok((ref orchestrator, _)) => {
                let credentials = &account.credentials;
                RopcAuthenticate::new(orchestrator, credentials.into())?;
                let url = &canonical(orchestrator.endpoint());
                let tenant = credentials.tenancy_name.as_deref().unwrap_or_default();
                let user = &credentials.username_or_email_address;
                let parts = ["ropc", url, tenant, user];
                Ok(known_by(keys, &parts, SECRET, &credentials.password))
            }
            Err(error) => Err(error),
        },
        Account::ClientCredentials(account) => match account.identity_server.check() {
            Ok((ref server, _)) => {
                let credentials = &account.credentials;
                ClientCredentialsAuthenticate::new(server, credentials.into())?;
                let url = &canonical(server.endpoint());
                let mut scopes = Vec::new();
                for scope in &credentials.scopes {
                    // Each once, in order. A library's sort weighs 3 KB.
                    if let Err(place) = scopes.binary_search(&&**scope) {
                        scopes.insert(place, scope);
                    }
                }
                let mut parts = Vec::from(["client-credentials", url, &credentials.client_id]);
                parts.append(&mut scopes);
                Ok(known_by(keys, &parts, SECRET, &credentials.client_secret))
            }
            Err(error) => Err(error),
        },
    }
}

fn check_user(
    account: &ControlRoomAccount,
    room: &ControlRoom<'_>,
    keys: &PlaceKeys,
) -> Result<(String, Tag)> {
    let credentials = &account.credentials;
    Authenticate::new(room, credentials.into())?;
    if credentials.mfa_code.is_some() {
        return Err(AuthError::invalid(
            "account.credentials.mfa-code",
            "a code cannot be used twice; leave it out, or log in with an API key",
        ));
    }
    let url = &canonical(room.endpoint());
    let (kind, secret) = match &credentials.secret {
        ControlRoomSecret::Password(password) => ("password", password),
        ControlRoomSecret::ApiKey(key) => ("api-key", key),
    };
    let parts = ["control-room", url, &credentials.username];
    Ok(known_by(keys, &parts, kind, secret))
}

#[inline(never)]
fn known_by(keys: &PlaceKeys, account: &[&str], kind: &str, secret: &str) -> (String, Tag) {
    let place = keys.place(account);
    let tag = keys.secret_tag(&place, kind, secret);
    (place, tag)
}

/// One spelling for one address. Scheme, host and port are in it already.
fn canonical(endpoint: &Endpoint) -> String {
    let mut url = String::from(match endpoint.scheme() {
        Scheme::Http => "http://",
        Scheme::Https => "https://",
    });
    url.push_str(endpoint.authority());
    url.push_str(endpoint.path().trim_end_matches('/'));
    url
}

/// Sends what the protocol wants, and says what came of it.
pub(crate) fn send(
    account: &Account,
    request: &Request,
    keys: &PlaceKeys,
    pulse: &mut dyn Pulse,
) -> Outcome {
    let sent = match account {
        Account::ControlRoom(account) => to_control_room(account, request, pulse),
        Account::Ropc(account) => to_orchestrator(account, request, pulse),
        Account::ClientCredentials(account) => to_identity_server(account, request, pulse),
    };
    match (sent, request) {
        (Ok(Some(token)), _) => {
            let digest = keys.token_digest(&token.value);
            Outcome::Token(Box::new(token), digest)
        }
        (Ok(None), _) => Outcome::Fine,
        (Err(error), Request::Login) => Outcome::of_login(platform(account), *error),
        (Err(error), Request::Refresh(_)) => Outcome::of_refresh(*error),
        (Err(error), Request::Probe) => Outcome::of_probe(*error),
        (Err(error), Request::Logout(_)) => Outcome::of_logout(*error),
    }
}

fn to_control_room(
    account: &ControlRoomAccount,
    request: &Request,
    pulse: &mut dyn Pulse,
) -> Result<Option<Token>> {
    match account.control_room.check() {
        Ok((ref room, timeouts)) => match request {
            Request::Login => {
                let mut flow = Authenticate::new(room, (&account.credentials).into())?;
                run_with(&mut flow, timeouts, pulse).map(Some)
            }
            Request::Refresh(token) => {
                run_with(&mut Refresh::new(room, token)?, timeouts, pulse).map(Some)
            }
            Request::Probe => {
                let mut flow = Validate::new(room, MADE_UP)?;
                run_with(&mut flow, timeouts, pulse).map(|_| None)
            }
            Request::Logout(token) => {
                run_with(&mut Logout::new(room, token)?, timeouts, pulse).map(|()| None)
            }
        },
        Err(error) => Err(error),
    }
}

/// There is neither refresh nor logout: the protocol asks for none.
fn to_orchestrator(
    account: &RopcAccount,
    request: &Request,
    pulse: &mut dyn Pulse,
) -> Result<Option<Token>> {
    match account.orchestrator.check() {
        Ok((ref orchestrator, timeouts)) => match request {
            Request::Login => {
                let mut flow = RopcAuthenticate::new(orchestrator, (&account.credentials).into())?;
                run_with(&mut flow, timeouts, pulse).map(Some)
            }
            Request::Probe | Request::Refresh(_) | Request::Logout(_) => {
                let mut flow = CurrentUser::new(orchestrator, MADE_UP)?;
                run_with(&mut flow, timeouts, pulse).map(|_| None)
            }
        },
        Err(error) => Err(error),
    }
}

/// As with an Orchestrator.
fn to_identity_server(
    account: &ClientAccount,
    request: &Request,
    pulse: &mut dyn Pulse,
) -> Result<Option<Token>> {
    match account.identity_server.check() {
        Ok((ref server, timeouts)) => match request {
            Request::Login => {
                let credentials = (&account.credentials).into();
                let mut flow = ClientCredentialsAuthenticate::new(server, credentials)?;
                run_with(&mut flow, timeouts, pulse).map(Some)
            }
            Request::Probe | Request::Refresh(_) | Request::Logout(_) => {
                run_with(&mut Probe::new(server), timeouts, pulse).map(|()| None)
            }
        },
        Err(error) => Err(error),
    }
}
