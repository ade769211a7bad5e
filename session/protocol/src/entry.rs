//! What stands in the store for one account.
//!
//! Durations are as they were when the entry was written. [`Entry::elapse`] moves
//! all of them on, so that whoever read an entry has it as it is now, and whoever
//! writes one carries on what others have counted.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::{AuthError, Token};

use crate::outcome::Renewal;
use crate::refusals::no_answer;
use crate::{Doubt, LEASE_MS, Platform, Rule, Rules, Secret};

/// A keyed tag of a secret, by which it is known again.
pub type Tag = [u8; 16];

/// A keyed digest of a token, by which it is known again.
pub type Digest = [u8; 16];

/// What a holder is known by. Random.
pub type Owner = [u8; 16];

/// So many tokens wait for their logout at most.
const TO_LOG_OUT: usize = 3;

/// A token is served for so long even where its own lifetime is shorter.
const SHORTEST_LIFE_MS: u64 = 10_000;

/// The longest pause after failures, but for what a `Retry-After` asks.
pub(crate) const LONGEST_PAUSE_MS: u64 = 60_000;

/// All that instances share of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Counts the attempts to get a token.
    pub number: u64,
    /// The token that everybody uses.
    pub current: Option<Current>,
    /// The attempt that is under way.
    pub attempt: Option<Attempt>,
    /// How the last attempt ended that came to an end.
    pub settled: Option<Settled>,
    /// The secrets that were tried.
    pub secrets: Vec<Secret>,
    /// Logins that count as refused since the last good one.
    pub refusals: u32,
    /// Attempts in a row that failed without being refused.
    pub failures: u32,
    /// Nothing is sent for so long.
    pub pause_ms: u64,
    /// Whether a login must wait for an answer to a call without credentials.
    pub probe: bool,
    /// Why nothing is sent.
    pub cause: Option<AuthError>,
    /// The last token that the API refused.
    pub refused_token: Option<Digest>,
    /// Tokens in a row that were refused soon after their issue.
    pub quick_refusals: u32,
    /// How often that has led to a pause.
    pub contests: u32,
    /// The pause that is left of it.
    pub contest_ms: u64,
    /// Whether the session was ended for all.
    pub ended: bool,
    /// Tokens that are still to be logged out.
    pub to_log_out: Vec<String>,
    /// Who wrote this.
    pub actor: Option<String>,
    /// Whether the last attempt's holder fell silent. Found out by whoever reads.
    pub was_abandoned: bool,
}

/// The token that everybody uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Current {
    /// As it came.
    pub token: Token,
    /// Its digest.
    pub digest: Digest,
    /// How long ago it came.
    pub age_ms: u64,
}

impl Current {
    /// What is left of its lifetime.
    pub fn left_ms(&self) -> u64 {
        self.lifetime_ms().saturating_sub(self.age_ms)
    }

    /// Whether it is in its last tenth, or its last minute. `jitter` takes up to
    /// a quarter off, so that not everybody finds it at once.
    pub(crate) fn is_to_be_renewed(&self, jitter: u8) -> bool {
        let margin = (self.lifetime_ms() / 10).min(60_000);
        let earlier = margin.saturating_mul(u64::from(jitter)) / 1_024;
        self.left_ms() < margin.saturating_sub(earlier)
    }

    fn lifetime_ms(&self) -> u64 {
        u64::from(self.token.lifetime_seconds)
            .saturating_mul(1_000)
            .max(SHORTEST_LIFE_MS)
    }
}

/// A login or refresh that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Whose it is.
    pub owner: Owner,
    /// The secret of its owner.
    pub tag: Tag,
    /// What it does.
    pub renewal: Renewal,
    /// What is left of its lease.
    pub left_ms: u64,
    /// The refusals that a good login makes up for: those before it began. One
    /// that is added meanwhile may have come after it on the platform.
    pub forgives: u32,
    /// Whether the session was ended meanwhile: its token is for nobody.
    pub doomed: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// Which attempt.
    pub number: u64,
    /// Whose it was.
    pub owner: Owner,
    /// The secret of its owner.
    pub tag: Tag,
    /// Why it gave no token.
    pub failure: Option<AuthError>,
}

impl Entry {
    /// As `actor` writes it. In a function of its own, for its size.
    #[inline(never)]
    pub(crate) fn signed(mut self, actor: Option<&str>) -> Box<Self> {
        self.actor = actor.map(String::from);
        self.was_abandoned = false;
        Box::new(self)
    }

    /// The entry `ms` later. An attempt whose lease is over by then is lost.
    pub fn elapse(&mut self, ms: u64, platform: Platform, rules: Rules) {
        if let Some(current) = &mut self.current {
            current.age_ms = current.age_ms.saturating_add(ms);
        }
        for secret in &mut self.secrets {
            secret.elapse(ms);
        }
        self.pause_ms = self.pause_ms.saturating_sub(ms);
        self.contest_ms = self.contest_ms.saturating_sub(ms);
        let Some(attempt) = &mut self.attempt else {
            return;
        };
        let lease_is_over = ms >= attempt.left_ms || !rules.hold(Rule::LeaseIsRespected);
        if !lease_is_over {
            attempt.left_ms = attempt.left_ms.saturating_sub(ms);
            return;
        }
        let over_ms = ms.saturating_sub(attempt.left_ms);
        if let Some(lost) = self.attempt.take() {
            self.was_abandoned = true;
            self.lose(&lost, platform, rules);
            // The pause began with the holder's last sign of life.
            let silent_ms = LEASE_MS.saturating_add(over_ms);
            self.pause_ms = self.pause_ms.saturating_sub(silent_ms);
        }
    }

    /// The same for a holder that looks at its own attempt, which only others
    /// can take from it.
    pub(crate) fn elapse_as_holder(&mut self, ms: u64, platform: Platform, rules: Rules) {
        let attempt = self.attempt.take();
        self.elapse(ms, platform, rules);
        self.attempt = attempt.map(|attempt| Attempt {
            left_ms: attempt.left_ms.saturating_sub(ms),
            ..attempt
        });
    }

    /// Whether the attempt under way is this one.
    pub(crate) fn is_held_by(&self, owner: &Owner, number: u64) -> bool {
        let held = self.attempt.as_ref().is_some_and(|a| a.owner == *owner);
        held && self.number == number
    }

    /// The current token, while it lives and a caller with this secret may have it.
    pub(crate) fn serving(&self, tag: &Tag, rules: Rules) -> Option<&Current> {
        let current = self.current.as_ref();
        current.filter(|current| current.left_ms() > 0 && self.may_have(current, tag, rules))
    }

    /// One more token to be logged out; the oldest gives way, which a later login
    /// has displaced.
    pub(crate) fn log_out_later(&mut self, token: String) {
        if self.to_log_out.len() >= TO_LOG_OUT {
            self.to_log_out.remove(0);
        }
        self.to_log_out.push(token);
    }

    /// One more failure: a pause of 1, 2, 4 ... 60 s.
    pub(crate) fn fail(&mut self, cause: AuthError) {
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures.saturating_sub(1).min(6);
        self.pause_ms = (1_000_u64 << doublings).min(LONGEST_PAUSE_MS);
        self.cause = Some(cause);
    }

    /// The attempt's answer is lost, or its holder is.
    pub(crate) fn lose(&mut self, lost: &Attempt, platform: Platform, rules: Rules) {
        self.fail(no_answer());
        if lost.renewal == Renewal::Refresh {
            return;
        }
        self.probe = rules.hold(Rule::ProbeAfterLoss);
        if self.has_logged_in(&lost.tag) {
            if !rules.hold(Rule::LostKnownSecretDoesNotCount) {
                self.count_refusal(platform);
            }
        } else if rules.hold(Rule::LostUnknownSecretCounts) {
            let secret = self.remember(&lost.tag);
            let times = secret.doubt.as_ref().map_or(0, |doubt| doubt.times);
            secret.doubt = Some(Doubt {
                times: times.saturating_add(1),
                age_ms: 0,
            });
            self.pause_for(platform);
        }
    }

    /// All logins that the platform may have counted as refused.
    pub fn possible_refusals(&self) -> u32 {
        let doubts = self.secrets.iter().filter_map(|s| s.doubt.as_ref());
        doubts.fold(self.refusals, |sum, doubt| sum.saturating_add(doubt.times))
    }

    /// One more login that the platform may have refused.
    pub(crate) fn count_refusal(&mut self, platform: Platform) {
        self.refusals = self.refusals.saturating_add(1);
        self.pause_for(platform);
    }

    fn pause_for(&mut self, platform: Platform) {
        let pause = platform.pause_after_refusals(self.possible_refusals());
        self.pause_ms = self.pause_ms.max(pause);
    }
}
