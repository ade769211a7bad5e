//! Runs the protocol's machines over the store, the platform and the clock.
//!
//! While a request is in flight the machine gets its turn through [`Beat`]: it
//! extends its lease, and asks for nothing but the store.

use rpa_auth_guest::Pulse;
use rpa_auth_guest::bindings::wasi::clocks::monotonic_clock;
use rpa_auth_guest::bindings::wasi::io::poll;
use rpa_auth_session_protocol::{Amendment, Call, Ending, Event, Failure, Grant, Step};

use crate::account;
use crate::session::Session;
use crate::world::wasi::random::random;

const NANOSECONDS: u64 = 1_000_000;

/// A machine of the protocol.
pub(crate) trait Machine<T> {
    fn tell(&mut self, event: Event) -> Step<T>;
}

impl Machine<Grant> for Call {
    fn tell(&mut self, event: Event) -> Step<Grant> {
        self.on(event, now_ms())
    }
}

impl Machine<()> for Ending {
    fn tell(&mut self, event: Event) -> Step<()> {
        self.on(event)
    }
}

impl Machine<()> for Amendment {
    fn tell(&mut self, event: Event) -> Step<()> {
        self.on(event)
    }
}

/// Monotonic time, in milliseconds.
pub(crate) fn now_ms() -> u64 {
    monotonic_clock::now() / NANOSECONDS
}

/// Runs a machine to its end.
pub(crate) fn drive<T>(
    session: &Session,
    machine: &mut dyn Machine<T>,
    first: Step<T>,
) -> Result<T, Failure> {
    let mut step = first;
    loop {
        let event = match step {
            Step::Read { unless, wait_ms } => session.stored.read(unless.as_deref(), wait_ms),
            Step::Write { expected, entry } => session.stored.write(expected.as_deref(), &entry),
            Step::Send {
                request,
                wait_ms,
                limit_ms,
            } => {
                let mut beat = Beat {
                    session,
                    machine,
                    due: due_in(wait_ms),
                };
                Event::Answer(account::send(session, &request, limit_ms, &mut beat))
            }
            Step::Await { wait_ms } | Step::Sleep { ms: wait_ms } => {
                let timer = monotonic_clock::subscribe_instant(due_in(wait_ms));
                poll::poll(&[&timer]);
                Event::Quiet
            }
            Step::Done(result) => return result,
        };
        step = machine.tell(event);
    }
}

fn due_in(ms: u64) -> monotonic_clock::Instant {
    monotonic_clock::now().saturating_add(ms.saturating_mul(NANOSECONDS))
}

/// A machine that waits for its request.
struct Beat<'a, T> {
    session: &'a Session,
    machine: &'a mut dyn Machine<T>,
    due: monotonic_clock::Instant,
}

impl<T> Pulse for Beat<'_, T> {
    fn due(&self) -> monotonic_clock::Instant {
        self.due
    }

    fn beat(&mut self) {
        let mut event = Event::Quiet;
        loop {
            event = match self.machine.tell(event) {
                Step::Read { unless, wait_ms } => {
                    self.session.stored.read(unless.as_deref(), wait_ms)
                }
                Step::Write { expected, entry } => {
                    self.session.stored.write(expected.as_deref(), &entry)
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

/// Fresh random bytes. A host that gives another number of them breaks the contract of
/// `wasi:random`: nothing that rests on them may go on.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let length = u64::try_from(N).unwrap_or_default();
    match random::get_random_bytes(length).try_into() {
        Ok(bytes) => bytes,
        Err(_) => core::arch::wasm32::unreachable(),
    }
}
