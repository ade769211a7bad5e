//! What a caller does about an entry as it is now.

use rpa_auth_flows::AuthError;

use crate::entry::{Current, Entry, Settled, Tag};
use crate::outcome::Renewal;
use crate::refusals::cause_of;
use crate::{Failure, Platform, Rule, Rules};

/// A refused secret that has logged in before is tried once more after so long.
const SECOND_CHANCE_MS: u64 = 300_000;

/// What to do.
pub(crate) enum Decision {
    /// The token serves.
    Give,
    /// An attempt to get one, by oneself.
    Attempt(Renewal),
    /// Somebody else's attempt may take so long.
    Wait(u64),
    /// Nothing can be had.
    Fail(Failure),
}

/// Whether a secret may be sent.
#[derive(PartialEq, Eq)]
pub(crate) enum Chance {
    Now,
    After(u64),
    Never,
}

impl Entry {
    /// A refused secret is not sent again by itself, but for the second chance of
    /// one that has logged in before.
    fn chance_of(&self, tag: &Tag, rules: Rules) -> Chance {
        let secret = self.secret(tag);
        let refused = secret.and_then(|s| Some((s.good, s.refusal.as_ref()?)));
        let Some((good, refusal)) = refused else {
            return Chance::Now;
        };
        if !rules.hold(Rule::RefusedSecretIsNotRepeated) {
            return Chance::Now;
        }
        if !good || refusal.times > 1 {
            return Chance::Never;
        }
        match SECOND_CHANCE_MS.saturating_sub(refusal.age_ms) {
            0 => Chance::Now,
            wait_ms => Chance::After(wait_ms),
        }
    }

    /// Whether an attempt that has begun is still to be sent: meanwhile a refusal
    /// may have come late, or the session ended.
    pub(crate) fn still_wants(&self, tag: &Tag, platform: Platform, rules: Rules) -> bool {
        let is_below_limit = self.possible_refusals() < platform.refusal_limit();
        is_below_limit && !self.ended && self.chance_of(tag, rules) == Chance::Now
    }
}

/// Who decides.
pub(crate) struct View<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) platform: Platform,
    pub(crate) rules: Rules,
    pub(crate) tag: &'a Tag,
    pub(crate) jitter: u8,
    /// The attempt whose outcome this caller waited for.
    pub(crate) waited_for: Option<u64>,
    /// Whether a token that serves may be renewed ahead of time.
    pub(crate) may_renew_early: bool,
}

impl View<'_> {
    #[inline(never)]
    pub(crate) fn decide(&self) -> Decision {
        let entry = self.entry;
        if entry.ended {
            return Decision::Fail(Failure::Ended);
        }
        if let Some(current) = entry.serving(self.tag, self.rules) {
            return match self.early_renewal(current) {
                Some(renewal) => Decision::Attempt(renewal),
                None => Decision::Give,
            };
        }
        if let Some(attempt) = &entry.attempt {
            return Decision::Wait(attempt.left_ms);
        }
        if let Some(failure) = self.shared_failure() {
            return Decision::Fail(Failure::Auth(failure.clone()));
        }
        match self.obstacle() {
            Some(failure) => Decision::Fail(failure),
            None => Decision::Attempt(self.renewal()),
        }
    }

    /// A token that expired or was refused is not refreshed.
    fn renewal(&self) -> Renewal {
        match self.rules.hold(Rule::RefusedTokenIsNotRefreshed) || self.entry.current.is_none() {
            true => Renewal::Login,
            false => Renewal::Refresh,
        }
    }

    fn early_renewal(&self, current: &Current) -> Option<Renewal> {
        let due = self.may_renew_early && current.is_to_be_renewed(self.jitter);
        if !due || self.entry.attempt.is_some() || self.obstacle().is_some() {
            return None;
        }
        match self.rules.hold(Rule::EarlyRenewalIsByRefresh) {
            true => Some(self.platform.early_renewal(current)),
            false => Some(Renewal::Login),
        }
    }

    /// What came of the attempt that this caller waited for.
    fn shared_failure(&self) -> Option<&AuthError> {
        let settled = self.entry.settled.as_ref()?;
        let is_mine = self.waited_for.is_some_and(|number| {
            let Settled {
                number: last, tag, ..
            } = settled;
            *last >= number && tag == self.tag
        });
        settled.failure.as_ref().filter(|_| is_mine)
    }

    /// Why nothing may be sent.
    fn obstacle(&self) -> Option<Failure> {
        let entry = self.entry;
        if entry.contest_ms > 0 {
            return Some(Failure::Contested {
                refused: entry.quick_refusals,
                retry_after_ms: entry.contest_ms,
            });
        }
        if entry.possible_refusals() >= self.platform.refusal_limit() {
            return Some(self.cooling_down(None));
        }
        if entry.pause_ms > 0 {
            return Some(self.cooling_down(Some(entry.pause_ms)));
        }
        self.obstacle_of_the_secret()
    }

    fn obstacle_of_the_secret(&self) -> Option<Failure> {
        match self.entry.chance_of(self.tag, self.rules) {
            Chance::Now => None,
            Chance::After(wait_ms) => Some(self.cooling_down(Some(wait_ms))),
            Chance::Never => Some(self.cooling_down(None)),
        }
    }

    fn cooling_down(&self, retry_after_ms: Option<u64>) -> Failure {
        Failure::CoolingDown {
            retry_after_ms,
            refusals: self.entry.possible_refusals(),
            cause: cause_of(self.entry, self.tag),
        }
    }
}
