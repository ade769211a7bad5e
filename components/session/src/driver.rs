//! Runs the protocol's machines over the store, the platform and the clock.
//!
//! While a request is in flight the machine gets its turn through [`LeaseHeartbeat`]: it
//! extends its lease, and asks for nothing but the store.

use rpa_auth_guest::bindings::wasi::clocks::monotonic_clock;
use rpa_auth_guest::bindings::wasi::io::poll;
use rpa_auth_guest::{Heartbeat, Waiting};
use rpa_auth_sharing::protocol::{Entry, Event, Failure, Step};
use rpa_auth_sharing::{Given, Machine, Outside, Session, Visit, attempt, outcome};

use crate::outside::{Host, NANOSECONDS};

/// Runs a machine to its end.
pub(crate) fn drive(
    session: &Session,
    machine: &mut Machine,
    first: Step<Given>,
) -> Result<Given, Failure> {
    let visit = &Visit::default();
    let mut step = first;
    let result = loop {
        let event = match step {
            Step::Read { unless, wait_ms } => read(session, visit, unless.as_deref(), wait_ms),
            Step::Write { expected, entry } => write(session, visit, expected.as_deref(), &entry),
            Step::Send {
                request,
                wait_ms,
                limit_ms,
            } => {
                let mut beat = LeaseHeartbeat {
                    session,
                    machine,
                    visit,
                    due: due_in(wait_ms),
                };
                let waiting = &mut Waiting {
                    limit_ms,
                    heartbeat: &mut beat,
                };
                let sent = attempt(session.account(), &request, waiting);
                Event::Answer(outcome(session.platform(), &request, sent))
            }
            Step::Await { wait_ms } | Step::Sleep { ms: wait_ms } => {
                let timer = monotonic_clock::subscribe_instant(due_in(wait_ms));
                poll::poll(&[&timer]);
                Event::Quiet
            }
            Step::Done(result) => break result,
        };
        step = machine.tell(event, Host.now_ms());
    };
    session.learn(machine, &result, Host.now_ms());
    result
}

fn read(session: &Session, visit: &Visit, unless: Option<&str>, wait_ms: u64) -> Event {
    match session.stored().read(visit, &Host, unless, wait_ms) {
        Ok(found) => Event::Entry(found),
        Err(error) => Event::StoreFailed(error),
    }
}

fn write(session: &Session, visit: &Visit, expected: Option<&str>, entry: &Entry) -> Event {
    match session.stored().write(visit, &Host, expected, entry) {
        Ok(version) => Event::Written(version),
        Err(error) => Event::StoreFailed(error),
    }
}

fn due_in(ms: u64) -> monotonic_clock::Instant {
    monotonic_clock::now().saturating_add(ms.saturating_mul(NANOSECONDS))
}

/// A machine that waits for its request.
struct LeaseHeartbeat<'a> {
    session: &'a Session,
    machine: &'a mut Machine,
    visit: &'a Visit,
    due: monotonic_clock::Instant,
}

impl Heartbeat for LeaseHeartbeat<'_> {
    fn due(&self) -> monotonic_clock::Instant {
        self.due
    }

    fn beat(&mut self) {
        let mut event = Event::Quiet;
        loop {
            event = match self.machine.tell(event, Host.now_ms()) {
                Step::Read { unless, wait_ms } => {
                    read(self.session, self.visit, unless.as_deref(), wait_ms)
                }
                Step::Write { expected, entry } => {
                    write(self.session, self.visit, expected.as_deref(), &entry)
                }
                Step::Await { wait_ms } => {
                    self.due = due_in(wait_ms);
                    return;
                }
                // None of these is asked for while a request is in flight.
                Step::Send { .. } | Step::Sleep { .. } | Step::Done(_) => {
                    self.due = monotonic_clock::Instant::MAX;
                    return;
                }
            };
        }
    }
}
