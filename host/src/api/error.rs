//! Why a call to a platform's API got no answer.

use std::error::Error as StdError;
use std::fmt;

use crate::{NoAnswer, SessionError};

/// Why a call to a platform's API got no answer. It holds no secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// The request cannot be passed on, for the reason that it says. Nothing was sent.
    Request(String),
    /// The request's own body broke off, for the reason that it says. Part of it may have
    /// been sent.
    Body(String),
    /// There is no token to put on. The request was not sent, or was refused with 401.
    Session(SessionError),
    /// No answer came.
    Unreachable(NoAnswer),
}

impl ApiError {
    pub(super) fn request(why: impl Into<String>) -> Self {
        Self::Request(why.into())
    }

    /// A name of it: `request-refused`, `body-broken`, `unreachable`, or the session's.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request-refused",
            Self::Body(_) => "body-broken",
            Self::Session(error) => error.name(),
            Self::Unreachable(_) => "unreachable",
        }
    }
}

impl From<SessionError> for ApiError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(why) => write!(f, "{why}; nothing was sent"),
            Self::Body(why) => write!(f, "the request's body broke off: {why}"),
            Self::Session(error) => error.fmt(f),
            Self::Unreachable(no_answer) => crate::AuthError::Unreachable(no_answer.clone()).fmt(f),
        }
    }
}

impl StdError for ApiError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Session(error) => Some(error),
            Self::Request(_) | Self::Body(_) | Self::Unreachable(_) => None,
        }
    }
}
