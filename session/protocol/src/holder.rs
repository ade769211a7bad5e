//! The holder of an attempt: sends the request, extends the lease while it is in
//! flight, and writes down what came of it.
//!
//! It sends nothing with too little of its lease left, and looks at the entry again
//! after whatever took its time. A store that fails gets a few moments.

mod recording;

use alloc::boxed::Box;
use alloc::string::String;

use crate::held::Held;
use crate::outcome::Renewal;
use crate::{
    Caller, Current, EXTEND_MS, Entry, Event, Failure, Found, Grant, LEASE_MS, LEAST_LEASE_MS,
    Origin, Outcome, Request, Rule, Step, StoreError,
};

/// Between two tries to reach a store that fails.
const REST_MS: u64 = 500;

/// So many times a holder tries again after the store failed: where it gives the
/// store a moment each time, together they take as long as a lease.
const MOST_FAILURES: u8 = 20;

/// What a holder wants next.
pub(crate) enum Next {
    /// A step.
    Step(Step<Grant>),
    /// To give its token to its caller.
    Grant {
        current: Box<Current>,
        origin: Origin,
    },
    /// To fail.
    Fail(Failure),
    /// To log out what came after the end: what waits in the entry, or a token
    /// that stands in none.
    LogOut(Option<String>),
    /// To begin anew.
    Read,
}

/// A holder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Holding {
    held: Held,
    renewal: Renewal,
    pub(crate) took_over: bool,
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
    InFlight,
    /// The lease is being extended, since that time.
    Extending {
        entry: Box<Entry>,
        since: u64,
        in_flight: bool,
    },
    /// The entry is being read, since that time: is the attempt still there?
    Checking { since: u64, in_flight: bool },
    /// The outcome is being written.
    Recording { entry: Box<Entry>, outcome: Outcome },
    /// The entry is being read: was the outcome written?
    CheckingRecord { outcome: Outcome },
    /// The store failed, and gets a moment. There is an outcome to be written, or
    /// nothing was sent yet.
    Resting { outcome: Option<Outcome> },
    /// The attempt is being taken back.
    Withdrawing,
    /// A late refusal is being added to the count.
    Adding { outcome: Outcome },
}

impl Holding {
    pub(crate) fn new(held: Held, renewal: Renewal, took_over: bool) -> Self {
        Self {
            held,
            renewal,
            took_over,
            probed: false,
            replaced: false,
            failures: 0,
            state: State::Idle,
        }
    }

    /// Sends what is to be sent next, if there is enough of the lease left.
    pub(crate) fn proceed(&mut self, caller: &Caller, now: u64) -> Next {
        let is_short = self.held.lease_left(now) < LEAST_LEASE_MS;
        if is_short && caller.rules.hold(Rule::ShortLeaseSendsNothing) {
            return self.extend(caller, false, now);
        }
        let entry = &self.held.entry;
        let is_login = self.renewal == Renewal::Login;
        if is_login && !entry.still_wants(&caller.tag, caller.platform, caller.rules) {
            return self.withdraw(caller, now);
        }
        let request = match self.renewal {
            Renewal::Login if self.held.entry.probe && !self.probed => Request::Probe,
            Renewal::Login => Request::Login,
            Renewal::Refresh => match &self.held.entry.current {
                Some(current) => Request::Refresh(current.token.value.clone()),
                // The API refused it meanwhile.
                None => return self.record(caller, Outcome::TokenRefused, now),
            },
        };
        self.state = State::InFlight;
        let wait_ms = self.until_extension(now);
        Next::Step(Step::Send { request, wait_ms })
    }

    pub(crate) fn on(&mut self, caller: &Caller, event: Event, now: u64) -> Next {
        self.failures = match event {
            Event::StoreFailed(_) => self.failures.saturating_add(1),
            Event::Answer(_) => 0,
            _ => self.failures,
        };
        match (core::mem::replace(&mut self.state, State::Idle), event) {
            (State::InFlight, Event::Answer(Outcome::Fine)) => {
                self.probed = true;
                match self.replaced {
                    true => Next::Read,
                    // The probe took its time: others may have written since.
                    false => self.extend(caller, false, now),
                }
            }
            (State::InFlight, Event::Answer(outcome)) => self.record(caller, outcome, now),
            (State::InFlight, _) => {
                let extends = caller.rules.hold(Rule::LeaseIsExtended) && !self.replaced;
                match extends {
                    true => self.extend(caller, true, now),
                    false => self.go_on_waiting(EXTEND_MS),
                }
            }
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
                    true => self.go_on_waiting(self.until_extension(now)),
                    false => self.proceed(caller, now),
                }
            }
            (State::Checking { since, in_flight }, Event::Entry(found)) => {
                self.check(caller, found, since, in_flight, now)
            }
            (
                State::Extending {
                    in_flight: true, ..
                }
                | State::Checking {
                    in_flight: true, ..
                },
                Event::StoreFailed(_),
            ) => {
                // The answer is waited for, however long the store fails.
                self.failures = 0;
                self.go_on_waiting(REST_MS)
            }
            (State::Extending { in_flight, .. }, _) => {
                self.state = State::Checking {
                    since: now,
                    in_flight,
                };
                Next::Step(Step::read())
            }
            (State::Checking { .. }, Event::StoreFailed(error)) => self.rest(None, error),
            (State::Recording { entry, outcome }, Event::Written(Some(_))) => {
                self.finish(caller, &entry, outcome)
            }
            (State::Withdrawing | State::Adding { .. }, Event::Written(Some(_))) => Next::Read,
            (State::Withdrawing | State::Resting { outcome: None }, _) => {
                self.state = State::Checking {
                    since: now,
                    in_flight: false,
                };
                Next::Step(Step::read())
            }
            (
                State::Recording { outcome, .. }
                | State::Resting {
                    outcome: Some(outcome),
                }
                | State::Adding { outcome },
                _,
            ) => self.check_record(outcome),
            (State::CheckingRecord { outcome }, Event::Entry(found)) => {
                self.was_it_recorded(caller, found, outcome, now)
            }
            (State::CheckingRecord { outcome }, Event::StoreFailed(error)) => {
                self.rest(Some(outcome), error)
            }
            _ => Next::Read,
        }
    }

    /// Gives the store a moment, but not for ever.
    fn rest(&mut self, outcome: Option<Outcome>, error: StoreError) -> Next {
        if self.failures > MOST_FAILURES {
            return Next::Fail(Failure::Store(error));
        }
        self.state = State::Resting { outcome };
        Next::Step(Step::Sleep { ms: REST_MS })
    }

    fn until_extension(&self, now: u64) -> u64 {
        let since = now.saturating_sub(self.held.at);
        EXTEND_MS.saturating_sub(since)
    }

    fn go_on_waiting(&mut self, wait_ms: u64) -> Next {
        self.state = State::InFlight;
        Next::Step(Step::Await { wait_ms })
    }

    fn extend(&mut self, caller: &Caller, in_flight: bool, now: u64) -> Next {
        let mut entry = self.held.entry_at(caller, now);
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

    /// A store may answer, and take no writes: then not for ever.
    fn write(&self, entry: Box<Entry>) -> Next {
        if self.failures > MOST_FAILURES {
            return Next::Fail(Failure::Store(StoreError::Unavailable(None)));
        }
        Next::Step(Step::Write {
            expected: Some(self.held.version.clone()),
            entry,
        })
    }

    /// After a write that did not go as expected: whose is the attempt?
    fn check(
        &mut self,
        caller: &Caller,
        found: Option<Found>,
        since: u64,
        in_flight: bool,
        now: u64,
    ) -> Next {
        match found {
            Some(found) if self.held.is_written_in(&found.entry) => {
                self.held = Held::found(caller, found, since, now);
                self.extend(caller, in_flight, now)
            }
            _ if in_flight => {
                self.replaced = true;
                self.go_on_waiting(EXTEND_MS)
            }
            _ => Next::Read,
        }
    }

    /// Takes the attempt back. Nothing was sent for it, or nothing that counts.
    fn withdraw(&mut self, caller: &Caller, now: u64) -> Next {
        let mut entry = self.held.entry_at(caller, now);
        entry.attempt = None;
        self.state = State::Withdrawing;
        self.write(Box::new(entry))
    }
}
