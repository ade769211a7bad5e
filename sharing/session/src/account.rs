//! Whose token it is, and which flows it takes.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::control_room::{Authenticate, ControlRoom};
use rpa_auth_flows::oauth::ClientCredentialsAuthenticate;
use rpa_auth_flows::orchestrator::RopcAuthenticate;
use rpa_auth_flows::{AuthError, Endpoint, Result, Scheme, Token};
use rpa_auth_guest::Check;
use rpa_auth_guest::bindings::types::ControlRoomSecret;
use rpa_auth_guest::functions::{self, Driver};
use rpa_auth_session_protocol::{Flow, Outcome, Platform, Request};

use crate::bindings::{Account, ClientAccount, ControlRoomAccount, RopcAccount};
use crate::fold::folded;
use crate::keys::{PlaceKeys, token_digest};
use crate::stored::Place;

/// What no platform has issued: a call with it says whether the platform is there.
const MADE_UP: &str = "rpa-auth-probe";

/// What a secret proves, where a platform has one kind only.
const SECRET: &str = "secret";

/// What the protocol must know of an account's platform.
pub(crate) fn platform(account: &Account, lockout_limit: Option<u32>) -> Result<Platform> {
    let flow = match account {
        Account::ControlRoom(_) => Flow::ControlRoom,
        Account::Ropc(_) => Flow::Ropc,
        Account::ClientCredentials(_) => Flow::ClientCredentials,
    };
    let platform = Platform::new(flow, lockout_limit);
    platform.ok_or_else(|| {
        AuthError::invalid(
            "options.lockout-limit",
            "is not from 2 to 99; it is the number of refused logins that disables the user",
        )
    })
}

/// What tells an account from others, and its secret from other secrets.
///
/// - The user and tenancy name are trimmed and case-folded: platforms take `Ada` and
///   `ada` for one user. A wrong merge costs one login, a wrong split the account. A
///   client id is taken as it is (RFC 6749, section 2.2).
/// - The secret is none of it, so that an old and a new one share an entry.
pub(crate) struct Identity<'a> {
    account: Vec<String>,
    kind: &'static str,
    secret: &'a str,
}

impl<'a> Identity<'a> {
    fn new(account: Vec<String>, kind: &'static str, secret: &'a str) -> Self {
        Self {
            account,
            kind,
            secret,
        }
    }

    /// Checks the account. `name` stands for its address, where there is one.
    pub(crate) fn of(account: &'a Account, name: Option<&str>) -> Result<Self> {
        // By reference: the descriptions are large, and `?` would move them.
        match account {
            Account::ControlRoom(account) => match account.control_room.check() {
                Ok((ref room, _)) => Self::of_user(account, room, name),
                Err(error) => Err(error),
            },
            Account::Ropc(account) => match account.orchestrator.check() {
                Ok((ref orchestrator, _)) => {
                    let credentials = &account.credentials;
                    RopcAuthenticate::new(orchestrator, credentials.into())?;
                    let tenant = credentials.tenancy_name.as_deref().unwrap_or_default();
                    let user = &credentials.username_or_email_address;
                    let mut parts = known_at("ropc", name, orchestrator.endpoint());
                    parts.extend([folded(tenant), folded(user)]);
                    Ok(Self::new(parts, SECRET, &credentials.password))
                }
                Err(error) => Err(error),
            },
            Account::ClientCredentials(account) => match account.identity_server.check() {
                Ok((ref server, _)) => {
                    let credentials = &account.credentials;
                    ClientCredentialsAuthenticate::new(server, credentials.into())?;
                    let mut scopes: Vec<String> = Vec::new();
                    for scope in &credentials.scopes {
                        // Each once, in order. A library's sort weighs 3 KB.
                        if let Err(place) = scopes.binary_search(scope) {
                            scopes.insert(place, scope.clone());
                        }
                    }
                    let mut parts = known_at("client-credentials", name, server.endpoint());
                    parts.push(credentials.client_id.clone());
                    parts.append(&mut scopes);
                    Ok(Self::new(parts, SECRET, &credentials.client_secret))
                }
                Err(error) => Err(error),
            },
        }
    }

    fn of_user(
        account: &'a ControlRoomAccount,
        room: &ControlRoom<'_>,
        name: Option<&str>,
    ) -> Result<Self> {
        let credentials = &account.credentials;
        Authenticate::new(room, credentials.into())?;
        if credentials.mfa_code.is_some() {
            return Err(AuthError::invalid(
                "account.credentials.mfa-code",
                "a code cannot be used twice; leave it out, or log in with an API key",
            ));
        }
        let (kind, secret) = match &credentials.secret {
            ControlRoomSecret::Password(password) => ("password", password),
            ControlRoomSecret::ApiKey(key) => ("api-key", key),
        };
        let mut parts = known_at("control-room", name, room.endpoint());
        parts.push(folded(&credentials.username));
        Ok(Self::new(parts, kind, secret))
    }

    /// Where the entry stands under a place key, and what the secret is known by
    /// there.
    pub(crate) fn place(&self, keys: &PlaceKeys) -> Place {
        let account: Vec<&str> = self.account.iter().map(String::as_str).collect();
        let key = keys.place(&account);
        let tag = keys.secret_tag(&key, self.kind, self.secret);
        Place { key, tag }
    }
}

/// Which platform, and which of its kind: by the name that the embedder gave it, or
/// by its address.
fn known_at(kind: &str, name: Option<&str>, endpoint: &Endpoint) -> Vec<String> {
    let (by, which) = match name {
        Some(name) => ("name", name.into()),
        None => ("url", canonical(endpoint)),
    };
    Vec::from([kind.into(), by.into(), which])
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

/// What a request gave.
pub enum Reply {
    /// A new token.
    Token(Token),
    /// Whether a token is good.
    IsGood(bool),
    /// Nothing but that it was done.
    Done,
}

/// Has `driver` do what the protocol wants for an account.
pub fn attempt<D: Driver>(
    account: &Account,
    request: &Request,
    driver: &mut D,
) -> Result<D::Driven<Reply>> {
    match account {
        Account::ControlRoom(account) => to_control_room(account, request, driver),
        Account::Ropc(account) => to_orchestrator(account, request, driver),
        Account::ClientCredentials(account) => to_identity_server(account, request, driver),
    }
}

/// Returns what the protocol is told of what a request gave.
pub fn outcome(platform: Platform, request: &Request, sent: Result<Reply>) -> Outcome {
    match (request, sent) {
        (_, Ok(Reply::Token(token))) => {
            let digest = token_digest(&token.value);
            Outcome::Token(Box::new(token), digest)
        }
        (Request::Check(_), Ok(Reply::IsGood(is_good))) => Outcome::of_check(Ok(is_good)),
        (_, Ok(_)) => Outcome::Fine,
        (Request::Login, Err(error)) => Outcome::of_login(platform, *error),
        (Request::Refresh(_), Err(error)) => Outcome::of_refresh(*error),
        (Request::Check(_), Err(error)) => Outcome::of_check(Err(*error)),
        (Request::Probe, Err(error)) => Outcome::of_probe(platform, *error),
        (Request::Logout(_), Err(error)) => Outcome::of_logout(*error),
    }
}

fn to_control_room<D: Driver>(
    account: &ControlRoomAccount,
    request: &Request,
    driver: &mut D,
) -> Result<D::Driven<Reply>> {
    let room = &account.control_room;
    Ok(match request {
        Request::Login => D::map(
            functions::authenticate(room, &account.credentials, driver)?,
            Reply::Token,
        ),
        Request::Refresh(token) => D::map(functions::refresh(room, token, driver)?, Reply::Token),
        Request::Check(token) => D::map(functions::validate(room, token, driver)?, Reply::IsGood),
        Request::Probe => D::map(functions::validate(room, MADE_UP, driver)?, |_| Reply::Done),
        Request::Logout(token) => D::map(functions::logout(room, token, driver)?, |()| Reply::Done),
    })
}

/// There is neither refresh nor logout, and a login displaces nothing: the protocol
/// asks for a login or a probe.
fn to_orchestrator<D: Driver>(
    account: &RopcAccount,
    request: &Request,
    driver: &mut D,
) -> Result<D::Driven<Reply>> {
    let orchestrator = &account.orchestrator;
    if *request == Request::Login {
        let login = functions::ropc_authenticate(orchestrator, &account.credentials, driver)?;
        return Ok(D::map(login, Reply::Token));
    }
    let probe = functions::current_user(orchestrator, MADE_UP, driver)?;
    Ok(D::map(probe, |_| Reply::Done))
}

/// As with an Orchestrator.
fn to_identity_server<D: Driver>(
    account: &ClientAccount,
    request: &Request,
    driver: &mut D,
) -> Result<D::Driven<Reply>> {
    let server = &account.identity_server;
    if *request == Request::Login {
        let credentials = &account.credentials;
        let login = functions::client_credentials_authenticate(server, credentials, driver)?;
        return Ok(D::map(login, Reply::Token));
    }
    Ok(D::map(functions::probe(server, driver)?, |()| Reply::Done))
}
