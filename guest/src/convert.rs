//! To and from the contract's types, and nothing else.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use rpa_auth_flows::{self as flows, Header, Options, Result, Timeouts};
use rpa_auth_flows::{control_room, oauth, orchestrator};

use crate::bindings::exports::rpa::auth::types as wit;
use crate::outcome as out;

/// A platform as the contract describes it, and how to call it.
pub trait Check {
    /// What the flows take.
    type Checked<'a>
    where
        Self: 'a;

    /// Checks the arguments, before anything is sent.
    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)>;
}

impl Check for wit::ControlRoom {
    type Checked<'a> = control_room::ControlRoom<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let api = match self.api {
            wit::ControlRoomApi::V1 => control_room::Api::V1,
            wit::ControlRoomApi::V2 => control_room::Api::V2,
        };
        let room = control_room::ControlRoom::new(&self.url, api, options)?;
        Ok((room, timeouts))
    }
}

impl Check for wit::Orchestrator {
    type Checked<'a> = orchestrator::Orchestrator<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let orchestrator = orchestrator::Orchestrator::new(
            &self.url,
            self.organization.as_deref(),
            self.tenant.as_deref(),
            self.authenticate_path.as_deref(),
            options,
        )?;
        Ok((orchestrator, timeouts))
    }
}

impl Check for wit::IdentityServer {
    type Checked<'a> = oauth::IdentityServer<'a>;

    fn check(&self) -> Result<(Self::Checked<'_>, Timeouts)> {
        let (options, timeouts) = options(self.transport.as_ref())?;
        let how = match self.client_authentication {
            None | Some(wit::ClientAuthentication::RequestBody) => {
                oauth::ClientAuthentication::RequestBody
            }
            Some(wit::ClientAuthentication::Basic) => oauth::ClientAuthentication::Basic,
        };
        let server = oauth::IdentityServer::new(&self.token_url, how, options)?;
        Ok((server, timeouts))
    }
}

fn options(given: Option<&wit::TransportOptions>) -> Result<(Options<'_>, Timeouts)> {
    let Some(given) = given else {
        return Ok(Default::default());
    };
    let timeouts = Timeouts::new(
        given.connect_timeout_ms,
        given.first_byte_timeout_ms,
        given.between_bytes_timeout_ms,
        given.total_timeout_ms,
    )?;
    let mut headers = Vec::new();
    for header in given.headers.as_deref().unwrap_or_default() {
        headers.push(Header::parse(&header.name, &header.value)?);
    }
    let options = Options {
        allow_http: given.allow_http.unwrap_or(false),
        headers,
    };
    Ok((options, timeouts))
}

impl<'a> From<&'a wit::ControlRoomCredentials> for control_room::Credentials<'a> {
    #[inline(never)]
    fn from(given: &'a wit::ControlRoomCredentials) -> Self {
        Self {
            username: &given.username,
            secret: match &given.secret {
                wit::ControlRoomSecret::Password(password) => {
                    control_room::Secret::Password(password)
                }
                wit::ControlRoomSecret::ApiKey(key) => control_room::Secret::ApiKey(key),
            },
            mfa_code: given.mfa_code,
            multiple_login: given.multiple_login,
        }
    }
}

impl<'a> From<&'a wit::RopcCredentials> for orchestrator::RopcCredentials<'a> {
    fn from(given: &'a wit::RopcCredentials) -> Self {
        Self {
            tenancy_name: given.tenancy_name.as_deref(),
            username_or_email_address: &given.username_or_email_address,
            password: &given.password,
        }
    }
}

impl<'a> From<&'a wit::ClientCredentials> for oauth::ClientCredentials<'a> {
    fn from(given: &'a wit::ClientCredentials) -> Self {
        Self {
            client_id: &given.client_id,
            client_secret: &given.client_secret,
            scopes: &given.scopes,
        }
    }
}

impl From<flows::Token> for out::Token {
    fn from(token: flows::Token) -> Self {
        Self {
            header: out::Header {
                name: token.header.name().to_string().into(),
                value: token.header.value(&token.value).into(),
            },
            value: token.value.into(),
            lifetime_seconds: token.lifetime_seconds,
            lifetime_source: match token.lifetime_source {
                flows::LifetimeSource::Claims => wit::LifetimeSource::Claims,
                flows::LifetimeSource::Response => wit::LifetimeSource::Response,
                flows::LifetimeSource::DocumentedDefault => wit::LifetimeSource::DocumentedDefault,
            },
            expires_at_seconds: token.expires_at_seconds,
            multiple_login: token.multiple_login,
            scopes: token.scopes,
        }
    }
}

impl From<orchestrator::User> for out::User {
    fn from(user: orchestrator::User) -> Self {
        Self {
            user_name: user.user_name.map(out::Text::from),
            tenancy_name: user.tenancy_name.map(out::Text::from),
        }
    }
}

impl From<Box<flows::AuthError>> for out::AuthError {
    fn from(error: Box<flows::AuthError>) -> Self {
        match *error {
            flows::AuthError::InvalidArgument(text) => Self::InvalidArgument(text.into()),
            flows::AuthError::Rejected(r) => Self::Rejected(r.into()),
            flows::AuthError::Throttled(t) => Self::Throttled(out::Throttling {
                status: t.status,
                retry_after_seconds: t.retry_after_seconds,
                code: t.code.map(out::Text::from),
                message: t.message.map(out::Text::from),
            }),
            flows::AuthError::Redirected(r) => Self::Redirected(out::Redirection {
                status: r.status,
                origin: r.origin.map(out::Text::from),
            }),
            flows::AuthError::UnexpectedResponse(o) => Self::UnexpectedResponse(out::Oddity {
                status: o.status,
                what: o.what.into_owned().into(),
            }),
            flows::AuthError::Unreachable(n) => Self::Unreachable(wit::NoAnswer {
                failure: n.failure.into(),
                may_have_acted: n.may_have_acted,
            }),
        }
    }
}

impl From<flows::Rejection> for out::Rejection {
    fn from(rejection: flows::Rejection) -> Self {
        Self {
            kind: match rejection.kind {
                flows::RejectionKind::CredentialsRejected => {
                    wit::RejectionKind::CredentialsRejected
                }
                flows::RejectionKind::TokenRejected => wit::RejectionKind::TokenRejected,
                flows::RejectionKind::RequestRejected => wit::RejectionKind::RequestRejected,
                flows::RejectionKind::Forbidden => wit::RejectionKind::Forbidden,
                flows::RejectionKind::NotFound => wit::RejectionKind::NotFound,
                flows::RejectionKind::ServerError => wit::RejectionKind::ServerError,
            },
            status: rejection.status,
            code: rejection.code.map(out::Text::from),
            message: rejection.message.map(out::Text::from),
        }
    }
}

impl From<flows::TransportFailure> for wit::TransportFailure {
    fn from(failure: flows::TransportFailure) -> Self {
        match failure {
            flows::TransportFailure::Dns => Self::Dns,
            flows::TransportFailure::Refused => Self::Refused,
            flows::TransportFailure::Tls => Self::Tls,
            flows::TransportFailure::Timeout => Self::Timeout,
            flows::TransportFailure::Closed => Self::Closed,
            flows::TransportFailure::Denied => Self::Denied,
            flows::TransportFailure::Other => Self::Other,
        }
    }
}
