//! Why a call gave no result: the contract's `auth-error`, or a failure of the
//! host itself.

use std::error::Error as StdError;
use std::fmt;

use crate::{AuthError, KeyError};

/// Why a call gave no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The flow ended with an error of the contract. Act on it.
    Auth(AuthError),
    /// The component was stopped: it trapped, or the host could not run it. The next
    /// call gets a fresh instance.
    Component(Stopped),
}

impl Error {
    /// The contract's error, if it is one.
    pub fn as_auth(&self) -> Option<&AuthError> {
        match self {
            Self::Auth(error) => Some(error),
            Self::Component(_) => None,
        }
    }

    /// The error of a call whose component was stopped.
    pub(crate) fn stopped(error: &wasmtime::Error, may_have_acted: bool) -> Self {
        Self::Component(Stopped::new(error, may_have_acted))
    }

    /// For an operator: `stopped`, or the contract's name of the error.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Auth(error) => error.name(),
            Self::Component(_) => "stopped",
        }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Component(stopped) => stopped.fmt(f),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Auth(error) => Some(error),
            // Its own text says all that is known.
            Self::Component(_) => None,
        }
    }
}

/// The component was stopped before it gave a result.
///
/// Its text says why and whether the platform may have acted. It has no backtrace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Whether the platform may have received a request: a login may have displaced
    /// the earlier token, or count as refused.
    pub may_have_acted: bool,
    /// What stopped it, in wasmtime's words: that of the trap, say.
    pub reason: String,
}

impl Stopped {
    /// The component gave what is the outcome of another function.
    pub(crate) fn of_another_call() -> Self {
        Self::because("its outcome is that of another function", true)
    }

    pub(crate) fn because(reason: &str, may_have_acted: bool) -> Self {
        Self {
            may_have_acted,
            reason: reason.into(),
        }
    }

    pub(crate) fn new(error: &wasmtime::Error, may_have_acted: bool) -> Self {
        Self {
            may_have_acted,
            // What stands around it is the backtrace.
            reason: error.root_cause().to_string(),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the component was stopped ({}); ", self.reason)?;
        f.write_str(acted(self.may_have_acted))
    }
}

impl StdError for Stopped {}

/// Whether the platform may have acted, in words.
pub(crate) fn acted(may_have_acted: bool) -> &'static str {
    if may_have_acted {
        "the platform may have received the request"
    } else {
        "the request was not sent"
    }
}

/// Why a plugin could not be set up.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The engine refused its configuration, or the component.
    Engine(Box<dyn StdError + Send + Sync>),
    /// The CA bundle holds no certificate, or one that cannot be read.
    CaBundle(Box<dyn StdError + Send + Sync>),
    /// The client certificate or its key cannot be used.
    ClientCertificate(Box<dyn StdError + Send + Sync>),
    /// A variable that names a proxy cannot be read, or the credentials of a proxy
    /// cannot be used. The cause says which, and what is wrong, without showing it.
    Proxy(Box<dyn StdError + Send + Sync>),
    /// Two keys of the sessions are equal, or one is all zeros.
    Keys(KeyError),
    /// The TLS library refused its configuration.
    Tls(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine(_) => "wasmtime could not load the component",
            Self::CaBundle(_) => "the CA bundle cannot be used",
            Self::ClientCertificate(_) => "the client certificate cannot be used",
            Self::Proxy(_) => "the setting of a proxy cannot be used",
            Self::Keys(_) => "the keys of the sessions cannot be used",
            Self::Tls(_) => "TLS cannot be set up",
        })
    }
}

impl StdError for BuildError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Keys(error) => Some(error),
            Self::Engine(error)
            | Self::CaBundle(error)
            | Self::ClientCertificate(error)
            | Self::Proxy(error)
            | Self::Tls(error) => Some(&**error),
        }
    }
}
