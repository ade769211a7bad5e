//! From the protocol's results to the contract's, and nothing else.

use rpa_auth_flows::{AuthError, Never, Text, Token};
use rpa_auth_session_protocol::{Failure, Grant, Status, StoreError};

use crate::bindings as wit;

/// The WIT variant `session-error`. Its texts are in the form in which they go out.
#[derive(Clone, Debug)]
pub enum SessionError {
    /// The attempt failed, or an argument cannot be used.
    Auth(AuthError),
    /// Nothing was sent: the platform refused or failed a short while ago.
    CoolingDown(wit::Cooldown),
    /// Nothing was sent: fresh tokens are dead at once.
    Contested(wit::Contest),
    /// The platform says that the token is good.
    StillGood,
    /// Somebody ended the session for all.
    Ended,
    /// Somebody else is renewing and did not finish in time.
    Busy,
    /// The store failed.
    Store(StoreError<Text>),
    /// What a later contract may add. No call gives it.
    Other(Option<Never>),
}

/// A grant, with the lifetime that is left of its token at `unix_seconds`.
pub fn grant(grant: Grant, unix_seconds: u64) -> wit::Grant {
    let left = u32::try_from(grant.left_ms / 1_000)
        .unwrap_or(u32::MAX)
        .max(1);
    wit::Grant {
        token: Token {
            lifetime_seconds: left,
            expires_at_seconds: unix_seconds.saturating_add(u64::from(left)),
            ..grant.token
        }
        .into(),
        origin: grant.origin,
        waited_ms: u32::try_from(grant.waited_ms).unwrap_or(u32::MAX),
        took_over: grant.took_over,
    }
}

/// The number of digits of a place that operators see.
const SHORT_PLACE: usize = 8;

/// A status, of the entry that stands at `place`.
pub(crate) fn status(status: Status, place: &str) -> wit::Status {
    wit::Status {
        place: place.get(..SHORT_PLACE).unwrap_or(place).into(),
        state: status.state,
        age_ms: status.age_ms,
        lifetime_seconds: status.left_ms.map(whole_seconds),
        retry_after_seconds: status.retry_after_ms.map(whole_seconds),
        refusals: status.refusals,
        logins_left: status.logins_left,
        attempt: status.attempt,
        actor: status.actor,
        cause: status.cause,
    }
}

/// Why there is no result.
pub fn failure(failure: Failure) -> SessionError {
    match failure {
        Failure::Auth(error) => SessionError::Auth(error),
        Failure::CoolingDown {
            retry_after_ms,
            refusals,
            cause,
        } => SessionError::CoolingDown(wit::Cooldown {
            retry_after_seconds: retry_after_ms.map(whole_seconds),
            refusals,
            cause,
        }),
        Failure::Contested {
            refused,
            retry_after_ms,
        } => SessionError::Contested(wit::Contest {
            refused,
            retry_after_seconds: whole_seconds(retry_after_ms),
        }),
        Failure::StillGood => SessionError::StillGood,
        Failure::Ended => SessionError::Ended,
        Failure::Busy => SessionError::Busy,
        Failure::Store(StoreError::Unavailable(what)) => {
            SessionError::Store(StoreError::Unavailable(what.map(Text::from)))
        }
        Failure::Store(StoreError::Other(what)) => {
            SessionError::Store(StoreError::Other(what.map(Text::from)))
        }
    }
}

/// The next whole second.
#[inline(never)]
fn whole_seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX)
}
