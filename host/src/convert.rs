//! To and from the types that wasmtime makes of the contract. What a call takes
//! is borrowed from the library's own types.

use std::time::Duration;

use crate::bindings::exports::rpa::auth::types as wit;
use crate::{
    AuthError, ControlRoomCredentials, ControlRoomSecret, LifetimeSource, NoAnswer, Oddity,
    Redirection, Rejection, RejectionKind, RopcCredentials, Throttling, Token, Transport,
    TransportFailure, User,
};

/// Transport options, with the headers as a list that can be borrowed.
pub(crate) struct Transported<'a> {
    transport: &'a Transport,
    headers: Vec<wit::HeaderParam<'a>>,
}

impl<'a> Transported<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        let headers = transport.headers.iter();
        Self {
            transport,
            headers: headers
                .map(|(name, value)| wit::HeaderParam {
                    name,
                    value: value.expose(),
                })
                .collect(),
        }
    }

    fn options(&self) -> wit::TransportOptions<'_> {
        let Transport {
            allow_http,
            connect_timeout,
            first_byte_timeout,
            between_bytes_timeout,
            total_timeout,
            headers: _,
        } = *self.transport;
        wit::TransportOptions {
            allow_http: allow_http.then_some(true),
            connect_timeout_ms: connect_timeout.map(milliseconds),
            first_byte_timeout_ms: first_byte_timeout.map(milliseconds),
            between_bytes_timeout_ms: between_bytes_timeout.map(milliseconds),
            total_timeout_ms: total_timeout.map(milliseconds),
            headers: (!self.headers.is_empty()).then_some(&self.headers),
        }
    }
}

/// Rounded up, so that a limit below a millisecond is no limit of zero.
pub(crate) fn milliseconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// The arguments of a call.
pub(crate) mod params {
    use super::{Transported, wit};
    use crate::{
        ClientAuthentication, ClientCredentials, ControlRoom, ControlRoomApi, IdentityServer,
        Orchestrator,
    };

    pub(crate) fn room<'a>(
        room: &'a ControlRoom,
        transport: &'a Transported<'_>,
    ) -> wit::ControlRoom<'a> {
        wit::ControlRoom {
            url: &room.url,
            api: match room.api {
                ControlRoomApi::V1 => wit::ControlRoomApi::V1,
                ControlRoomApi::V2 => wit::ControlRoomApi::V2,
            },
            transport: Some(transport.options()),
        }
    }

    pub(crate) fn orchestrator<'a>(
        orchestrator: &'a Orchestrator,
        transport: &'a Transported<'_>,
    ) -> wit::Orchestrator<'a> {
        wit::Orchestrator {
            url: &orchestrator.url,
            organization: orchestrator.organization.as_deref(),
            tenant: orchestrator.tenant.as_deref(),
            authenticate_path: orchestrator.authenticate_path.as_deref(),
            transport: Some(transport.options()),
        }
    }

    pub(crate) fn identity_server<'a>(
        server: &'a IdentityServer,
        transport: &'a Transported<'_>,
    ) -> wit::IdentityServer<'a> {
        wit::IdentityServer {
            token_url: &server.token_url,
            client_authentication: Some(match server.client_authentication {
                ClientAuthentication::RequestBody => wit::ClientAuthentication::RequestBody,
                ClientAuthentication::Basic => wit::ClientAuthentication::Basic,
            }),
            transport: Some(transport.options()),
        }
    }

    pub(crate) fn client_credentials<'a>(
        credentials: &'a ClientCredentials,
        scopes: &'a [&'a str],
    ) -> wit::ClientCredentials<'a> {
        wit::ClientCredentials {
            client_id: &credentials.client_id,
            client_secret: credentials.client_secret.expose(),
            scopes,
        }
    }
}

impl<'a> From<&'a ControlRoomCredentials> for wit::ControlRoomCredentials<'a> {
    fn from(credentials: &'a ControlRoomCredentials) -> Self {
        Self {
            username: &credentials.username,
            secret: match &credentials.secret {
                ControlRoomSecret::Password(password) => {
                    wit::ControlRoomSecret::Password(password.expose())
                }
                ControlRoomSecret::ApiKey(key) => wit::ControlRoomSecret::ApiKey(key.expose()),
            },
            mfa_code: credentials.mfa_code,
            multiple_login: credentials.multiple_login,
        }
    }
}

impl<'a> From<&'a RopcCredentials> for wit::RopcCredentials<'a> {
    fn from(credentials: &'a RopcCredentials) -> Self {
        Self {
            tenancy_name: credentials.tenancy_name.as_deref(),
            username_or_email_address: &credentials.username_or_email_address,
            password: credentials.password.expose(),
        }
    }
}

impl From<wit::Token> for Token {
    fn from(token: wit::Token) -> Self {
        Self {
            value: token.value.into(),
            header_name: token.header.name,
            header_value: token.header.value.into(),
            lifetime_seconds: token.lifetime_seconds,
            lifetime_source: match token.lifetime_source {
                wit::LifetimeSource::Claims => LifetimeSource::Claims,
                wit::LifetimeSource::Response => LifetimeSource::Response,
                wit::LifetimeSource::DocumentedDefault => LifetimeSource::DocumentedDefault,
            },
            expires_at_seconds: token.expires_at_seconds,
            multiple_login: token.multiple_login,
            scopes: token.scopes,
        }
    }
}

impl From<wit::User> for User {
    fn from(user: wit::User) -> Self {
        Self {
            user_name: user.user_name,
            tenancy_name: user.tenancy_name,
        }
    }
}

impl From<wit::AuthError> for AuthError {
    fn from(error: wit::AuthError) -> Self {
        match error {
            wit::AuthError::InvalidArgument(text) => Self::InvalidArgument(text),
            wit::AuthError::Rejected(rejection) => Self::Rejected(Rejection {
                kind: rejection.kind.into(),
                status: rejection.status,
                code: rejection.code,
                message: rejection.message,
            }),
            wit::AuthError::Throttled(throttling) => Self::Throttled(Throttling {
                status: throttling.status,
                retry_after_seconds: throttling.retry_after_seconds,
                code: throttling.code,
                message: throttling.message,
            }),
            wit::AuthError::Redirected(redirection) => Self::Redirected(Redirection {
                status: redirection.status,
                origin: redirection.origin,
            }),
            wit::AuthError::UnexpectedResponse(oddity) => Self::UnexpectedResponse(Oddity {
                status: oddity.status,
                what: oddity.what,
            }),
            wit::AuthError::Unreachable(no_answer) => Self::Unreachable(NoAnswer {
                failure: no_answer.failure.into(),
                may_have_acted: no_answer.may_have_acted,
                why: None,
            }),
            wit::AuthError::Other(text) => Self::Other(text),
        }
    }
}

impl From<wit::RejectionKind> for RejectionKind {
    fn from(kind: wit::RejectionKind) -> Self {
        match kind {
            wit::RejectionKind::CredentialsRejected => Self::CredentialsRejected,
            wit::RejectionKind::TokenRejected => Self::TokenRejected,
            wit::RejectionKind::RequestRejected => Self::RequestRejected,
            wit::RejectionKind::Forbidden => Self::Forbidden,
            wit::RejectionKind::NotFound => Self::NotFound,
            wit::RejectionKind::ServerError => Self::ServerError,
        }
    }
}

impl From<wit::TransportFailure> for TransportFailure {
    fn from(failure: wit::TransportFailure) -> Self {
        match failure {
            wit::TransportFailure::Dns => Self::Dns,
            wit::TransportFailure::Refused => Self::Refused,
            wit::TransportFailure::Tls => Self::Tls,
            wit::TransportFailure::Timeout => Self::Timeout,
            wit::TransportFailure::Closed => Self::Closed,
            wit::TransportFailure::Denied => Self::Denied,
            wit::TransportFailure::Other => Self::Other,
        }
    }
}

impl From<TransportFailure> for wit::TransportFailure {
    fn from(failure: TransportFailure) -> Self {
        match failure {
            TransportFailure::Dns => Self::Dns,
            TransportFailure::Refused => Self::Refused,
            TransportFailure::Tls => Self::Tls,
            TransportFailure::Timeout => Self::Timeout,
            TransportFailure::Closed => Self::Closed,
            TransportFailure::Denied => Self::Denied,
            TransportFailure::Other => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_rounded_up_and_never_wraps() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_nanos(1_500)), 1);
        assert_eq!(milliseconds(Duration::from_millis(250)), 250);
        assert_eq!(milliseconds(Duration::from_secs(u64::MAX)), u32::MAX);
    }
}
