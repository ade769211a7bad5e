//! Who calls, what for, and what comes of it.

use alloc::string::String;

use rpa_auth_flows::Token;

use crate::{Digest, Entry, Owner, Platform, Rule, Rules, Tag};

/// Who calls, for which account, with which secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The account's platform.
    pub platform: Platform,
    /// The tag of the caller's secret.
    pub tag: Tag,
    /// Random, new for each call.
    pub owner: Owner,
    /// Random: spreads early renewals.
    pub jitter: u8,
    /// How long to wait for somebody else's attempt.
    pub patience_ms: u64,
    /// A name that operators see.
    pub actor: Option<String>,
    /// All of them, but in a search.
    pub rules: Rules,
}

/// What a call is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// The current token.
    Token,
    /// Another token than this one, which the API refused.
    Renew(Digest),
}

impl Goal {
    /// Drops the current token if it is the one that the API refused.
    pub(crate) fn note_the_refusal(&self, entry: &mut Entry, rules: Rules) -> bool {
        let Self::Renew(rejected) = self else {
            return false;
        };
        let current = entry.current.as_ref();
        let is_current = current.is_some_and(|current| current.digest == *rejected);
        let is_refused = current.is_some() && !rules.hold(Rule::RefusedTokenIsCompared);
        if is_current || is_refused {
            entry.refuse_current(rules);
            return true;
        }
        false
    }
}

/// A token, and how it came to hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The token as it came.
    pub token: Token,
    /// Its digest.
    pub digest: Digest,
    /// What is left of its lifetime.
    pub left_ms: u64,
    /// Where it is from.
    pub origin: Origin,
    /// Spent waiting for somebody else's attempt.
    pub waited_ms: u64,
    /// Whether the caller replaced a holder that fell silent.
    pub took_over: bool,
}

/// Where a token is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The store.
    Store,
    /// This call's login.
    Login,
    /// This call's refresh.
    Refresh,
}
