//! One call for a token: find it, wait for it, or get it for everybody.
//!
//! A call reads the entry and decides. If it is to get a token it writes its
//! attempt first; that makes it the holder of the lease (see `holder`). Whatever
//! goes wrong with the store or the lease, the call goes back to reading.

use alloc::boxed::Box;
use core::mem;

use crate::decision::{Decision, View};
use crate::ending::Ending;
use crate::held::Held;
use crate::holder::{Holding, Next};
use crate::outcome::Renewal;
use crate::{
    Caller, Current, Entry, Event, Failure, Found, Goal, Grant, Origin, Rule, Step, StoreError,
    Version,
};

/// A call begins so many attempts at most: a refresh that is refused is followed
/// by a login, and a holder that came late may be needed again.
const ATTEMPTS: u8 = 3;

/// One call for a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    caller: Caller,
    goal: Goal,
    began: u64,
    waited_ms: u64,
    waited_for: Option<u64>,
    attempts: u8,
    phase: Phase,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// The entry is being read; waiting for somebody else began at that time.
    Reading { waiting_since: Option<u64> },
    /// The refusal of the token is being written down, and nothing else.
    Noting { then: Option<Box<Failure>> },
    /// The attempt is being written.
    Claiming(Box<Claim>),
    /// The entry is being read, since that time: was the attempt written? Its
    /// answer was lost, or an earlier try of this caller may have been first.
    LookingForClaim { claim: Box<Claim>, since: u64 },
    /// The attempt is this caller's.
    Holding(Box<Holding>),
    /// A token that came after the end is being logged out.
    Ending(Box<Ending>),
}

/// An attempt that is not surely this caller's yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Claim {
    held: Held,
    renewal: Renewal,
    took_over: bool,
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
            attempts: 0,
            phase: Phase::Reading {
                waiting_since: None,
            },
        };
        let first = call.read();
        (call, first)
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
                if self.caller.rules.hold(Rule::StoreGoesFirst) {
                    return Step::Done(Err(Failure::Store(error)));
                }
                let mut entry = Entry::default();
                entry.begin(self.caller.owner, self.caller.tag, Renewal::Login);
                self.hold(Held::new(entry, now), Renewal::Login, false, now)
            }
            (
                Phase::Noting {
                    then: Some(failure),
                },
                Event::Written(Some(_)),
            ) => Step::Done(Err(*failure)),
            (Phase::Noting { .. }, Event::StoreFailed(error)) => {
                Step::Done(Err(Failure::Store(error)))
            }
            (Phase::Claiming(claim), Event::Written(Some(version))) => {
                let held = claim.held.with_version(version);
                self.hold(held, claim.renewal, claim.took_over, now)
            }
            (Phase::Claiming(claim), Event::StoreFailed(error)) => {
                if !self.caller.rules.hold(Rule::UnknownWriteIsLookedFor) {
                    return Step::Done(Err(Failure::Store(error)));
                }
                self.attempts = self.attempts.saturating_add(1);
                self.look_for(claim, now)
            }
            (Phase::Claiming(claim), Event::Written(None)) => self.look_for(claim, now),
            (Phase::LookingForClaim { claim, since }, Event::Entry(found)) => match found {
                Some(found) if claim.held.is_written_in(&found.entry) => {
                    let held = Held::found(&self.caller, found, since, now);
                    self.hold(held, claim.renewal, claim.took_over, now)
                }
                // The store answers, and takes no writes.
                _ if self.attempts >= ATTEMPTS => {
                    Step::Done(Err(Failure::Store(StoreError::Unavailable(None))))
                }
                found => self.evaluate(found, now),
            },
            (Phase::LookingForClaim { .. }, Event::StoreFailed(error)) => {
                Step::Done(Err(Failure::Store(error)))
            }
            (Phase::Holding(mut holding), event) => {
                let next = holding.on(&self.caller, event, now);
                self.follow(holding, next)
            }
            (Phase::Ending(mut ending), event) => {
                let step = ending.on(event);
                self.phase = Phase::Ending(ending);
                step.within(|_| Step::Done(Err(Failure::Ended)))
            }
            // Somebody else wrote first, or a step that cannot be answered so.
            _ => self.read(),
        }
    }

    fn read(&mut self) -> Step<Grant> {
        self.phase = Phase::Reading {
            waiting_since: None,
        };
        Step::read()
    }

    /// Decides by the entry as it is.
    fn evaluate(&mut self, found: Option<Found>, now: u64) -> Step<Grant> {
        let (mut entry, version) = match found {
            Some(found) => {
                let entry = found.at_receipt(self.caller.platform, self.caller.rules);
                (entry, Some(found.version))
            }
            None => (Entry::default(), None),
        };
        let noted = self.goal.note_the_refusal(&mut entry, self.caller.rules);
        let view = View {
            entry: &entry,
            platform: self.caller.platform,
            rules: self.caller.rules,
            tag: &self.caller.tag,
            jitter: self.caller.jitter,
            waited_for: self.waited_for,
            may_renew_early: self.goal == Goal::Token,
        };
        let serving = entry.serving(&self.caller.tag, self.caller.rules);
        let served = serving.map(|current| self.grant(current));
        match (view.decide(), served) {
            (Decision::Give, Some(grant)) => Step::Done(Ok(grant)),
            (Decision::Attempt(renewal), _) if self.may_attempt(now) => {
                self.claim(entry, version, renewal, now)
            }
            // To be renewed, but not by this call any more.
            (Decision::Attempt(_), Some(grant)) => Step::Done(Ok(grant)),
            (Decision::Fail(failure), _) if noted => self.note(entry, version, Some(failure)),
            (Decision::Fail(failure), _) => Step::Done(Err(failure)),
            (Decision::Wait(_), _) if noted => self.note(entry, version, None),
            (Decision::Wait(left_ms), _) if self.patience_left(now) > 0 => {
                if self.caller.rules.hold(Rule::OutcomeIsShared) {
                    self.waited_for.get_or_insert(entry.number);
                }
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

    fn note(
        &mut self,
        entry: Entry,
        expected: Option<Version>,
        then: Option<Failure>,
    ) -> Step<Grant> {
        self.phase = Phase::Noting {
            then: then.map(Box::new),
        };
        Step::Write {
            expected,
            entry: entry.signed(self.caller.actor.as_deref()),
        }
    }

    /// Writes the attempt.
    #[inline(never)]
    fn claim(
        &mut self,
        mut entry: Entry,
        expected: Option<Version>,
        renewal: Renewal,
        now: u64,
    ) -> Step<Grant> {
        let took_over = entry.was_abandoned;
        entry.begin(self.caller.owner, self.caller.tag, renewal);
        let entry = entry.signed(self.caller.actor.as_deref());
        let held = Held::new((*entry).clone(), now);
        if !self.caller.rules.hold(Rule::AttemptIsWrittenFirst) {
            let held = held.with_version(expected.unwrap_or_default());
            return self.hold(held, renewal, took_over, now);
        }
        self.phase = Phase::Claiming(Box::new(Claim {
            held,
            renewal,
            took_over,
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
        let mut holding = Box::new(Holding::new(held, renewal, took_over));
        let next = holding.proceed(&self.caller, now);
        self.follow(holding, next)
    }

    /// Does what a holder wants next.
    fn follow(&mut self, holding: Box<Holding>, next: Next) -> Step<Grant> {
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
                let (ending, step) = Ending::of_what_came_after(&self.caller, stray);
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

    fn may_attempt(&self, now: u64) -> bool {
        self.attempts == 0 || (self.attempts < ATTEMPTS && self.patience_left(now) > 0)
    }

    fn patience_left(&self, now: u64) -> u64 {
        let spent = now.saturating_sub(self.began);
        self.caller.patience_ms.saturating_sub(spent)
    }
}
