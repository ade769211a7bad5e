//! The contract's `auth-error`, in the host's types.

use std::error::Error as StdError;
use std::fmt;

use wasmtime::component::{ComponentType, Lift, Lower};

use crate::Obstacle;
use crate::error::acted;

/// The contract's `auth-error`.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(variant)]
#[non_exhaustive]
pub enum AuthError {
    /// An argument cannot be used; nothing was sent. Fix the input.
    #[component(name = "invalid-argument")]
    InvalidArgument(String),
    /// The platform refused, or failed; [`Rejection::kind`] says what to do.
    #[component(name = "rejected")]
    Rejected(Rejection),
    /// Too many calls, or out of service for a while. Try later.
    #[component(name = "throttled")]
    Throttled(Throttling),
    /// An answer elsewhere, which is never followed. Fix the URL.
    #[component(name = "redirected")]
    Redirected(Redirection),
    /// Not an answer of this API: a portal page, a proxy, a firewall's page, a web
    /// server that wants a sign-in of its own, a missing token. A login may count as
    /// refused.
    #[component(name = "unexpected-response")]
    UnexpectedResponse(Oddity),
    /// No answer came.
    #[component(name = "unreachable")]
    Unreachable(NoAnswer),
    /// Anything else.
    #[component(name = "other")]
    Other(Option<String>),
}

impl AuthError {
    /// The contract's name of it: `credentials-rejected`, `throttled` or
    /// `unreachable`, say.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidArgument(_) => "invalid-argument",
            Self::Rejected(rejection) => rejection.kind.name(),
            Self::Throttled(_) => "throttled",
            Self::Redirected(_) => "redirected",
            Self::UnexpectedResponse(_) => "unexpected-response",
            Self::Unreachable(_) => "unreachable",
            Self::Other(_) => "other",
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument(text) => write!(f, "invalid argument: {text}"),
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Throttled(throttling) => {
                write!(f, "throttled (status {}", throttling.status)?;
                if let Some(code) = &throttling.code {
                    write!(f, ", code {code}")?;
                }
                f.write_str(")")?;
                if let Some(seconds) = throttling.retry_after_seconds {
                    write!(f, ", try again in {seconds} s")?;
                }
                match &throttling.message {
                    Some(message) => write!(f, ": {message}"),
                    None => Ok(()),
                }
            }
            Self::Redirected(redirection) => {
                write!(f, "redirected (status {})", redirection.status)?;
                match &redirection.origin {
                    Some(origin) => write!(f, " to {origin}"),
                    None => Ok(()),
                }
            }
            Self::UnexpectedResponse(oddity) => {
                write!(
                    f,
                    "unexpected response (status {}): {}",
                    oddity.status, oddity.what
                )
            }
            Self::Unreachable(no_answer) => {
                let acted = acted(no_answer.may_have_acted);
                match &no_answer.why {
                    Some(why) => write!(f, "unreachable: {why}; {acted}"),
                    None => write!(f, "unreachable: {}; {acted}", no_answer.failure),
                }
            }
            Self::Other(Some(text)) => write!(f, "failed: {text}"),
            Self::Other(None) => f.write_str("failed"),
        }
    }
}

impl StdError for AuthError {}

/// What the platform said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Rejection {
    /// What it refused, and so what to do.
    pub kind: RejectionKind,
    /// The HTTP status.
    pub status: u16,
    /// `UM1114`, `1000` or `invalid_client`, say.
    pub code: Option<String>,
    /// The platform's words, at most 512 characters, in its own language, with
    /// every secret of the call struck out.
    pub message: Option<String>,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (status {}", self.kind, self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        f.write_str(")")?;
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

/// What the platform refused, and so what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The credentials. Trying them again counts toward the account's lock-out.
    /// Ask a person.
    #[component(name = "credentials-rejected")]
    CredentialsRejected,
    /// The token: expired, logged out, or displaced by a later login. Get a new
    /// one.
    #[component(name = "token-rejected")]
    TokenRejected,
    /// The request, understood and refused for its content: a scope, a grant,
    /// the kind of account. Fix the input.
    #[component(name = "request-rejected")]
    RequestRejected,
    /// The caller, who is known but not allowed to do this. Ask a person. A
    /// login may count as refused.
    #[component(name = "forbidden")]
    Forbidden,
    /// The address: wrong URL, API version or tenant.
    #[component(name = "not-found")]
    NotFound,
    /// Nothing: the platform failed. Try later. A login may count as refused.
    #[component(name = "server-error")]
    ServerError,
}

impl RejectionKind {
    /// The contract's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::CredentialsRejected => "credentials-rejected",
            Self::TokenRejected => "token-rejected",
            Self::RequestRejected => "request-rejected",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::ServerError => "server-error",
        }
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CredentialsRejected => "credentials rejected",
            Self::TokenRejected => "token rejected",
            Self::RequestRejected => "request rejected",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not found",
            Self::ServerError => "server error",
        })
    }
}

/// The platform asks for a pause.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Throttling {
    /// The HTTP status.
    pub status: u16,
    /// From `Retry-After`, where it came and could be read.
    #[component(name = "retry-after-seconds")]
    pub retry_after_seconds: Option<u32>,
    /// The platform's code, as in [`Rejection`].
    pub code: Option<String>,
    /// The platform's words, as in [`Rejection`].
    pub message: Option<String>,
}

/// An answer that points elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Redirection {
    /// The HTTP status.
    pub status: u16,
    /// Scheme, host and port of the new location, where it has one. The call's own
    /// where it is a page of the same server, a login page as a rule: the token is
    /// not accepted there, or the path is none of the API's.
    pub origin: Option<String>,
}

/// An answer that this API does not define.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(record)]
pub struct Oddity {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with it. Never holds the body.
    pub what: String,
}

/// How a call ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// What failed.
    pub failure: TransportFailure,
    /// Whether the platform may have received the request: a login may have
    /// displaced the earlier token, or count as refused.
    pub may_have_acted: bool,
    /// What stood in the way, where more is known than `failure` says: what is wrong
    /// with the certificate, or what the proxy answered. As
    /// [`Probe`](crate::Probe) would say it.
    pub why: Option<Obstacle>,
}

impl NoAnswer {
    /// Whether it is the same, whatever is known of why.
    pub(crate) fn is_the_same_as(&self, other: &Self) -> bool {
        (self.failure, self.may_have_acted) == (other.failure, other.may_have_acted)
    }
}

/// What failed between the component and the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
#[non_exhaustive]
pub enum TransportFailure {
    /// The name was not found.
    #[component(name = "dns")]
    Dns,
    /// The connection was refused.
    #[component(name = "refused")]
    Refused,
    /// The certificate was refused, or the TLS handshake failed.
    #[component(name = "tls")]
    Tls,
    /// A limit of time passed.
    #[component(name = "timeout")]
    Timeout,
    /// The connection ended before the answer did.
    #[component(name = "closed")]
    Closed,
    /// The host does not let the component reach that address.
    #[component(name = "denied")]
    Denied,
    /// Anything else.
    #[component(name = "other")]
    Other,
}

impl TransportFailure {
    /// The contract's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::Denied => "denied",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the name was not found",
            Self::Refused => "the connection was refused",
            Self::Tls => "the certificate was refused, or the TLS handshake failed",
            Self::Timeout => "a limit of time passed",
            Self::Closed => "the connection ended before the answer did",
            Self::Denied => "the host does not permit that address",
            Self::Other => "the exchange failed",
        })
    }
}
