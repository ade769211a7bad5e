//! Who calls, what for, and what comes of it.

use alloc::string::String;

use rpa_auth_flows::{AuthError, Token};

use crate::{Digest, Entry, Owner, Platform, Tag};

/// How long a caller goes by a refusal that the store has forgotten.
const HEARD_MS: u64 = 86_400_000;

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
    /// How long the whole call may take, but for a login that has left.
    pub patience_ms: u64,
    /// A name that operators see.
    pub actor: Option<String>,
    /// The last refusal that this process heard of its secret.
    pub heard: Option<Heard>,
}

/// A refusal that a process heard, from the platform or from the one that it waited
/// for, and goes by even where the store has forgotten it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Heard {
    /// Which entry counted it.
    pub(crate) origin: Owner,
    /// What the platform may have counted by then.
    pub(crate) refusals: u32,
    /// What the platform said.
    pub(crate) cause: AuthError,
    /// When, by the caller's monotonic clock.
    pub(crate) at: u64,
}

impl Caller {
    /// Remembers a refusal that the entry is about to count, or has counted.
    pub(crate) fn hear(&mut self, entry: &Entry, refusals: u32, cause: &AuthError, now: u64) {
        self.heard = Some(Heard {
            origin: entry.origin,
            refusals,
            cause: cause.clone(),
            at: now,
        });
    }
}

impl Heard {
    /// Puts the refusal back into an entry that began after the store lost the one
    /// that counted it, and returns whether that was so. A secret that has logged in
    /// there is a good one again.
    pub(crate) fn remind(&self, entry: &mut Entry, tag: &Tag, now: u64) -> bool {
        let is_forgotten = entry.origin != self.origin;
        let is_known = entry.secret(tag).is_some();
        let reminds = is_forgotten && !is_known && now.saturating_sub(self.at) < HEARD_MS;
        if reminds {
            entry.mark_as_refused(tag, &self.cause);
            entry.refusals = entry.refusals.max(self.refusals);
        }
        reminds
    }
}

/// What a call is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Goal {
    /// The current token.
    Token,
    /// Another token than this one, which the API refused.
    Renew(Digest),
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
    /// The memory of this process.
    Memory,
    /// The store.
    Store,
    /// This call's login.
    Login,
    /// This call's refresh.
    Refresh,
}
