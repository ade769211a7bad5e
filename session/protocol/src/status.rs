//! What operators may see of an entry. It holds no secret.

use alloc::string::String;

use rpa_auth_flows::AuthError;

use crate::{Entry, Found, Platform, Rules};

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has logged in yet, or the token is gone and nobody needs one.
    None,
    /// There is a token.
    Valid,
    /// There is none, and somebody is getting one.
    Renewing,
    /// There is none, and nothing is sent for a while, or until a person acts.
    CoolingDown,
    /// There is none, because fresh ones were refused at once.
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
    /// Logins that count as refused since the last good one.
    pub refusals: u32,
    /// How many attempts there were.
    pub attempt: u64,
    /// Who wrote the entry.
    pub actor: Option<String>,
    /// Why nothing is sent.
    pub cause: Option<AuthError>,
}

impl Status {
    /// The status that an entry is.
    pub fn of(found: Option<&Found>, platform: Platform, rules: Rules) -> Self {
        let (entry, age_ms) = match found {
            Some(found) => (found.at_receipt(platform, rules), found.age_ms),
            None => (Entry::default(), 0),
        };
        let left_ms = entry.current.as_ref().map(|current| current.left_ms());
        let left_ms = left_ms.filter(|&left_ms| left_ms > 0);
        Self {
            state: state(&entry, left_ms, platform),
            age_ms,
            left_ms,
            refusals: entry.possible_refusals(),
            attempt: entry.number,
            actor: entry.actor,
            cause: entry.cause,
        }
    }
}

fn state(entry: &Entry, left_ms: Option<u64>, platform: Platform) -> State {
    if entry.ended {
        return State::Ended;
    }
    if left_ms.is_some() {
        return State::Valid;
    }
    if entry.attempt.is_some() {
        return State::Renewing;
    }
    if entry.contest_ms > 0 {
        return State::Contested;
    }
    match entry.pause_ms > 0 || entry.possible_refusals() >= platform.refusal_limit() {
        true => State::CoolingDown,
        false => State::None,
    }
}
