//! What a call takes and gives. None of it prints a secret.

use std::fmt;
use std::time::Duration;

use crate::Secret;

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

impl fmt::Debug for ControlRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlRoom")
            .field("url", &without_user_info(&self.url))
            .field("api", &self.api)
            .field("transport", &self.transport)
            .finish()
    }
}

impl fmt::Debug for ControlRoomCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlRoomCredentials")
            .field("username", &self.username)
            .field("secret", &self.secret)
            .field("mfa_code", &self.mfa_code.map(|_| "[redacted]"))
            .field("multiple_login", &self.multiple_login)
            .finish()
    }
}

impl fmt::Debug for Orchestrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orchestrator")
            .field("url", &without_user_info(&self.url))
            .field("organization", &self.organization)
            .field("tenant", &self.tenant)
            .field("authenticate_path", &self.authenticate_path)
            .field("transport", &self.transport)
            .finish()
    }
}

impl fmt::Debug for IdentityServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityServer")
            .field("token_url", &without_user_info(&self.token_url))
            .field("client_authentication", &self.client_authentication)
            .field("transport", &self.transport)
            .finish()
    }
}

/// A URL with a password in it is refused, but only when it is called.
fn without_user_info(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_holds_a_secret_prints_it() {
        let transport = Transport {
            headers: vec![("X-Key".into(), "s3cret".into())],
            ..Transport::default()
        };
        let ropc = RopcCredentials {
            tenancy_name: None,
            username_or_email_address: "ada".into(),
            password: "s3cret".into(),
        };
        let client = ClientCredentials {
            client_id: "id".into(),
            client_secret: "s3cret".into(),
            scopes: vec![],
        };
        let token = Token {
            value: "s3cret".into(),
            header_name: "X-Authorization".into(),
            header_value: "s3cret".into(),
            lifetime_seconds: 1,
            lifetime_source: LifetimeSource::Claims,
            expires_at_seconds: 1,
            multiple_login: None,
            scopes: None,
        };
        let mut password = ControlRoomCredentials::password("ada", "s3cret");
        password.mfa_code = Some(271_828);
        let url = "https://ada:s3cret@h";
        let room = ControlRoom::new(url, ControlRoomApi::V2);
        let (orchestrator, server) = (Orchestrator::new(url), IdentityServer::new(url));
        let key = ControlRoomCredentials::api_key("ada", "s3cret");
        let printed = format!(
            "{transport:?}{ropc:?}{client:?}{token:?}{password:?}{key:?}{room:?}{orchestrator:?}{server:?}"
        );
        assert!(!printed.contains("s3cret"), "{printed}");
        assert!(!printed.contains("271828"), "{printed}");
    }
}
