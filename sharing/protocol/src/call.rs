//! One call for a token: find it, wait for it, or get it for everybody.
//!
//! A call reads the entry and decides. If it is to get a token it writes its
//! attempt first; that makes it the holder of the lease (see `holder`). Whatever
//! goes wrong with the lease, the call goes back to reading. A store that is away
//! is tried again within the caller's patience.

use alloc::boxed::Box;
use core::mem;

use crate::decision::{Decision, View};
use crate::ending::Ending;
use crate::held::Held;
use crate::holder::{LeaseHolder, Next, REST_MS};
use crate::{
    Caller, Current, Entry, Event, Failure, Found, Goal, Grant, Heard, Origin, Renewal, Step,
    StoreError, Version,
};

/// The maximum of attempts that a call begins: a refresh that is refused is followed by
/// a login, and a holder that came late may be needed again.
const ATTEMPTS: u8 = 3;

/// A call that has waited begins nothing with less of its patience left.
pub(crate) const LEAST_PATIENCE_MS: u64 = 5_000;

/// One call for a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    caller: Caller,
    goal: Goal,
    began: u64,
    waited_ms: u64,
    waited_for: Option<u64>,
    /// Whether it has waited, for somebody else or for the store.
    has_waited: bool,
    /// How the store failed, where that is what it last waited for.
    store_failed: Option<StoreError>,
    attempts: u8,
    phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// The entry is being read; waiting for somebody else began at that time.
    Reading { waiting_since: Option<u64> },
    /// The store is away, and gets a moment.
    Resting,
    /// The attempt is being written.
    Claiming(Box<Claim>),
    /// The entry is being read, since that time: was the attempt written? Its
    /// answer was lost, or an earlier try of this caller may have been first.
    LookingForClaim { claim: Box<Claim>, since: u64 },
    /// The store is away, and gets a moment before that.
    RestingForClaim(Box<Claim>),
    /// The attempt is this caller's.
    Holding(Box<LeaseHolder>),
    /// A token that came after the end is being logged out.
    Ending(Box<Ending>),
}

/// An attempt that is not surely this caller's yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Claim {
    held: Held,
    renewal: Renewal,
    took_over: bool,
    /// How its write failed.
    failure: Option<StoreError>,
}

impl Call {
    /// Begins a call, at the caller's monotonic time `now`.
    pub fn new(caller: Caller, goal: Goal, now: u64) -> (Self, Step<Grant>) {
        let mut call = Self {
            caller,
            goal,
            began: now,
            waited_ms: 0,
            waited_for: None,
            has_waited: false,
            store_failed: None,
            attempts: 0,
            phase: Phase::Reading {
                waiting_since: None,
            },
        };
        let first = call.read();
        (call, first)
    }

    /// The refusal that the caller heard last, to be passed to its next call.
    pub fn heard(&self) -> Option<&Heard> {
        self.caller.heard.as_ref()
    }

    /// What comes next, after what came of the last step.
    pub fn on(&mut self, event: Event, now: u64) -> Step<Grant> {
        let reading = Phase::Reading {
            waiting_since: None,
        };
        match (mem::replace(&mut self.phase, reading), event) {
            (Phase::Reading { waiting_since }, Event::Entry(found)) => {
                let since = waiting_since.unwrap_or(now);
                let waited_ms = now.saturating_sub(since);
                self.waited_ms = self.waited_ms.saturating_add(waited_ms);
                self.evaluate(found, now)
            }
            (Phase::Reading { .. }, Event::StoreFailed(error)) => {
                self.rest(Phase::Resting, error, now)
            }
            (Phase::Claiming(claim), Event::Written(Some(version))) => {
                let held = claim.held.with_version(version);
                self.hold(held, claim.renewal, claim.took_over, now)
            }
            (Phase::Claiming(claim), Event::StoreFailed(StoreError::Other(what))) => {
                // The store answers, and takes no such entry.
                drop(claim);
                Step::Done(Err(Failure::Store(StoreError::Other(what))))
            }
            (Phase::Claiming(mut claim), Event::StoreFailed(error)) => {
                claim.failure = Some(error);
                self.look_for(claim, now)
            }
            (Phase::Claiming(claim), Event::Written(None)) => self.look_for(claim, now),
            (Phase::LookingForClaim { mut claim, since }, Event::Entry(found)) => match found {
                Some(found) if claim.held.is_written_in(&found.entry) => {
                    let held = Held::found(found, since, now);
                    self.hold(held, claim.renewal, claim.took_over, now)
                }
                found => match claim.failure.take() {
                    // The store answers, and takes no writes.
                    Some(error) if self.patience_left(now) < LEAST_PATIENCE_MS + REST_MS => {
                        Step::Done(Err(Failure::Store(error)))
                    }
                    // It may still happen.
                    Some(error) => self.rest(Phase::RestingForClaim(claim), error, now),
                    None => self.evaluate(found, now),
                },
            },
            (Phase::LookingForClaim { claim, .. }, Event::StoreFailed(error)) => {
                self.rest(Phase::RestingForClaim(claim), error, now)
            }
            (Phase::RestingForClaim(claim), _) => self.look_for(claim, now),
            (Phase::Holding(mut holding), event) => {
                let next = holding.on(&mut self.caller, event, now);
                self.follow(holding, next)
            }
            (Phase::Ending(mut ending), event) => {
                let step = ending.on(event);
                self.phase = Phase::Ending(ending);
                step.within(|_| Step::Done(Err(Failure::Ended)))
            }
            // Somebody else wrote first, the store had its moment, or a step that
            // cannot be answered so.
            _ => self.read(),
        }
    }

    fn read(&mut self) -> Step<Grant> {
        self.phase = Phase::Reading {
            waiting_since: None,
        };
        Step::read()
    }

    /// Gives a store that is away a moment, within the caller's patience.
    fn rest(&mut self, phase: Phase, error: StoreError, now: u64) -> Step<Grant> {
        let left_ms = self.patience_left(now);
        if left_ms == 0 || matches!(error, StoreError::Other(_)) {
            return Step::Done(Err(Failure::Store(error)));
        }
        self.has_waited = true;
        self.store_failed = Some(error);
        self.phase = phase;
        Step::Sleep {
            ms: REST_MS.min(left_ms),
        }
    }

    /// Decides by the entry as it is.
    fn evaluate(&mut self, found: Option<Found>, now: u64) -> Step<Grant> {
        let (mut entry, version) = match found {
            Some(found) => {
                let entry = found.at_receipt(self.caller.platform);
                (entry, Some(found.version))
            }
            None => (Entry::default(), None),
        };
        let heard = self.caller.heard.as_ref();
        let was_reminded = heard.is_some_and(|h| h.remind(&mut entry, &self.caller.tag, now));
        let view = View {
            entry: &entry,
            caller: &self.caller,
            goal: &self.goal,
            waited_for: self.waited_for,
        };
        // What serves where an early renewal is not for this call any more.
        let served = match self.goal {
            Goal::Token => view.serving().map(|current| self.grant(current)),
            Goal::Renew(_) => None,
        };
        match (view.decide(), served) {
            (Decision::Give, _) => match view.serving() {
                Some(current) => Step::Done(Ok(self.grant(current))),
                None => Step::Done(Err(Failure::Busy)),
            },
            (Decision::Attempt(renewal), _) if self.may_attempt(now) => {
                self.claim(entry, version, renewal, now)
            }
            (Decision::Attempt(_), Some(grant)) => Step::Done(Ok(grant)),
            (Decision::Attempt(_), None) => {
                let failed = self.store_failed.take();
                Step::Done(Err(failed.map_or(Failure::Busy, Failure::Store)))
            }
            (Decision::Fail(failure), _) => {
                if let Failure::Auth(cause) = &failure
                    && !was_reminded
                    && entry.is_refused(&self.caller.tag)
                {
                    let refusals = entry.possible_refusals();
                    self.caller.hear(&entry, refusals, cause, now);
                }
                Step::Done(Err(failure))
            }
            (Decision::Wait(left_ms), _) if self.patience_left(now) > 0 => {
                self.waited_for.get_or_insert(entry.number);
                self.has_waited = true;
                self.store_failed = None;
                self.phase = Phase::Reading {
                    waiting_since: Some(now),
                };
                Step::Read {
                    unless: version,
                    wait_ms: left_ms.min(self.patience_left(now)),
                }
            }
            _ => Step::Done(Err(Failure::Busy)),
        }
    }

    /// Writes the attempt.
    fn claim(
        &mut self,
        mut entry: Entry,
        expected: Option<Version>,
        renewal: Renewal,
        now: u64,
    ) -> Step<Grant> {
        let took_over = entry.was_abandoned;
        entry.begin(self.caller.owner, self.attempts, self.caller.tag, renewal);
        let entry = entry.signed(self.caller.actor.as_deref());
        self.phase = Phase::Claiming(Box::new(Claim {
            held: Held::new((*entry).clone(), now),
            renewal,
            took_over,
            failure: None,
        }));
        Step::Write { expected, entry }
    }

    fn look_for(&mut self, claim: Box<Claim>, now: u64) -> Step<Grant> {
        self.phase = Phase::LookingForClaim { claim, since: now };
        Step::read()
    }

    /// The attempt is this caller's.
    fn hold(&mut self, held: Held, renewal: Renewal, took_over: bool, now: u64) -> Step<Grant> {
        self.attempts = self.attempts.saturating_add(1);
        self.store_failed = None;
        // However little patience there was at the beginning, the first attempt gets its
        // moment: it begins with a few writes.
        let least = self.began.saturating_add(LEAST_PATIENCE_MS);
        let deadline = self.deadline().max(least);
        let takes_what_serves = self.goal == Goal::Token;
        let holding = LeaseHolder::new(held, renewal, took_over, takes_what_serves, deadline);
        let mut holding = Box::new(holding);
        let next = holding.proceed(&self.caller, now);
        self.follow(holding, next)
    }

    /// Does what a holder wants next.
    fn follow(&mut self, holding: Box<LeaseHolder>, next: Next) -> Step<Grant> {
        match next {
            Next::Step(step) => {
                self.phase = Phase::Holding(holding);
                step
            }
            Next::Grant { current, origin } => Step::Done(Ok(Grant {
                origin,
                took_over: holding.took_over,
                ..self.grant(&current)
            })),
            Next::Fail(failure) => Step::Done(Err(failure)),
            Next::LogOut(stray) => {
                let (ending, step) = Ending::after_late_token(&self.caller, stray);
                self.phase = Phase::Ending(Box::new(ending));
                step.within(|_| Step::Done(Err(Failure::Ended)))
            }
            Next::Read => self.read(),
        }
    }

    fn grant(&self, current: &Current) -> Grant {
        Grant {
            token: current.token.clone(),
            digest: current.digest,
            left_ms: current.left_ms(),
            origin: Origin::Store,
            waited_ms: self.waited_ms,
            took_over: false,
        }
    }

    /// A call that has not waited begins its first attempt whatever its patience, and
    /// however much of it the store took; another one only where enough of it is left.
    fn may_attempt(&self, now: u64) -> bool {
        let is_at_its_beginning = self.attempts == 0 && !self.has_waited;
        let has_patience = self.patience_left(now) >= LEAST_PATIENCE_MS;
        is_at_its_beginning || (self.attempts < ATTEMPTS && has_patience)
    }

    fn deadline(&self) -> u64 {
        self.began.saturating_add(self.caller.patience_ms)
    }

    fn patience_left(&self, now: u64) -> u64 {
        self.deadline().saturating_sub(now)
    }
}
