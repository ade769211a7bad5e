//! What a call takes and gives: the records of the contract, as they cross the border to
//! the component. None of it prints a secret.

use std::time::Duration;

use wasmtime::component::{ComponentType, Lift, Lower};

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
    /// Sent with every request, for a gateway in front of the platform. A name that the
    /// call itself uses is refused.
    pub headers: Vec<Header>,
}

/// A header of a request (RFC 9110, section 5).
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value. It counts as a secret.
    pub value: Secret,
}

impl Header {
    /// A name and a value. The component checks both when they are to be sent.
    pub fn new(name: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// Which paths a Control Room has for getting and refreshing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum ControlRoomApi {
    /// Enterprise 11, and Automation 360 before v.31.
    #[component(name = "v1")]
    V1,
    /// Automation 360 from v.31 on. The v1 login ends with v.33.
    #[component(name = "v2")]
    V2,
}

/// An Automation Anywhere Control Room.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
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
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(variant)]
pub enum ControlRoomSecret {
    /// The user's password.
    #[component(name = "password")]
    Password(Secret),
    /// The user's API key as the Control Room shows it, no character doubled.
    #[component(name = "api-key")]
    ApiKey(Secret),
}

/// Who logs in to a Control Room.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub struct ControlRoomCredentials {
    /// The user name.
    pub username: String,
    /// What proves it.
    pub secret: ControlRoomSecret,
    /// The code of a second factor.
    #[component(name = "mfa-code")]
    pub mfa_code: Option<u32>,
    /// Asks for a token that lives beside the user's other sessions. It does not
    /// stop a second such call from replacing the first token.
    #[component(name = "multiple-login")]
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
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub struct Orchestrator {
    /// `https://host[:port][/prefix]`.
    pub url: String,
    /// With `tenant`: appended to `url`. Neither for a standalone Orchestrator
    /// or the host tenant.
    pub organization: Option<String>,
    /// See `organization`.
    pub tenant: Option<String>,
    /// Where ROPC is, instead of `api/account/authenticate`.
    #[component(name = "authenticate-path")]
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
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub struct RopcCredentials {
    /// The tenancy name; `Host` for the host administrator.
    #[component(name = "tenancy-name")]
    pub tenancy_name: Option<String>,
    /// The user name or its e-mail address.
    #[component(name = "username-or-email-address")]
    pub username_or_email_address: String,
    /// The password.
    pub password: Secret,
}

/// How a client proves itself (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum ClientAuthentication {
    /// In the form.
    #[component(name = "request-body")]
    RequestBody,
    /// In the `Authorization` header.
    #[component(name = "basic")]
    Basic,
}

/// The identity server that gives tokens to external applications.
#[derive(Clone, ComponentType, Lower)]
#[component(record)]
pub struct IdentityServer {
    /// The whole token endpoint, as in `https://host/identity_/connect/token`.
    #[component(name = "token-url")]
    pub token_url: String,
    /// How the client proves itself. Default in the form.
    #[component(name = "client-authentication")]
    pub client_authentication: Option<ClientAuthentication>,
    /// How to call it.
    pub transport: Transport,
}

impl IdentityServer {
    /// An identity server that takes the client's secret in the form.
    pub fn new(token_url: impl Into<String>) -> Self {
        Self {
            token_url: token_url.into(),
            client_authentication: None,
            transport: Transport::default(),
        }
    }
}

/// OAuth 2.0 client credentials (RFC 6749, section 4.4).
#[derive(Clone, Debug, ComponentType, Lower)]
#[component(record)]
pub struct ClientCredentials {
    /// The client identifier.
    #[component(name = "client-id")]
    pub client_id: String,
    /// The client secret.
    #[component(name = "client-secret")]
    pub client_secret: Secret,
    /// What is asked for; none asks for what the client has by default.
    pub scopes: Vec<String>,
}

/// Where a token's lifetime was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum LifetimeSource {
    /// `exp` minus `iat` of the token itself.
    #[component(name = "claims")]
    Claims,
    /// A field of the answer that carried the token.
    #[component(name = "response")]
    Response,
    /// The platform's documented default.
    #[component(name = "documented-default")]
    DocumentedDefault,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
#[non_exhaustive]
pub struct Token {
    pub(crate) value: Secret,
    pub(crate) header: Header,
    /// Lifetime left when the answer came, in seconds.
    #[component(name = "lifetime-seconds")]
    pub lifetime_seconds: u32,
    /// Where that was learnt.
    #[component(name = "lifetime-source")]
    pub lifetime_source: LifetimeSource,
    /// In Unix seconds, by this machine's clock.
    #[component(name = "expires-at-seconds")]
    pub expires_at_seconds: u64,
    /// What a Control Room's token says of itself: whether it lives beside the
    /// user's other sessions.
    #[component(name = "multiple-login")]
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
        (&self.header.name, self.header.value.expose())
    }
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct User {
    /// The user name, where the Orchestrator gave it.
    #[component(name = "user-name")]
    pub user_name: Option<String>,
    /// What ROPC wants as the tenancy name.
    #[component(name = "tenancy-name")]
    pub tenancy_name: Option<String>,
}
