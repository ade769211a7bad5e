//! What operators may see of an entry. It holds no secret.

use alloc::string::String;

use rpa_auth_flows::AuthError;

use crate::decision::View;
use crate::{Caller, Entry, Failure, Found, Goal};

/// How an account stands for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// There is no token, and the next call logs in.
    None,
    /// There is a token.
    Valid,
    /// There is none, and somebody is getting one.
    Renewing,
    /// There is none, and nothing is sent for a while, or until a person acts.
    CoolingDown,
    /// There is none, because fresh ones were dead at once.
    Contested,
    /// Somebody ended the session for all.
    Ended,
}

/// What operators may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    /// How the account stands.
    pub state: State,
    /// Since the entry was written, by the store's clock.
    pub age_ms: u64,
    /// What is left of the token's lifetime, where there is one.
    pub left_ms: Option<u64>,
    /// When the next login may be sent. None where a person must act, or nothing
    /// holds it back.
    pub retry_after_ms: Option<u64>,
    /// Logins since the last good one that the platform may have counted as refused.
    pub refusals: u32,
    /// The number of logins that are left before a person must act.
    pub logins_left: u32,
    /// The number of attempts.
    pub attempt: u64,
    /// Who wrote the entry.
    pub actor: Option<String>,
    /// Why nothing is sent.
    pub cause: Option<AuthError>,
}

impl Status {
    /// What `caller` finds, at its monotonic time `now`.
    pub fn of(found: Option<&Found>, caller: &Caller, now: u64) -> Self {
        let (mut entry, age_ms) = match found {
            Some(found) => (found.at_receipt(caller.platform), found.age_ms),
            None => (Entry::default(), 0),
        };
        if let Some(heard) = &caller.heard {
            heard.remind(&mut entry, &caller.tag, now);
        }
        let view = View {
            entry: &entry,
            caller,
            goal: &Goal::Token,
            waited_for: None,
        };
        let left_ms = view.serving().map(|current| current.left_ms());
        let (state, retry_after_ms, cause) = match view.obstacle() {
            _ if entry.ended => (State::Ended, None, None),
            _ if left_ms.is_some() => (State::Valid, None, None),
            _ if entry.attempt.is_some() => (State::Renewing, None, None),
            None => (State::None, None, None),
            Some(Failure::Contested { retry_after_ms, .. }) => {
                (State::Contested, Some(retry_after_ms), None)
            }
            Some(Failure::CoolingDown {
                retry_after_ms,
                cause,
                ..
            }) => (State::CoolingDown, retry_after_ms, Some(cause)),
            Some(_) => (State::CoolingDown, None, None),
        };
        Self {
            state,
            age_ms,
            left_ms,
            retry_after_ms,
            refusals: entry.possible_refusals(),
            logins_left: entry.logins_left(caller.platform),
            attempt: entry.number,
            actor: entry.actor,
            cause: cause.or(entry.cause),
        }
    }
}
