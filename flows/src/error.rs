//! Why a call gave no result, in the words of the contract's `auth-error`.
//!
//! An error holds what a caller needs to act, and never a secret or a body:
//! a platform's own words pass through `redaction` before they get here.

use alloc::boxed::Box;

use crate::text::concat;
use crate::{Never, Text};

/// The result of a flow. The error is boxed because it is rare and large: the
/// component is a fifth smaller for it.
pub type Result<T> = core::result::Result<T, Box<AuthError>>;

/// Why a call gave no result. The contract's `auth-error` says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthError {
    /// An argument cannot be used; nothing was sent.
    InvalidArgument(Text),
    /// The platform refused, or failed.
    Rejected(Rejection),
    /// Too many calls, or out of service for a while.
    Throttled(Throttling),
    /// The answer points elsewhere, and was not followed.
    Redirected(Redirection),
    /// The answer is not one that this API defines.
    UnexpectedResponse(Oddity),
    /// No answer came.
    Unreachable(NoAnswer),
    /// What a later contract may add. No flow gives it.
    Other(Option<Never>),
}

impl AuthError {
    /// An argument `name` that cannot be used, and why. `problem` is a fixed
    /// text, so that it cannot hold what the caller passed.
    #[inline(never)]
    pub fn invalid(name: &'static str, problem: &'static str) -> Box<Self> {
        Box::new(Self::InvalidArgument(concat(&[name, ": ", problem]).into()))
    }
}

/// Declares an enum, and lists its cases in their order.
macro_rules! listed {
    (
        $(#[$about:meta])*
        pub enum $name:ident { $($(#[$about_case:meta])* $case:ident,)+ }
    ) => {
        $(#[$about])*
        pub enum $name {
            $($(#[$about_case])* $case,)+
        }

        impl $name {
            /// All of them, in their order. A case's place is its number in a store's entry:
            /// a program that does not know it leaves that entry alone.
            pub const ALL: &[Self] = &[$(Self::$case,)+];
        }
    };
}

listed! {
    /// What the platform refused. A new one stands last.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RejectionKind {
        /// The credentials.
        CredentialsRejected,
        /// The token.
        TokenRejected,
        /// The request, understood and refused for its content.
        RequestRejected,
        /// The caller, who is known but may not do this.
        Forbidden,
        /// The address, or the tenant in it.
        NotFound,
        /// Nothing: the platform failed.
        ServerError,
    }
}

/// What the platform said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rejection {
    /// What it refused.
    pub kind: RejectionKind,
    /// The HTTP status.
    pub status: u16,
    /// The platform's code, at most 64 characters.
    pub code: Option<Text>,
    /// The platform's words, at most 512 characters.
    pub message: Option<Text>,
}

/// The platform asks for a pause.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Throttling {
    /// The HTTP status.
    pub status: u16,
    /// From `Retry-After`, where it came and could be read.
    pub retry_after_seconds: Option<u32>,
    /// The platform's code, at most 64 characters.
    pub code: Option<Text>,
    /// The platform's words, at most 512 characters.
    pub message: Option<Text>,
}

/// An answer that points elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Redirection {
    /// The HTTP status.
    pub status: u16,
    /// Scheme, host and port of the new location, where it has one.
    pub origin: Option<Text>,
}

/// An answer that this API does not define.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Oddity {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong with it: a fixed text, never a part of the answer.
    pub what: Text,
}

/// How a call ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoAnswer {
    /// What failed.
    pub failure: TransportFailure,
    /// Whether the platform may have received the request.
    pub may_have_acted: bool,
}

listed! {
    /// What failed between the caller and the platform. A new one stands last.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum TransportFailure {
        /// The name was not found.
        Dns,
        /// The connection was refused.
        Refused,
        /// The certificate was refused, or the TLS handshake failed.
        Tls,
        /// A limit of time passed.
        Timeout,
        /// The connection ended before the answer did.
        Closed,
        /// The host does not let the component reach that address.
        Denied,
        /// Anything else.
        Other,
    }
}

impl From<NoAnswer> for Box<AuthError> {
    fn from(no_answer: NoAnswer) -> Self {
        Self::new(AuthError::Unreachable(no_answer))
    }
}
