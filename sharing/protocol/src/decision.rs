//! What a caller does about an entry as it is now.

use rpa_auth_flows::{AuthError, Rejection, RejectionKind};

use crate::entry::{Chance, SOON_MS};
use crate::{Caller, Current, Entry, Failure, Goal, Renewal};

/// Where a login displaces nothing, this many tokens are replaced soon after their
/// issue. An API that refuses them all refuses them for another reason: after that one
/// a minute is.
const QUICK_RENEWALS: u32 = 3;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Gives the token.
    Give,
    /// Makes an attempt to get one.
    Attempt(Renewal),
    /// Waits for somebody else's attempt, at most this long.
    Wait(u64),
    /// Gives up.
    Fail(Failure),
}

/// An entry, and who looks at it.
pub(crate) struct View<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) caller: &'a Caller,
    pub(crate) goal: &'a Goal,
    /// The attempt whose outcome this caller waited for.
    pub(crate) waited_for: Option<u64>,
}

impl<'a> View<'a> {
    pub(crate) fn decide(&self) -> Decision {
        let entry = self.entry;
        if entry.ended {
            return Decision::Fail(Failure::Ended);
        }
        if let Some(current) = self.serving() {
            return match self.goal {
                Goal::Renew(rejected) if *rejected == current.digest => self.replace(current),
                Goal::Renew(_) => Decision::Give,
                Goal::Token => match self.early_renewal(current) {
                    Some(renewal) => Decision::Attempt(renewal),
                    None => Decision::Give,
                },
            };
        }
        if let Some(decision) = self.somebody_elses_attempt() {
            return decision;
        }
        match self.obstacle() {
            Some(failure) => Decision::Fail(failure),
            // A token that has expired or is dead is not refreshed.
            None => Decision::Attempt(Renewal::Login),
        }
    }

    /// The token that this caller may have.
    pub(crate) fn serving(&self) -> Option<&'a Current> {
        self.entry.serving(&self.caller.tag, self.caller.platform)
    }

    /// Replaces a token of which this caller says that the API refused it. One
    /// caller's word takes it from nobody: where a login displaces it the platform
    /// is asked first, elsewhere it serves the others until a new one is there.
    fn replace(&self, current: &Current) -> Decision {
        if let Some(decision) = self.somebody_elses_attempt() {
            return decision;
        }
        if self.caller.platform.login_displaces() {
            let is_called_dead = self.entry.dead_token == Some(current.digest);
            let obstacle = if is_called_dead {
                self.obstacle()
            } else {
                self.pause()
            };
            return match obstacle {
                Some(failure) => Decision::Fail(failure),
                None => Decision::Attempt(Renewal::Check),
            };
        }
        let soon_ms = SOON_MS.saturating_sub(current.age_ms);
        if self.entry.quick_renewals >= QUICK_RENEWALS && soon_ms > 0 {
            return Decision::Fail(Failure::CoolingDown {
                retry_after_ms: Some(soon_ms),
                refusals: self.entry.possible_refusals(),
                cause: refused_by_the_api(),
            });
        }
        match self.obstacle() {
            Some(failure) => Decision::Fail(failure),
            None => Decision::Attempt(Renewal::Login),
        }
    }

    /// Waits for an attempt that is under way, or takes what came of it.
    fn somebody_elses_attempt(&self) -> Option<Decision> {
        if let Some(attempt) = &self.entry.attempt {
            return Some(Decision::Wait(attempt.left_ms));
        }
        let settled = self.entry.settled.as_ref();
        let number = self.waited_for?;
        let settled = settled.filter(|settled| settled.number >= number)?;
        if let Goal::Renew(rejected) = self.goal
            && settled.still_good == Some(*rejected)
        {
            return Some(Decision::Fail(Failure::StillGood));
        }
        let failure = settled.failure.as_ref();
        let failure = failure.filter(|_| settled.tag == self.caller.tag)?;
        Some(Decision::Fail(Failure::Auth(failure.clone())))
    }

    fn early_renewal(&self, current: &Current) -> Option<Renewal> {
        let is_due = current.is_to_be_renewed(self.caller.jitter);
        if !is_due || self.entry.attempt.is_some() || self.obstacle().is_some() {
            return None;
        }
        let renewal = self.caller.platform.early_renewal(current);
        let is_held_back = renewal == Renewal::Refresh && self.entry.refresh_pause_ms > 0;
        (!is_held_back).then_some(renewal)
    }

    /// Why no login may be sent.
    pub(crate) fn obstacle(&self) -> Option<Failure> {
        let entry = self.entry;
        if entry.contest_ms > 0 {
            return Some(Failure::Contested {
                refused: entry.quick_deaths,
                retry_after_ms: entry.contest_ms,
            });
        }
        if entry.latched || entry.is_at_limit(self.caller.platform) {
            return Some(self.cooling_down(None));
        }
        if let Some(failure) = self.pause() {
            return Some(failure);
        }
        match entry.chance_of(&self.caller.tag, self.caller.platform) {
            Chance::Now => None,
            Chance::After(wait_ms) => Some(self.cooling_down(Some(wait_ms))),
            Chance::Never => Some(self.cooling_down(None)),
        }
    }

    /// Why nothing at all may be sent.
    fn pause(&self) -> Option<Failure> {
        let pause_ms = self.entry.pause_ms;
        (pause_ms > 0).then(|| self.cooling_down(Some(pause_ms)))
    }

    fn cooling_down(&self, retry_after_ms: Option<u64>) -> Failure {
        Failure::CoolingDown {
            retry_after_ms,
            refusals: self.entry.possible_refusals(),
            cause: self.entry.cause_for(&self.caller.tag),
        }
    }
}

/// What a caller says of a token that it wants replaced.
fn refused_by_the_api() -> AuthError {
    AuthError::Rejected(Rejection {
        kind: RejectionKind::TokenRejected,
        status: 401,
        code: None,
        message: None,
    })
}
