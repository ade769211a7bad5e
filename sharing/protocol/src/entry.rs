//! What stands in the store for one account, and how it changes.
//!
//! Durations are as they were when the entry was written. [`Entry::elapse`] moves
//! all of them on, so that whoever read an entry has it as it is now, and whoever
//! writes one carries on what others have counted.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rpa_auth_flows::{AuthError, NoAnswer, Oddity, Token, TransportFailure};

use crate::{Outcome, Platform, Renewal};

/// A keyed tag of a secret, by which it is known again.
pub type Tag = [u8; 16];

/// A digest of a token, by which it is known again.
pub type Digest = [u8; 16];

/// What a holder is known by. Random.
pub type Owner = [u8; 16];

/// How long a holder may be silent before another one takes over.
pub const LEASE_MS: u64 = 10_000;

/// The maximum of tokens that wait for their logout.
const TO_LOG_OUT: usize = 3;

/// The maximum of secrets that are remembered.
const SECRETS: usize = 16;

/// A token is served for at least this long, even where its lifetime is shorter.
const SHORTEST_LIFE_MS: u64 = 10_000;

/// The longest pause after failures, but for what a `Retry-After` asks.
const LONGEST_PAUSE_MS: u64 = 60_000;

/// The longest that a `Retry-After` is obeyed.
const LONGEST_RETRY_AFTER_S: u32 = 3_600;

/// How long refreshes are held back after one that gave the same token.
const REFRESH_PAUSE_MS: u64 = 60_000;

/// A token that the platform calls dead sooner after its issue was displaced, or
/// is not what the API wants. One that outlives it makes peace.
pub(crate) const SOON_MS: u64 = 60_000;

/// The number of such tokens in a row that is a contest.
const CONTEST: u32 = 3;

/// The first pause of a contest. It doubles each time, to sixteen minutes.
const CONTEST_MS: u64 = 30_000;

/// No request is under way for longer.
const UNDER_WAY_MS: u64 = 300_000;

/// A refused secret that has logged in before is tried once more after this
/// long. It doubles each time.
const SECOND_CHANCE_MS: u64 = 300_000;

/// A refusal that another secret's good login has made up for is forgotten after this long,
/// where its secret never logged in.
const MADE_UP_MS: u64 = 86_400_000;

/// All that instances share of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Counts the attempts to get a token.
    pub number: u64,
    /// The owner of the first attempt: another entry of the same account, which
    /// began after the store lost this one, has another.
    pub origin: Owner,
    /// The token that everybody uses.
    pub current: Option<Current>,
    /// The attempt that is under way.
    pub attempt: Option<Attempt>,
    /// How the last attempt ended that came to an end.
    pub settled: Option<Settled>,
    /// The secrets that were tried, the least recently used first.
    pub secrets: Vec<Secret>,
    /// Logins without a verdict that the platform may have counted as refused.
    pub doubts: Vec<Doubt>,
    /// Logins refused since the last good one.
    pub refusals: u32,
    /// Attempts in a row that failed without being refused.
    pub failures: u32,
    /// How long nothing is sent.
    pub pause_ms: u64,
    /// How long nothing is refreshed.
    pub refresh_pause_ms: u64,
    /// Whether a login must wait for an answer to a call without credentials.
    pub probe: bool,
    /// Whether nothing is sent until a person acts: the store does not take the
    /// token.
    pub latched: bool,
    /// Why nothing is sent.
    pub cause: Option<AuthError>,
    /// The last token that the platform called dead.
    pub dead_token: Option<Digest>,
    /// Tokens in a row that the platform called dead soon after their issue.
    pub quick_deaths: u32,
    /// How often that has led to a pause.
    pub contests: u32,
    /// What is left of that pause.
    pub contest_ms: u64,
    /// Tokens in a row that a login replaced soon after their issue, where it displaces
    /// nothing.
    pub quick_renewals: u32,
    /// Whether the session was ended for all.
    pub ended: bool,
    /// Tokens that are still to be logged out.
    pub to_log_out: Vec<String>,
    /// Who wrote this.
    pub actor: Option<String>,
    /// Fields of a later version, carried along as they are.
    pub later_fields: Vec<LaterField>,
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
    /// The secret that it came from.
    pub tag: Tag,
    /// How long ago it came.
    pub age_ms: u64,
}

/// A login, refresh or check that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Whose it is.
    pub owner: Owner,
    /// The secret of its owner.
    pub tag: Tag,
    /// What it does.
    pub renewal: Renewal,
    /// Whether its login may have left. Written before it does.
    pub sent: bool,
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
    /// The token that the platform called good.
    pub still_good: Option<Digest>,
}

/// What is known of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Secret {
    /// By which it is known again.
    pub tag: Tag,
    /// The number of the attempt with which it last logged in.
    pub good_at: Option<u64>,
    /// The refusal since, if there was one.
    pub refusal: Option<Refusal>,
}

/// A refused login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// How long ago it was.
    pub age_ms: u64,
    /// How often this secret was refused since it last logged in.
    pub times: u32,
    /// Whether another secret has logged in since.
    pub made_up: bool,
    /// What the platform said.
    pub cause: AuthError,
}

/// A login that brought no verdict. The platform may count it as refused, even
/// later than what came after it: a request can be under way for long.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Doubt {
    /// Which attempt it was.
    pub number: u64,
    /// The secret that it sent.
    pub tag: Tag,
    /// How long ago it was given up.
    pub age_ms: u64,
    /// Whether its secret has logged in since. Then it was most likely good, and
    /// counts only once some login is refused.
    pub is_cleared: bool,
}

/// A field of a later version of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LaterField {
    /// Which field.
    pub id: u8,
    /// What stands in it.
    pub value: Vec<u8>,
}

/// Whether a secret may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chance {
    Now,
    After(u64),
    Never,
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

/// Reading an entry.
impl Entry {
    /// The entry `ms` later. An attempt whose lease is over by then is lost.
    pub fn elapse(&mut self, ms: u64, platform: Platform) {
        let attempt = self.attempt.take();
        self.elapse_all_but_the_attempt(ms);
        let Some(attempt) = attempt else {
            return;
        };
        match attempt.left_ms.checked_sub(ms) {
            Some(left_ms) if left_ms > 0 => {
                self.attempt = Some(Attempt { left_ms, ..attempt });
            }
            _ => self.lose(&attempt, ms.saturating_sub(attempt.left_ms), platform),
        }
    }

    /// The same for a holder that looks at its own attempt, which only others
    /// can take from it.
    pub(crate) fn elapse_as_holder(&mut self, ms: u64) {
        let attempt = self.attempt.take();
        self.elapse_all_but_the_attempt(ms);
        self.attempt = attempt.map(|attempt| Attempt {
            left_ms: attempt.left_ms.saturating_sub(ms),
            ..attempt
        });
    }

    fn elapse_all_but_the_attempt(&mut self, ms: u64) {
        if let Some(current) = &mut self.current {
            current.age_ms = current.age_ms.saturating_add(ms);
        }
        for secret in &mut self.secrets {
            if let Some(refusal) = &mut secret.refusal {
                refusal.age_ms = refusal.age_ms.saturating_add(ms);
            }
        }
        self.secrets.retain(|secret| {
            let refusal = secret.refusal.as_ref();
            let is_old = refusal.is_some_and(|r| r.made_up && r.age_ms >= MADE_UP_MS);
            secret.good_at.is_some() || !is_old
        });
        for doubt in &mut self.doubts {
            doubt.age_ms = doubt.age_ms.saturating_add(ms);
        }
        self.pause_ms = self.pause_ms.saturating_sub(ms);
        self.refresh_pause_ms = self.refresh_pause_ms.saturating_sub(ms);
        self.contest_ms = self.contest_ms.saturating_sub(ms);
        self.end_contest_if_the_token_has_lived();
    }

    /// Whether the attempt under way is this one.
    pub(crate) fn is_held_by(&self, owner: &Owner, number: u64) -> bool {
        let held = self.attempt.as_ref().is_some_and(|a| a.owner == *owner);
        held && self.number == number
    }

    /// The current token, while it lives and a caller with this secret may have it.
    /// One that the platform called dead serves only where no other can be had.
    pub(crate) fn serving(&self, tag: &Tag, platform: Platform) -> Option<&Current> {
        let current = self.current.as_ref()?;
        let is_called_dead = self.dead_token == Some(current.digest);
        let is_alive = current.left_ms() > 0 && (!is_called_dead || self.is_at_limit(platform));
        (is_alive && self.may_have(current, tag)).then_some(current)
    }

    /// Whether a caller with this secret may have the token: it has logged in, and
    /// was not refused before the token came. Equal ages do not say which was first,
    /// and of several refusals only the last one's age is known.
    fn may_have(&self, current: &Current, tag: &Tag) -> bool {
        self.secret(tag).is_some_and(|secret| {
            let came_after = |r: &Refusal| r.times == 1 && r.age_ms < current.age_ms;
            secret.good_at.is_some() && secret.refusal.as_ref().is_none_or(came_after)
        })
    }

    /// What is known of a secret.
    pub(crate) fn secret(&self, tag: &Tag) -> Option<&Secret> {
        self.secrets.iter().find(|secret| secret.tag == *tag)
    }

    /// All logins since the last good one that the platform may have counted as
    /// refused.
    pub fn possible_refusals(&self) -> u32 {
        let counts = |doubt: &&Doubt| self.refusals > 0 || !doubt.is_cleared;
        let doubts = self.doubts.iter().filter(counts).count();
        self.refusals
            .saturating_add(u32::try_from(doubts).unwrap_or(u32::MAX))
    }

    /// The number of logins that are left before a person must act.
    pub fn logins_left(&self, platform: Platform) -> u32 {
        platform
            .logins_without_a_person()
            .saturating_sub(self.possible_refusals())
    }

    /// Whether the next login needs a person.
    pub(crate) fn is_at_limit(&self, platform: Platform) -> bool {
        self.logins_left(platform) == 0
    }

    /// Whether a secret may be sent. A refused one is not sent again by itself, and
    /// never takes the last login; one that has logged in before is tried again
    /// from time to time.
    pub(crate) fn chance_of(&self, tag: &Tag, platform: Platform) -> Chance {
        let secret = self.secret(tag);
        let Some((secret, refusal)) = secret.and_then(|s| Some((s, s.refusal.as_ref()?))) else {
            return Chance::Now;
        };
        if secret.good_at.is_none() || self.logins_left(platform) < 2 {
            return Chance::Never;
        }
        let doublings = refusal.times.saturating_sub(1).min(8);
        match (SECOND_CHANCE_MS << doublings).saturating_sub(refusal.age_ms) {
            0 => Chance::Now,
            wait_ms => Chance::After(wait_ms),
        }
    }

    /// Whether a login with this secret waits for the answer to a call without
    /// credentials.
    pub(crate) fn needs_probe(&self, tag: &Tag) -> bool {
        self.probe || self.is_refused(tag)
    }

    /// Whether a secret was refused since it last logged in.
    pub(crate) fn is_refused(&self, tag: &Tag) -> bool {
        self.secret(tag).is_some_and(|s| s.refusal.is_some())
    }

    /// Whether an attempt that has begun is still to be sent: meanwhile a refusal
    /// may have come late, or the session ended.
    pub(crate) fn still_wants(&self, tag: &Tag, platform: Platform) -> bool {
        let may_log_in = !self.is_at_limit(platform) && !self.latched && !self.ended;
        may_log_in && self.contest_ms == 0 && self.chance_of(tag, platform) == Chance::Now
    }

    /// Whether a token is the current one, or one that the platform called dead.
    fn knows(&self, digest: &Digest) -> bool {
        let current = self.current.as_ref().map(|current| &current.digest);
        current == Some(digest) || self.dead_token.as_ref() == Some(digest)
    }

    /// The first token that waits for its logout.
    pub(crate) fn next_to_log_out(&self) -> Option<String> {
        self.to_log_out.first().cloned()
    }

    /// Why nothing is sent with this secret.
    pub(crate) fn cause_for(&self, tag: &Tag) -> AuthError {
        let refusal = self.secret(tag).and_then(|s| s.refusal.as_ref());
        let cause = refusal.map(|refusal| &refusal.cause);
        cause
            .or(self.cause.as_ref())
            .cloned()
            .unwrap_or_else(no_answer)
    }
}

/// An attempt, from its beginning to its end.
impl Entry {
    /// The entry as `actor` writes it.
    pub(crate) fn signed(mut self, actor: Option<&str>) -> Box<Self> {
        self.actor = actor.map(String::from);
        self.was_abandoned = false;
        Box::new(self)
    }

    /// Begins an attempt, the owner's `nth`, and where it is the first one the entry. An
    /// entry that the owner began before is lost by then: this is another one.
    pub(crate) fn begin(&mut self, owner: Owner, nth: u8, tag: Tag, renewal: Renewal) {
        if self.number == 0 {
            self.originate(owner, nth);
        }
        self.number = self.number.saturating_add(1);
        self.was_abandoned = false;
        self.attempt = Some(Attempt {
            owner,
            tag,
            renewal,
            sent: false,
            left_ms: LEASE_MS,
            forgives: self.refusals,
            doomed: false,
        });
    }

    /// Tells this entry from others of the same owner.
    fn originate(&mut self, owner: Owner, nth: u8) {
        self.origin = owner;
        let [first, ..] = &mut self.origin;
        *first = first.wrapping_add(nth);
    }

    /// Makes this the beginning of another entry, after the store lost the one that it
    /// was in. Which secrets were refused meanwhile is not known here: those that were
    /// good are left out, and whoever heard a refusal puts it back.
    pub(crate) fn begin_anew(&mut self, owner: Owner) {
        self.originate(owner, 128);
        self.secrets.retain(|secret| secret.refusal.is_some());
    }

    /// Ends the attempt under way.
    pub(crate) fn settle(&mut self, outcome: &Outcome, platform: Platform) {
        let Some(attempt) = self.attempt.take() else {
            return;
        };
        self.pause_ms = 0;
        let mut settled = Settled {
            number: self.number,
            owner: attempt.owner,
            tag: attempt.tag,
            failure: None,
            still_good: None,
        };
        match outcome {
            Outcome::Token(token, digest) => self.keep(&attempt, token, digest, platform),
            Outcome::Refused(cause) => {
                self.failures = 0;
                self.probe = false;
                self.refuse(&attempt.tag, cause, platform);
                settled.failure = Some(cause.clone());
            }
            Outcome::TokenRefused => self.call_current_dead(platform),
            Outcome::Fine => {
                self.failures = 0;
                settled.still_good = self.current.as_ref().map(|current| current.digest);
            }
            Outcome::Failed(cause) => {
                self.fail(cause.clone());
                if let AuthError::Throttled(throttling) = cause
                    && let Some(seconds) = throttling.retry_after_seconds
                {
                    let asked_ms =
                        u64::from(seconds.min(LONGEST_RETRY_AFTER_S)).saturating_mul(1_000);
                    self.pause_ms = self.pause_ms.max(asked_ms);
                }
                settled.failure = Some(cause.clone());
            }
            Outcome::Doubtful(cause) => {
                self.fail(cause.clone());
                self.doubt(attempt.tag, platform);
                settled.failure = Some(cause.clone());
            }
        }
        self.settled = Some(settled);
    }

    /// Keeps a token that came.
    fn keep(&mut self, attempt: &Attempt, token: &Token, digest: &Digest, platform: Platform) {
        self.failures = 0;
        self.cause = None;
        let is_login = attempt.renewal == Renewal::Login;
        if is_login {
            self.log_in(attempt);
        }
        if attempt.doomed {
            if platform.has_logout() {
                self.log_out_later(token.value.clone());
            }
            return;
        }
        let is_known = self.knows(digest);
        let was_dead = self.dead_token == Some(*digest);
        if !is_login && is_known {
            // The same token, with what the platform says is left of it.
            self.refresh_pause_ms = REFRESH_PAUSE_MS;
            if was_dead {
                return;
            }
        }
        if is_login && was_dead && platform.login_displaces() {
            self.current = None;
            self.quick_deaths = self.quick_deaths.saturating_add(1).max(CONTEST);
            self.contest();
            return;
        }
        let before = self.current.replace(Current {
            token: token.clone(),
            digest: *digest,
            tag: attempt.tag,
            age_ms: 0,
        });
        let is_quick = before.is_some_and(|before| before.age_ms < SOON_MS);
        self.quick_renewals = if is_login && is_quick {
            self.quick_renewals.saturating_add(1)
        } else {
            0
        };
    }

    /// A good login makes up for the refusals before it.
    fn log_in(&mut self, attempt: &Attempt) {
        let number = self.number;
        self.refusals = self.refusals.saturating_sub(attempt.forgives);
        self.probe = false;
        for secret in &mut self.secrets {
            if let Some(refusal) = &mut secret.refusal {
                refusal.made_up = true;
            }
        }
        let secret = self.remember(&attempt.tag);
        secret.good_at = Some(number);
        secret.refusal = None;
        // A login that was given up long ago has come to its end before this one.
        self.doubts.retain(|doubt| doubt.age_ms < UNDER_WAY_MS);
        for doubt in &mut self.doubts {
            doubt.is_cleared |= doubt.tag == attempt.tag;
        }
    }

    /// Gives up the attempt of a holder that has been silent since its lease was
    /// over, `over_ms` ago. What surely did not leave costs nothing.
    fn lose(&mut self, lost: &Attempt, over_ms: u64, platform: Platform) {
        self.was_abandoned = true;
        let is_login = lost.renewal == Renewal::Login;
        if is_login && !lost.sent {
            return;
        }
        self.fail(no_answer());
        if is_login {
            self.doubt(lost.tag, platform);
            if let Some(doubt) = self.doubts.last_mut() {
                doubt.age_ms = over_ms;
            }
        }
        // The pause began with the holder's last sign of life.
        let silent_ms = LEASE_MS.saturating_add(over_ms);
        self.pause_ms = self.pause_ms.saturating_sub(silent_ms);
    }

    /// Counts a login without a verdict.
    fn doubt(&mut self, tag: Tag, platform: Platform) {
        self.probe = true;
        self.doubts.push(Doubt {
            number: self.number,
            tag,
            age_ms: 0,
            is_cleared: false,
        });
        self.pause_after_a_refusal(platform);
    }

    /// Counts a failure: a pause of 1, 2, 4 ... 60 s.
    fn fail(&mut self, cause: AuthError) {
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures.saturating_sub(1).min(6);
        self.pause_ms = (1_000_u64 << doublings).min(LONGEST_PAUSE_MS);
        self.cause = Some(cause);
    }

    /// Counts a refusal, and marks its secret.
    fn refuse(&mut self, tag: &Tag, cause: &AuthError, platform: Platform) {
        self.mark_as_refused(tag, cause);
        self.refusals = self.refusals.saturating_add(1);
        self.cause = Some(cause.clone());
        self.pause_after_a_refusal(platform);
    }

    fn pause_after_a_refusal(&mut self, platform: Platform) {
        let pause = platform.pause_after_refusals(self.possible_refusals());
        self.pause_ms = self.pause_ms.max(pause);
    }

    /// Takes a login out of doubt that had been given up and was not refused after all.
    /// Its token is for nobody, and waits for its logout: nothing may displace it. Says
    /// whether it was in doubt.
    pub(crate) fn clear_doubt(
        &mut self,
        number: u64,
        outcome: &Outcome,
        platform: Platform,
    ) -> bool {
        let before = self.doubts.len();
        self.doubts.retain(|doubt| doubt.number != number);
        let was_in_doubt = self.doubts.len() < before;
        if let Outcome::Token(token, _) = outcome
            && was_in_doubt
            && platform.has_logout()
        {
            self.log_out_later(token.value.clone());
        }
        was_in_doubt
    }

    /// Whether the late refusal of an attempt stands here already, or a good login has
    /// made up for it: then it is in doubt no more, and its secret is marked.
    pub(crate) fn has_counted(&self, attempt: &Self, tag: &Tag) -> bool {
        let is_same = self.origin == attempt.origin && self.number >= attempt.number;
        let is_in_doubt = self
            .doubts
            .iter()
            .any(|doubt| doubt.number == attempt.number);
        let is_marked = self
            .secret(tag)
            .is_some_and(|secret| secret.refusal.is_some());
        is_same && !is_in_doubt && is_marked
    }

    /// Counts the refusal of a login that had been given up, or of one that this entry
    /// does not know (`number` is none). It marks its secret, unless that has logged in
    /// since.
    pub(crate) fn refuse_late(
        &mut self,
        number: Option<u64>,
        tag: &Tag,
        cause: &AuthError,
        platform: Platform,
    ) {
        self.doubts.retain(|doubt| Some(doubt.number) != number);
        let good_at = self.secret(tag).and_then(|secret| secret.good_at);
        if good_at.is_some_and(|good_at| number.is_none_or(|number| good_at > number)) {
            self.refusals = self.refusals.saturating_add(1);
            self.pause_after_a_refusal(platform);
        } else {
            self.refuse(tag, cause, platform);
        }
    }

    /// Marks a secret as refused.
    pub(crate) fn mark_as_refused(&mut self, tag: &Tag, cause: &AuthError) {
        let secret = self.remember(tag);
        let times = secret.refusal.as_ref().map_or(0, |refusal| refusal.times);
        secret.refusal = Some(Refusal {
            age_ms: 0,
            times: times.saturating_add(1),
            made_up: false,
            cause: cause.clone(),
        });
    }

    /// Finds or makes the place of a secret, as the most recently used one.
    fn remember(&mut self, tag: &Tag) -> &mut Secret {
        let secret = match self.secrets.iter().position(|s| s.tag == *tag) {
            Some(place) => self.secrets.remove(place),
            None => {
                if self.secrets.len() >= SECRETS {
                    let place = self.least_needed_secret();
                    self.secrets.remove(place);
                }
                Secret {
                    tag: *tag,
                    good_at: None,
                    refusal: None,
                }
            }
        };
        self.secrets.push_mut(secret)
    }

    /// The secret that makes room for another one: first one whose refusal was made
    /// up for, then a refused one, then the least recently used; never the one that
    /// the current token came from.
    fn least_needed_secret(&self) -> usize {
        let kept = self.current.as_ref().map(|current| current.tag);
        let need = |secret: &Secret| match (&secret.good_at, &secret.refusal) {
            _ if kept == Some(secret.tag) => 4,
            (None, Some(refusal)) if refusal.made_up => 0,
            (None, Some(_)) => 1,
            (Some(_), Some(_)) => 2,
            (_, None) => 3,
        };
        let secrets = self.secrets.iter().enumerate();
        let least = secrets.min_by_key(|(_, secret)| need(secret));
        least.map_or(0, |(place, _)| place)
    }

    /// The platform says that the current token is dead. At the limit it stays all
    /// the same: nobody may get another one.
    pub(crate) fn call_current_dead(&mut self, platform: Platform) {
        let is_at_limit = self.is_at_limit(platform);
        let Some(current) = &self.current else {
            return;
        };
        let is_soon = current.age_ms < SOON_MS;
        self.dead_token = Some(current.digest);
        if is_at_limit {
            return;
        }
        self.current = None;
        if is_soon {
            self.quick_deaths = self.quick_deaths.saturating_add(1);
            if self.quick_deaths >= CONTEST {
                self.contest();
            }
        }
    }

    fn contest(&mut self) {
        self.contest_ms = CONTEST_MS << self.contests.min(5);
        self.contests = self.contests.saturating_add(1);
    }

    /// A token that lives for a good minute ends a contest.
    fn end_contest_if_the_token_has_lived(&mut self) {
        let has_lived = self.current.as_ref().is_some_and(|current| {
            current.age_ms >= SOON_MS && self.dead_token != Some(current.digest)
        });
        if has_lived {
            self.quick_deaths = 0;
            self.contests = 0;
        }
    }

    /// The store does not take the entry with the token in it. Leaves what fits,
    /// so that nobody logs in again for nothing.
    pub(crate) fn latch(&mut self) {
        self.current = None;
        self.to_log_out.clear();
        self.latched = true;
        self.cause = Some(AuthError::UnexpectedResponse(Oddity {
            status: 200,
            what: "the store does not take an entry with this token".into(),
        }));
    }

    /// Queues a token to be logged out. The oldest gives way, which a later login
    /// has displaced.
    fn log_out_later(&mut self, token: String) {
        if self.to_log_out.len() >= TO_LOG_OUT {
            self.to_log_out.remove(0);
        }
        self.to_log_out.push(token);
    }
}

/// What a rotation of keys does.
impl Entry {
    /// Knows a secret by another tag: the same secret has one for each place key.
    /// Returns whether it was known by the first. Where it is known by both, what was
    /// learned last counts.
    pub fn rename_secret(&mut self, from: &Tag, to: &Tag) -> bool {
        let is_it = |secret: &Secret| secret.tag == *from || secret.tag == *to;
        let mut was_known = self.secrets.iter().filter(|s| is_it(s)).count() > 1;
        if was_known && let Some(place) = self.secrets.iter().position(is_it) {
            self.secrets.remove(place);
        }
        let secrets = self.secrets.iter_mut().map(|secret| &mut secret.tag);
        let doubts = self.doubts.iter_mut().map(|doubt| &mut doubt.tag);
        let current = self.current.iter_mut().map(|current| &mut current.tag);
        let attempt = self.attempt.iter_mut().map(|attempt| &mut attempt.tag);
        let settled = self.settled.iter_mut().map(|settled| &mut settled.tag);
        let tags = secrets.chain(doubts).chain(current);
        for tag in tags.chain(attempt).chain(settled) {
            if tag == from {
                *tag = *to;
                was_known = true;
            }
        }
        was_known
    }
}

/// What operators do.
impl Entry {
    /// Forgets refusals, pauses and a contest: a person has set the account right.
    pub(crate) fn forget_refusals(&mut self) {
        self.refusals = 0;
        self.doubts.clear();
        self.failures = 0;
        self.pause_ms = 0;
        self.latched = false;
        self.cause = None;
        self.settled = None;
        self.quick_deaths = 0;
        self.quick_renewals = 0;
        self.contests = 0;
        self.contest_ms = 0;
        if let Some(attempt) = &mut self.attempt {
            attempt.forgives = 0;
        }
        self.secrets.retain(|secret| secret.good_at.is_some());
        for secret in &mut self.secrets {
            secret.refusal = None;
        }
    }

    /// Ends the session for everybody. The token waits for its logout.
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
}

/// What is known of an attempt whose holder never came back.
fn no_answer() -> AuthError {
    AuthError::Unreachable(NoAnswer {
        failure: TransportFailure::Closed,
        may_have_acted: true,
    })
}

#[cfg(test)]
mod tests;
