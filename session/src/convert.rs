//! From the protocol's results to the contract's, and nothing else.

use alloc::boxed::Box;

use rpa_auth_flows as flows;
use rpa_auth_guest::bindings::exports::rpa::auth::session as wit;
use rpa_auth_guest::bindings::wasi::clocks::wall_clock;
use rpa_auth_guest::outcome::{self, AuthError, SessionError, Text};
use rpa_auth_session_protocol::{Failure, Grant, Origin, State, Status, StoreError};

/// A grant, with the lifetime that is left of its token.
pub(crate) fn grant(grant: Grant, is_from_memory: bool) -> wit::Grant {
    let left = u32::try_from(grant.left_ms / 1_000)
        .unwrap_or(u32::MAX)
        .max(1);
    let token = flows::Token {
        lifetime_seconds: left,
        expires_at_seconds: wall_clock::now().seconds.saturating_add(u64::from(left)),
        ..grant.token
    };
    wit::Grant {
        token: token.into(),
        origin: match grant.origin {
            _ if is_from_memory => wit::Origin::Memory,
            Origin::Store => wit::Origin::Store,
            Origin::Login => wit::Origin::Login,
            Origin::Refresh => wit::Origin::Refresh,
        },
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
        state: match status.state {
            State::None => wit::State::None,
            State::Valid => wit::State::Valid,
            State::Renewing => wit::State::Renewing,
            State::CoolingDown => wit::State::CoolingDown,
            State::Contested => wit::State::Contested,
            State::Ended => wit::State::Ended,
        },
        age_ms: status.age_ms,
        lifetime_seconds: status.left_ms.map(whole_seconds),
        retry_after_seconds: status.retry_after_ms.map(whole_seconds),
        refusals: status.refusals,
        logins_left: status.logins_left,
        attempt: status.attempt,
        actor: status.actor,
        cause: status.cause.map(auth_error),
    }
}

/// Why there is no result.
pub(crate) fn failure(failure: Failure) -> SessionError {
    match failure {
        Failure::Auth(error) => SessionError::Auth(auth_error(error)),
        Failure::CoolingDown {
            retry_after_ms,
            refusals,
            cause,
        } => SessionError::CoolingDown(wit::Cooldown {
            retry_after_seconds: retry_after_ms.map(whole_seconds),
            refusals,
            cause: auth_error(cause),
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
            SessionError::Store(outcome::StoreError::Unavailable(what.map(Text::from)))
        }
        Failure::Store(StoreError::Other(what)) => {
            SessionError::Store(outcome::StoreError::Other(what.map(Text::from)))
        }
    }
}

/// An argument that cannot be used.
pub(crate) fn refused(error: Box<flows::AuthError>) -> SessionError {
    SessionError::Auth(error.into())
}

fn auth_error(error: flows::AuthError) -> AuthError {
    Box::new(error).into()
}

/// The next whole second.
#[inline(never)]
fn whole_seconds(ms: u64) -> u32 {
    u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX)
}
