//! The holder of an attempt: sends the request, extends the lease while it is in
//! flight, and writes down what came of it.
//!
//! It sends nothing with too little of its lease left, and a login only after it
//! has written that it may leave. A store that fails gets a few moments: until the
//! end of the caller's patience while nothing was sent, and for as long as a lease
//! when there is something to write down.
//!
//! A holder that was replaced writes no outcome: what came after is newer. Only a
//! refusal it adds to the count, and a login that was not refused it takes out of
//! doubt. A verdict ends the call.

use alloc::boxed::Box;

use crate::call::LEAST_PATIENCE_MS;
use crate::entry::LEASE_MS;
use crate::held::Held;
use crate::{
    Caller, Current, Entry, Event, Failure, Found, Grant, Origin, Outcome, Renewal, Request, Step,
    StoreError, Version,
};

/// How often a holder says that it is still there.
const EXTEND_MS: u64 = 3_000;

/// A holder with less of its lease left sends nothing before it extended it.
const LEAST_LEASE_MS: u64 = 5_000;

/// Between two tries to reach a store that fails.
pub(crate) const REST_MS: u64 = 500;

/// The maximum of store failures in a row with an outcome in hand: with a moment
/// after each, together they take as long as a lease.
const FAILURES: u8 = 20;

/// What a holder wants next.
pub(crate) enum Next {
    /// A step.
    Step(Step<Grant>),
    /// To give a token to its caller.
    Grant {
        current: Box<Current>,
        origin: Origin,
    },
    /// To fail.
    Fail(Failure),
    /// To log out what came after the end: what waits in the entry, or a token
    /// that stands in none.
    LogOut(Option<alloc::string::String>),
    /// To begin anew.
    Read,
}

/// A holder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LeaseHolder {
    held: Held,
    renewal: Renewal,
    pub(crate) took_over: bool,
    /// When it takes the attempt back, if nothing that counts has left by then.
    deadline: u64,
    /// Whether a token that serves is as good as a new one.
    takes_what_serves: bool,
    /// Whether the platform has answered a call without credentials.
    probed: bool,
    /// Whether somebody else has taken over.
    replaced: bool,
    /// How often the store has failed since the last answer.
    failures: u8,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Nothing is in flight.
    Idle,
    /// A request is.
    InFlight(Sent),
    /// The lease is being extended, since that time.
    Extending {
        entry: Box<Entry>,
        since: u64,
        in_flight: Option<Sent>,
    },
    /// The entry is being read, since that time: is the attempt still there?
    Checking { since: u64, in_flight: Option<Sent> },
    /// The store failed before anything was sent, and gets a moment.
    Resting,
    /// The attempt is being taken back.
    Withdrawing { then: Option<Failure> },
    /// The outcome is being written.
    Recording { entry: Box<Entry>, outcome: Outcome },
    /// The entry is being read: was the outcome written?
    CheckingRecord { outcome: Outcome },
    /// The store failed, and gets a moment. There is an outcome to be written.
    RestingWith { outcome: Outcome },
    /// A late verdict is being written down: it adds to the count, or ends a doubt.
    Adding { outcome: Outcome },
    /// What is left of an outcome that the store does not take is being written.
    Latching { error: StoreError },
}

/// What is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sent {
    Probe,
    Check,
    Login,
    Refresh,
}

impl LeaseHolder {
    pub(crate) fn new(
        held: Held,
        renewal: Renewal,
        took_over: bool,
        takes_what_serves: bool,
        deadline: u64,
    ) -> Self {
        Self {
            held,
            renewal,
            took_over,
            deadline,
            takes_what_serves,
            probed: false,
            replaced: false,
            failures: 0,
            state: State::Idle,
        }
    }

    /// Sends what is to be sent next, if there is enough of the lease left.
    pub(crate) fn proceed(&mut self, caller: &Caller, now: u64) -> Next {
        if now >= self.deadline {
            return self.withdraw(Some(Failure::Busy), now);
        }
        if self.held.lease_left(now) < LEAST_LEASE_MS {
            return self.extend(None, now);
        }
        let entry = &self.held.entry;
        let is_login = self.renewal == Renewal::Login;
        if is_login && self.is_written_as_a_check() {
            // Somebody else wrote before that could be changed.
            return self.log_in_instead(caller, Outcome::TokenRefused, now);
        }
        if is_login && !entry.still_wants(&caller.tag, caller.platform) {
            return self.withdraw(None, now);
        }
        let token = || {
            let current = entry.current.as_ref();
            current.map(|current| current.token.value.clone())
        };
        let (sent, request) = match self.renewal {
            Renewal::Login if entry.needs_probe(&caller.tag) && !self.probed => {
                (Sent::Probe, Request::Probe)
            }
            Renewal::Login if !self.is_marked_as_sent() => return self.mark_as_sent(now),
            Renewal::Login => (Sent::Login, Request::Login),
            Renewal::Refresh | Renewal::Check => match (token(), self.renewal) {
                (Some(token), Renewal::Refresh) => (Sent::Refresh, Request::Refresh(token)),
                (Some(token), _) => (Sent::Check, Request::Check(token)),
                // Somebody ended the session meanwhile.
                (None, _) => return self.withdraw(None, now),
            },
        };
        self.state = State::InFlight(sent);
        // A login that has left is heard to its end: to give it up would count.
        let limit_ms =
            (sent != Sent::Login).then(|| self.deadline.saturating_sub(now).max(LEAST_PATIENCE_MS));
        Next::Step(Step::Send {
            request,
            wait_ms: self.until_extension(now),
            limit_ms,
        })
    }

    pub(crate) fn on(&mut self, caller: &mut Caller, event: Event, now: u64) -> Next {
        self.failures = match event {
            Event::StoreFailed(_) => self.failures.saturating_add(1),
            Event::Answer(_) => 0,
            _ => self.failures,
        };
        match (core::mem::replace(&mut self.state, State::Idle), event) {
            (State::InFlight(sent), Event::Answer(outcome)) => {
                self.hear(caller, sent, outcome, now)
            }
            (State::InFlight(sent), _) if self.replaced => self.go_on_waiting(sent, EXTEND_MS),
            (State::InFlight(sent), _) => self.extend(Some(sent), now),
            (
                State::Extending {
                    entry,
                    since,
                    in_flight,
                },
                Event::Written(Some(version)),
            ) => {
                self.held = Held {
                    entry: *entry,
                    version,
                    at: since,
                };
                match in_flight {
                    Some(sent) => self.go_on_waiting(sent, self.until_extension(now)),
                    None => self.proceed(caller, now),
                }
            }
            (State::Checking { since, in_flight }, Event::Entry(found)) => {
                self.check(found, since, in_flight, now)
            }
            (
                State::Extending {
                    in_flight: Some(sent),
                    ..
                }
                | State::Checking {
                    in_flight: Some(sent),
                    ..
                },
                Event::StoreFailed(_),
            ) => {
                // The answer is waited for, however long the store fails.
                self.failures = 0;
                self.go_on_waiting(sent, REST_MS)
            }
            (State::Extending { .. } | State::Checking { .. }, Event::StoreFailed(error)) => {
                self.rest(error, now)
            }
            (State::Extending { in_flight, .. }, _) => self.look(in_flight, now),
            (State::Resting, _) => self.look(None, now),
            (
                State::Withdrawing {
                    then: Some(failure),
                },
                _,
            ) => Next::Fail(failure),
            (State::Withdrawing { then: None }, Event::Written(Some(_))) => Next::Read,
            (State::Withdrawing { then: None }, _) => self.look(None, now),
            (State::Recording { entry, outcome }, Event::Written(Some(_))) => {
                self.finish(caller, &entry, outcome)
            }
            (State::Recording { entry, outcome }, Event::StoreFailed(StoreError::Other(what))) => {
                self.leave_what_fits(*entry, outcome, StoreError::Other(what))
            }
            (State::Latching { error }, _) => Next::Fail(Failure::Store(error)),
            (
                State::Adding {
                    outcome: Outcome::Refused(cause),
                },
                Event::Written(Some(_)),
            ) => Next::Fail(Failure::Auth(cause)),
            (State::Adding { .. }, Event::Written(Some(_))) => Next::Read,
            (
                State::Recording { outcome, .. }
                | State::RestingWith { outcome }
                | State::Adding { outcome },
                _,
            ) => self.check_record(outcome),
            (State::CheckingRecord { outcome }, Event::Entry(found)) => {
                self.on_record_answer(caller, found, outcome, now)
            }
            (State::CheckingRecord { outcome }, Event::StoreFailed(error)) => {
                // What came of a login is worth more than patience.
                let is_late = now >= self.deadline && !self.is_marked_as_sent();
                if self.failures > FAILURES || is_late {
                    return given_up(outcome, error);
                }
                self.state = State::RestingWith { outcome };
                Next::Step(Step::Sleep { ms: REST_MS })
            }
            _ => Next::Read,
        }
    }

    /// An answer came.
    fn hear(&mut self, caller: &mut Caller, sent: Sent, outcome: Outcome, now: u64) -> Next {
        if let Outcome::Refused(cause) = &outcome {
            let entry = &self.held.entry;
            let refusals = entry.possible_refusals().saturating_add(1);
            caller.hear(entry, refusals, cause, now);
        }
        match (sent, &outcome) {
            (Sent::Probe, Outcome::Fine) => {
                self.probed = true;
                if self.replaced {
                    Next::Read
                } else {
                    self.proceed(caller, now)
                }
            }
            (Sent::Check, Outcome::TokenRefused) if !self.replaced && now < self.deadline => {
                self.log_in_instead(caller, outcome, now)
            }
            _ => self.record(caller, outcome, now),
        }
    }

    /// The platform says that the token is dead. The same attempt goes on with a
    /// login, where one may be sent.
    fn log_in_instead(&mut self, caller: &Caller, outcome: Outcome, now: u64) -> Next {
        let mut entry = self.held.entry_at(now);
        entry.call_current_dead(caller.platform);
        if entry.current.is_some() || !entry.still_wants(&caller.tag, caller.platform) {
            return self.record(caller, outcome, now);
        }
        if let Some(attempt) = &mut entry.attempt {
            attempt.renewal = Renewal::Login;
        }
        self.renewal = Renewal::Login;
        self.held.entry = entry;
        self.held.at = now;
        self.proceed(caller, now)
    }

    fn is_marked_as_sent(&self) -> bool {
        let attempt = self.held.entry.attempt.as_ref();
        attempt.is_some_and(|attempt| attempt.sent)
    }

    fn is_written_as_a_check(&self) -> bool {
        let attempt = self.held.entry.attempt.as_ref();
        attempt.is_some_and(|attempt| attempt.renewal == Renewal::Check)
    }

    /// Writes that the login may leave. That extends the lease as well.
    fn mark_as_sent(&mut self, now: u64) -> Next {
        let mut entry = self.held.entry_at(now);
        if let Some(attempt) = &mut entry.attempt {
            attempt.sent = true;
        }
        self.write_lease(entry, None, now)
    }

    fn extend(&mut self, in_flight: Option<Sent>, now: u64) -> Next {
        let entry = self.held.entry_at(now);
        self.write_lease(entry, in_flight, now)
    }

    fn write_lease(&mut self, mut entry: Entry, in_flight: Option<Sent>, now: u64) -> Next {
        if let Some(attempt) = &mut entry.attempt {
            attempt.left_ms = LEASE_MS;
        }
        let entry = Box::new(entry);
        self.state = State::Extending {
            entry: entry.clone(),
            since: now,
            in_flight,
        };
        self.write(entry)
    }

    fn until_extension(&self, now: u64) -> u64 {
        let since = now.saturating_sub(self.held.at);
        EXTEND_MS.saturating_sub(since)
    }

    fn go_on_waiting(&mut self, sent: Sent, wait_ms: u64) -> Next {
        self.state = State::InFlight(sent);
        Next::Step(Step::Await { wait_ms })
    }

    /// Gives the store a moment before anything was sent.
    fn rest(&mut self, error: StoreError, now: u64) -> Next {
        if now >= self.deadline || matches!(error, StoreError::Other(_)) {
            return Next::Fail(Failure::Store(error));
        }
        self.state = State::Resting;
        Next::Step(Step::Sleep { ms: REST_MS })
    }

    fn look(&mut self, in_flight: Option<Sent>, now: u64) -> Next {
        self.state = State::Checking {
            since: now,
            in_flight,
        };
        Next::Step(Step::read())
    }

    fn write(&self, entry: Box<Entry>) -> Next {
        Next::Step(Step::Write {
            expected: Some(self.held.version.clone()),
            entry,
        })
    }

    /// After a write that did not go as expected: whose is the attempt?
    fn check(
        &mut self,
        found: Option<Found>,
        since: u64,
        in_flight: Option<Sent>,
        now: u64,
    ) -> Next {
        match (found, in_flight) {
            (Some(found), _) if self.held.is_written_in(&found.entry) => {
                self.held = Held::found(found, since, now);
                self.extend(in_flight, now)
            }
            (_, Some(sent)) => {
                self.replaced = true;
                self.go_on_waiting(sent, EXTEND_MS)
            }
            (_, None) => Next::Read,
        }
    }

    /// Takes the attempt back. Nothing was sent for it, or nothing that counts.
    fn withdraw(&mut self, then: Option<Failure>, now: u64) -> Next {
        let mut entry = self.held.entry_at(now);
        entry.attempt = None;
        self.state = State::Withdrawing { then };
        self.write(Box::new(entry))
    }
}

/// Writing down what came of an attempt.
impl LeaseHolder {
    fn record(&mut self, caller: &Caller, outcome: Outcome, now: u64) -> Next {
        if self.replaced {
            return self.check_record(outcome);
        }
        let mut entry = self.held.entry_at(now);
        entry.settle(&outcome, caller.platform);
        let expected = Some(self.held.version.clone());
        self.write_record(caller, entry, expected, outcome)
    }

    fn write_record(
        &mut self,
        caller: &Caller,
        entry: Entry,
        expected: Option<Version>,
        outcome: Outcome,
    ) -> Next {
        if self.failures > FAILURES {
            return given_up(outcome, StoreError::Unavailable(None));
        }
        let entry = entry.signed(caller.actor.as_deref());
        self.state = State::Recording {
            entry: entry.clone(),
            outcome,
        };
        Next::Step(Step::Write { expected, entry })
    }

    fn check_record(&mut self, outcome: Outcome) -> Next {
        self.state = State::CheckingRecord { outcome };
        Next::Step(Step::read())
    }

    fn on_record_answer(
        &mut self,
        caller: &Caller,
        found: Option<Found>,
        outcome: Outcome,
        now: u64,
    ) -> Next {
        let Some(found) = found else {
            // The store has lost the entry. A login's outcome is the beginning of another.
            if self.renewal != Renewal::Login {
                return self.finish(caller, &Entry::default(), outcome);
            }
            let mut entry = self.held.entry_at(now);
            entry.begin_anew(caller.owner);
            entry.settle(&outcome, caller.platform);
            return self.write_record(caller, entry, None, outcome);
        };
        if self.held.is_written_in(&found.entry) {
            self.replaced = false;
            self.held = Held::found(found, now, now);
            return self.record(caller, outcome, now);
        }
        let entry = found.at_receipt(caller.platform);
        let settled = entry.settled.as_ref();
        let is_recorded = settled.is_some_and(|settled| {
            settled.owner == caller.owner && settled.number == self.held.entry.number
        });
        if is_recorded {
            self.finish(caller, &entry, outcome)
        } else {
            self.add_late_outcome(caller, entry, found.version, outcome)
        }
    }

    /// Somebody else has taken over.
    fn add_late_outcome(
        &mut self,
        caller: &Caller,
        mut entry: Entry,
        version: Version,
        outcome: Outcome,
    ) -> Next {
        match &outcome {
            Outcome::Refused(cause) => {
                // An earlier try may have been written although it seemed to fail.
                if self.failures > FAILURES || entry.has_counted(&self.held.entry, &caller.tag) {
                    return after_all(outcome);
                }
                // Another entry, which began after the store lost this one, has numbers
                // of its own, but where a later holder rebuilt it from what it knew.
                let held = &self.held.entry;
                let goes_on = entry.origin == held.origin || entry.number > held.number;
                let number = goes_on.then_some(held.number);
                entry.refuse_late(number, &caller.tag, cause, caller.platform);
                self.state = State::Adding { outcome };
                Next::Step(Step::Write {
                    expected: Some(version),
                    entry: entry.signed(caller.actor.as_deref()),
                })
            }
            Outcome::Token(token, _) if entry.ended && caller.platform.has_logout() => {
                Next::LogOut(Some(token.value.clone()))
            }
            Outcome::Token(..) | Outcome::Failed(_)
                if self.failures <= FAILURES
                    && entry.clear_doubt(self.held.entry.number, &outcome, caller.platform) =>
            {
                self.state = State::Adding { outcome };
                Next::Step(Step::Write {
                    expected: Some(version),
                    entry: entry.signed(caller.actor.as_deref()),
                })
            }
            _ => Next::Read,
        }
    }

    /// The outcome stands in the entry.
    fn finish(&self, caller: &Caller, entry: &Entry, outcome: Outcome) -> Next {
        let origin = if self.renewal == Renewal::Refresh {
            Origin::Refresh
        } else {
            Origin::Login
        };
        match outcome {
            Outcome::Token(token, digest) => match &entry.current {
                Some(current) if current.digest == digest && !entry.ended => Next::Grant {
                    current: Box::new(current.clone()),
                    origin,
                },
                _ if entry.to_log_out.contains(&token.value) => Next::LogOut(None),
                _ => Next::Read,
            },
            Outcome::Refused(_) | Outcome::Failed(_) | Outcome::Doubtful(_) => {
                match entry.serving(&caller.tag, caller.platform) {
                    // An early renewal: the token still serves.
                    Some(current) if self.takes_what_serves => Next::Grant {
                        current: Box::new(current.clone()),
                        origin: Origin::Store,
                    },
                    _ => after_all(outcome),
                }
            }
            Outcome::Fine => Next::Fail(Failure::StillGood),
            Outcome::TokenRefused => Next::Read,
        }
    }

    /// Writes what fits of an entry that the store does not take.
    fn leave_what_fits(&mut self, mut entry: Entry, outcome: Outcome, error: StoreError) -> Next {
        if !matches!(outcome, Outcome::Token(..)) {
            return given_up(outcome, error);
        }
        entry.latch();
        self.state = State::Latching { error };
        Next::Step(Step::Write {
            expected: Some(self.held.version.clone()),
            entry: Box::new(entry),
        })
    }
}

/// What the caller is told of an outcome that gave no token.
fn after_all(outcome: Outcome) -> Next {
    match outcome {
        Outcome::Refused(cause) | Outcome::Failed(cause) | Outcome::Doubtful(cause) => {
            Next::Fail(Failure::Auth(cause))
        }
        Outcome::Token(..) | Outcome::TokenRefused | Outcome::Fine => Next::Read,
    }
}

/// The outcome cannot be written. A verdict is returned all the same; a token is
/// not, because somebody may have ended the session for all.
fn given_up(outcome: Outcome, error: StoreError) -> Next {
    match outcome {
        Outcome::Refused(cause) => Next::Fail(Failure::Auth(cause)),
        _ => Next::Fail(Failure::Store(error)),
    }
}
