//! How an entry changes when an attempt begins, when it ends, and when the API
//! refuses a token.

use alloc::string::String;

use rpa_auth_flows::{AuthError, NoAnswer, Token, TransportFailure};

use crate::entry::LONGEST_PAUSE_MS;
use crate::outcome::Renewal;
use crate::{
    Attempt, Current, Digest, Entry, LEASE_MS, Outcome, Owner, Platform, Refusal, Rule, Rules,
    Settled, Tag,
};

/// A token that is refused sooner after its issue was displaced or is not what
/// the API wants.
const SOON_MS: u64 = 60_000;

/// So many such tokens in a row are a quarrel.
pub(crate) const QUARREL: u32 = 3;

/// The first pause of a quarrel. It doubles each time.
const CONTEST_MS: u64 = 30_000;

/// No request is under way for so long.
const UNDER_WAY_MS: u64 = 300_000;

/// The longest that a `Retry-After` is obeyed.
const LONGEST_RETRY_AFTER_S: u32 = 3_600;

impl Entry {
    /// An attempt begins.
    pub(crate) fn begin(&mut self, owner: Owner, tag: Tag, renewal: Renewal) {
        self.number = self.number.saturating_add(1);
        self.was_abandoned = false;
        self.attempt = Some(Attempt {
            owner,
            tag,
            renewal,
            left_ms: LEASE_MS,
            forgives: self.refusals,
            doomed: false,
        });
    }

    /// The attempt under way has ended.
    #[inline(never)]
    pub(crate) fn settle(&mut self, outcome: &Outcome, platform: Platform, rules: Rules) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        self.pause_ms = 0;
        let failure = match outcome {
            Outcome::Token(token, digest) => {
                self.keep(&attempt, token, digest, platform, rules);
                None
            }
            Outcome::Refused(cause) => {
                self.failures = 0;
                self.probe = false;
                self.refuse_secret(&attempt.tag, cause);
                if rules.hold(Rule::RefusalsAreCounted) {
                    self.count_refusal(platform);
                }
                self.cause = Some(cause.clone());
                Some(cause.clone())
            }
            Outcome::TokenRefused | Outcome::Fine => {
                self.refuse_current(rules);
                None
            }
            Outcome::Failed(cause) => {
                self.fail(cause.clone());
                if let AuthError::Throttled(throttling) = cause
                    && let Some(seconds) = throttling.retry_after_seconds
                {
                    self.pause_ms =
                        u64::from(seconds.min(LONGEST_RETRY_AFTER_S)).saturating_mul(1_000);
                }
                Some(cause.clone())
            }
            Outcome::Lost(cause) => {
                self.lose(&attempt, platform, rules);
                self.cause = Some(cause.clone());
                Some(cause.clone())
            }
        };
        self.settled = Some(Settled {
            number: self.number,
            owner: attempt.owner,
            tag: attempt.tag,
            failure,
        });
    }

    /// A token came.
    fn keep(
        &mut self,
        attempt: &Attempt,
        token: &Token,
        digest: &Digest,
        platform: Platform,
        rules: Rules,
    ) {
        self.failures = 0;
        self.cause = None;
        if attempt.renewal == Renewal::Login {
            self.refusals = self.refusals.saturating_sub(attempt.forgives);
            self.probe = false;
            let secret = self.remember(&attempt.tag);
            secret.good = true;
            secret.refusal = None;
            secret.doubt = None;
            self.forget_old_doubts();
        }
        if attempt.doomed && rules.hold(Rule::EndReachesTheHolder) {
            if platform.has_logout() {
                self.log_out_later(token.value.clone());
            }
            return;
        }
        if attempt.renewal == Renewal::Refresh && self.knows(digest) {
            // Nothing new: the token goes on, and is not refreshed at every call.
            self.pause_ms = LONGEST_PAUSE_MS;
            return;
        }
        let before = self.current.take();
        if before.is_some_and(|before| before.age_ms >= SOON_MS) {
            self.make_peace();
        }
        if attempt.renewal == Renewal::Login && self.refused_token == Some(*digest) {
            self.quick_refusals = self.quick_refusals.saturating_add(1).max(QUARREL);
            self.contest(rules);
            return;
        }
        self.current = Some(Current {
            token: token.clone(),
            digest: *digest,
            age_ms: 0,
        });
    }

    /// The API refused the current token.
    pub(crate) fn refuse_current(&mut self, rules: Rules) {
        let Some(current) = self.current.take() else {
            return;
        };
        if !rules.hold(Rule::RefusedTokenIsNotRefreshed) {
            self.current = Some(Current {
                age_ms: u64::MAX,
                ..current.clone()
            });
        }
        self.refused_token = Some(current.digest);
        if current.age_ms >= SOON_MS {
            self.make_peace();
            return;
        }
        self.quick_refusals = self.quick_refusals.saturating_add(1);
        if self.quick_refusals >= QUARREL {
            self.contest(rules);
        }
    }

    /// A login that was lost so long ago has come to its end before this one.
    fn forget_old_doubts(&mut self) {
        for secret in &mut self.secrets {
            secret.doubt.take_if(|doubt| doubt.age_ms >= UNDER_WAY_MS);
        }
    }

    /// A lost login turns out to be refused.
    pub(crate) fn refuse_late(&mut self, tag: &Tag, cause: &AuthError, platform: Platform) {
        self.count_refusal(platform);
        if self.has_logged_in(tag) {
            return;
        }
        self.refuse_secret(tag, cause);
        let secret = self.remember(tag);
        if let Some(doubt) = &mut secret.doubt {
            doubt.times = doubt.times.saturating_sub(1);
        }
    }

    /// The platform refused a secret.
    pub(crate) fn refuse_secret(&mut self, tag: &Tag, cause: &AuthError) {
        let secret = self.remember(tag);
        let times = secret.refusal.as_ref().map_or(0, |refusal| refusal.times);
        secret.refusal = Some(Refusal {
            age_ms: 0,
            times: times.saturating_add(1),
            cause: cause.clone(),
        });
    }

    /// A person has set the account right.
    pub(crate) fn forget_refusals(&mut self) {
        self.refusals = 0;
        self.failures = 0;
        self.pause_ms = 0;
        self.cause = None;
        self.settled = None;
        if let Some(attempt) = &mut self.attempt {
            attempt.forgives = 0;
        }
        self.secrets.retain(|secret| secret.good);
        for secret in &mut self.secrets {
            secret.refusal = None;
            secret.doubt = None;
        }
    }

    /// The session is over for everybody; the token waits for its logout.
    pub(crate) fn end(&mut self, platform: Platform) {
        self.ended = true;
        if let Some(attempt) = &mut self.attempt {
            attempt.doomed = true;
        }
        let current = self.current.take();
        if let Some(current) = current.filter(|_| platform.has_logout()) {
            self.log_out_later(current.token.value);
        }
    }

    /// A token is logged out.
    pub(crate) fn is_logged_out(&mut self, token: &str) {
        self.to_log_out.retain(|waiting| waiting != token);
    }

    /// The first token that waits for its logout.
    pub(crate) fn next_to_log_out(&self) -> Option<String> {
        self.to_log_out.first().cloned()
    }

    /// Whether a token is the current one, or the one that was refused.
    fn knows(&self, digest: &Digest) -> bool {
        let current = self.current.as_ref().map(|current| &current.digest);
        current == Some(digest) || self.refused_token.as_ref() == Some(digest)
    }

    fn make_peace(&mut self) {
        self.quick_refusals = 0;
        self.contests = 0;
    }

    #[inline(never)]
    fn contest(&mut self, rules: Rules) {
        if rules.hold(Rule::QuarrelEndsInPause) {
            self.contest_ms = CONTEST_MS << self.contests.min(5);
        }
        self.contests = self.contests.saturating_add(1);
    }
}

/// Why nothing is sent with this secret.
#[inline(never)]
pub(crate) fn cause_of(entry: &Entry, tag: &Tag) -> AuthError {
    let secret = entry.secret(tag).and_then(|s| s.refusal.as_ref());
    let refusal = secret.map(|refusal| &refusal.cause);
    let cause = refusal.or(entry.cause.as_ref()).cloned();
    cause.unwrap_or_else(no_answer)
}

/// What is known of an attempt whose holder never came back.
pub(crate) fn no_answer() -> AuthError {
    AuthError::Unreachable(NoAnswer {
        failure: TransportFailure::Closed,
        may_have_acted: true,
    })
}
