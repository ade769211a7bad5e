//! What a call takes and gives. None of it prints a secret.

use std::time::Duration;

use crate::Secret;

mod debug;

/// How an HTTP call may be made. The defaults are the contract's.
#[derive(Clone, Debug, Default)]
pub struct Transport {
    /// Permits an `http:` URL. Credentials travel in the clear then.
    pub allow_http: bool,
    /// To open the connection. Default 10 s.
    pub connect_timeout: Option<Duration>,
    /// From the request to the first byte of the answer. Default 30 s.
    pub first_byte_timeout: Option<Duration>,
    /// Between two pieces of the answer. Default 30 s.
    pub between_bytes_timeout: Option<Duration>,
    /// For the whole call, however the time is spent. Default 60 s.
    pub total_timeout: Option<Duration>,
    /// Sent with every request, for a gateway in front of the platform: name and
    /// value. A name that the call itself uses is refused.
    pub headers: Vec<(String, Secret)>,
}

/// Which paths a Control Room has for getting and refreshing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControlRoomApi {
    /// Enterprise 11, and Automation 360 before v.31.
    V1,
    /// Automation 360 from v.31 on. The v1 login ends with v.33.
    V2,
}

/// An Automation Anywhere Control Room.
#[derive(Clone)]
pub struct ControlRoom {
    /// `https://host[:port][/prefix]`.
    pub url: String,
    /// Its API version.
    pub api: ControlRoomApi,
    /// How to call it.
    pub transport: Transport,
}

impl ControlRoom {
    /// A Control Room that is called with the default limits, over TLS.
    pub fn new(url: impl Into<String>, api: ControlRoomApi) -> Self {
        Self {
            url: url.into(),
            api,
            transport: Transport::default(),
        }
    }
}

/// What proves a user's identity to a Control Room.
#[derive(Clone, Debug)]
pub enum ControlRoomSecret {
    /// The user's password.
    Password(Secret),
    /// The user's API key as the Control Room shows it, no character doubled.
    ApiKey(Secret),
}

/// Who logs in to a Control Room.
#[derive(Clone)]
pub struct ControlRoomCredentials {
    /// The user name.
    pub username: String,
    /// What proves it.
    pub secret: ControlRoomSecret,
    /// The code of a second factor.
    pub mfa_code: Option<u32>,
    /// Asks for a token that lives beside the user's other sessions. It does not
    /// stop a second such call from replacing the first token.
    pub multiple_login: Option<bool>,
}

impl ControlRoomCredentials {
    /// A user with a password.
    pub fn password(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::new(username, ControlRoomSecret::Password(password.into()))
    }

    /// A user with an API key.
    pub fn api_key(username: impl Into<String>, key: impl Into<Secret>) -> Self {
        Self::new(username, ControlRoomSecret::ApiKey(key.into()))
    }

    fn new(username: impl Into<String>, secret: ControlRoomSecret) -> Self {
        Self {
            username: username.into(),
            secret,
            mfa_code: None,
            multiple_login: None,
        }
    }
}

/// A UiPath Orchestrator, standalone or in Automation Suite.
#[derive(Clone)]
pub struct Orchestrator {
    /// `https://host[:port][/prefix]`.
    pub url: String,
    /// With `tenant`: appended to `url`. Neither for a standalone Orchestrator
    /// or the host tenant.
    pub organization: Option<String>,
    /// See `organization`.
    pub tenant: Option<String>,
    /// Where ROPC is, instead of `api/account/authenticate`.
    pub authenticate_path: Option<String>,
    /// How to call it.
    pub transport: Transport,
}

impl Orchestrator {
    /// A standalone Orchestrator, or an address that holds organization and
    /// tenant already.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            organization: None,
            tenant: None,
            authenticate_path: None,
            transport: Transport::default(),
        }
    }

    /// A tenant of an Orchestrator in Automation Suite.
    pub fn in_suite(
        url: impl Into<String>,
        organization: impl Into<String>,
        tenant: impl Into<String>,
    ) -> Self {
        Self {
            organization: Some(organization.into()),
            tenant: Some(tenant.into()),
            ..Self::new(url)
        }
    }
}

/// Resource owner password credentials.
#[derive(Clone, Debug)]
pub struct RopcCredentials {
    /// The tenancy name; `Host` for the host administrator.
    pub tenancy_name: Option<String>,
    /// The user name or its e-mail address.
    pub username_or_email_address: String,
    /// The password.
    pub password: Secret,
}

/// How a client proves itself (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClientAuthentication {
    /// In the form.
    #[default]
    RequestBody,
    /// In the `Authorization` header.
    Basic,
}

/// The identity server that gives tokens to external applications.
#[derive(Clone)]
pub struct IdentityServer {
    /// The whole token endpoint, as in `https://host/identity_/connect/token`.
    pub token_url: String,
    /// How the client proves itself.
    pub client_authentication: ClientAuthentication,
    /// How to call it.
    pub transport: Transport,
}

impl IdentityServer {
    /// An identity server that takes the client's secret in the form.
    pub fn new(token_url: impl Into<String>) -> Self {
        Self {
            token_url: token_url.into(),
            client_authentication: ClientAuthentication::default(),
            transport: Transport::default(),
        }
    }
}

/// OAuth 2.0 client credentials (RFC 6749, section 4.4).
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// The client identifier.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret,
    /// What is asked for; none asks for what the client has by default.
    pub scopes: Vec<String>,
}

/// Where a token's lifetime was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LifetimeSource {
    /// `exp` minus `iat` of the token itself.
    Claims,
    /// A field of the answer that carried the token.
    Response,
    /// The platform's documented default.
    DocumentedDefault,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    pub(crate) value: Secret,
    pub(crate) header_name: String,
    pub(crate) header_value: Secret,
    /// Lifetime left when the answer came, in seconds.
    pub lifetime_seconds: u32,
    /// Where that was learnt.
    pub lifetime_source: LifetimeSource,
    /// In Unix seconds, by this machine's clock.
    pub expires_at_seconds: u64,
    /// What a Control Room's token says of itself: whether it lives beside the
    /// user's other sessions.
    pub multiple_login: Option<bool>,
    /// What an identity server granted, where it said so.
    pub scopes: Option<Vec<String>>,
}

impl Token {
    /// The token itself. Keep it out of logs.
    pub fn value(&self) -> &str {
        self.value.expose()
    }

    /// Name and value of the header to put on every call to the platform. The
    /// value holds the token: keep it out of logs.
    pub fn header(&self) -> (&str, &str) {
        (&self.header_name, self.header_value.expose())
    }
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user name, where the Orchestrator gave it.
    pub user_name: Option<String>,
    /// What ROPC wants as the tenancy name.
    pub tenancy_name: Option<String>,
}
