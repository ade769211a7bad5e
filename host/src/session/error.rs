//! Why a session gave no token: the contract's `session-error`, or a failure of
//! the host itself.

use std::error::Error as StdError;
use std::fmt;

use super::{Contest, Cooldown};
use crate::store::StoreError;
use crate::{AuthError, Stopped};

/// Why a session gave no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The platform's answer, to this caller or to the one that it waited for.
    Auth(AuthError),
    /// The platform refused or failed a short while ago. Nothing was sent.
    CoolingDown(Cooldown),
    /// Fresh tokens are dead at once, as the platform itself says: somebody outside logs
    /// in with the same user. Nothing was sent.
    Contested(Contest),
    /// The platform says that the token is good: the API refuses the call for another
    /// reason, a right that the user lacks, say. The token stays, for everybody.
    StillGood,
    /// Somebody ended the session for all. [`reopen`](crate::Session::reopen)
    /// starts a new one.
    Ended,
    /// Somebody else is getting a token and did not finish in time. Try again.
    Busy,
    /// The store failed. Without it nothing is sent.
    Store(StoreError),
    /// The account's [`SecretSource`](crate::SecretSource) gave no secret, for the reason
    /// that it says. Nothing was sent.
    NoSecret(String),
    /// Anything else.
    Other(Option<String>),
    /// The session has as many calls under way as it may have, and none of them ended
    /// within this call's patience. See
    /// [`calls_limit`](crate::Session::calls_limit).
    TooManyCalls {
        /// The most that may be under way at one time.
        limit: usize,
    },
    /// The component was stopped: it trapped, or the host could not run it. The next
    /// call gets a fresh instance.
    Component(Stopped),
}

impl SessionError {
    /// The contract's name of it, or that of the platform's error; `stopped` for the
    /// host's own.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Auth(error) => error.name(),
            Self::CoolingDown(_) => "cooling-down",
            Self::Contested(_) => "contested",
            Self::StillGood => "still-good",
            Self::Ended => "ended",
            Self::Busy => "busy",
            Self::Store(StoreError::Unavailable(_)) => "store-unavailable",
            Self::Store(StoreError::Other(_)) => "store-other",
            Self::NoSecret(_) => "no-secret",
            Self::Other(_) => "other",
            Self::TooManyCalls { .. } => "too-many-calls",
            Self::Component(_) => "stopped",
        }
    }

    pub(super) fn stopped(error: &wasmtime::Error, may_have_acted: bool) -> Self {
        Self::Component(Stopped::new(error, may_have_acted))
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::CoolingDown(cooldown) => {
                write!(
                    f,
                    "nothing was sent, because a short while ago: {}",
                    cooldown.cause
                )?;
                match cooldown.retry_after_seconds {
                    Some(seconds) => write!(f, "; try again in {seconds} s"),
                    None => f.write_str(
                        "; a person must act: see at the platform that the user is enabled, the \
                         secret is right and its directory was not away, then reset the session's \
                         refusals",
                    ),
                }
            }
            Self::Contested(contest) => write!(
                f,
                "nothing was sent: {} tokens were refused within a minute of their issue, \
                 so somebody outside logs in with the same user; try again in {} s",
                contest.refused, contest.retry_after_seconds
            ),
            Self::StillGood => f.write_str(
                "the platform says that the token is good, so the API refuses the call for another \
                 reason; the token stays",
            ),
            Self::Ended => f.write_str("the session was ended for all; reopen it to start anew"),
            Self::Busy => {
                f.write_str("somebody else is getting a token and is not done; try again")
            }
            Self::Store(error) => error.fmt(f),
            Self::NoSecret(why) => {
                write!(f, "the secret cannot be read: {why}; nothing was sent")
            }
            Self::Other(Some(text)) => f.write_str(text),
            Self::Other(None) => f.write_str("the session failed"),
            Self::TooManyCalls { limit } => write!(
                f,
                "{limit} calls of this session are under way, and none ended in time; wait for \
                 some, or raise calls_limit"
            ),
            Self::Component(stopped) => stopped.fmt(f),
        }
    }
}

impl StdError for SessionError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Auth(error) => Some(error),
            Self::CoolingDown(cooldown) => Some(&cooldown.cause),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}
