//! Runs the protocol's machines over the store, the platform and the clock.
//!
//! While a request is in flight the machine gets its turn through [`Beat`]: it
//! extends its lease, and asks for nothing but the store.

use alloc::boxed::Box;
use alloc::string::String;

use rpa_auth_guest::Pulse;
use rpa_auth_guest::bindings::rpa::auth::token_store;
use rpa_auth_guest::bindings::wasi::clocks::monotonic_clock;
use rpa_auth_guest::bindings::wasi::io::poll;
use rpa_auth_guest::bindings::wasi::random::random;
use rpa_auth_guest::outcome;
use rpa_auth_session_protocol::{
    Amendment, Call, Ending, Entry, Event, Failure, Found, Grant, Step, StoreError,
};

use crate::account;
use crate::seal::{self, NONCE_LENGTH, Opened};
use crate::session::Session;

const NANOSECONDS: u64 = 1_000_000;

/// After so many writes in a row that somebody else came before, the store is taken
/// for one that takes none: otherwise each means that somebody got on.
const CONFLICTS: u16 = 1_000;

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
            Step::Read { unless, wait_ms } => session.read(unless.as_deref(), wait_ms),
            Step::Write { expected, entry } => session.write(expected.as_deref(), &entry),
            Step::Send { request, wait_ms } => {
                let mut beat = Beat {
                    session,
                    machine,
                    due: due_in(wait_ms),
                };
                let outcome = account::send(&session.account, &request, &session.keys, &mut beat);
                Event::Answer(outcome)
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
                Step::Read { unless, wait_ms } => self.session.read(unless.as_deref(), wait_ms),
                Step::Write { expected, entry } => self.session.write(expected.as_deref(), &entry),
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

impl Session {
    pub(crate) fn read(&self, unless: Option<&str>, wait_ms: u64) -> Event {
        let wait_ms = u32::try_from(wait_ms).unwrap_or(u32::MAX);
        match token_store::read(&self.place, unless, wait_ms) {
            Ok(None) => Event::Entry(None),
            Ok(Some(entry)) => self.unseal(entry),
            Err(error) => Event::StoreFailed(failed(error)),
        }
    }

    /// Damage is as good as no entry, but for its version: what is there is
    /// overwritten, by whoever is first.
    fn unseal(&self, found: token_store::Entry) -> Event {
        let entry = match seal::open(&self.sealing_keys, &self.place, &found.value) {
            Opened::Bytes(bytes) => Entry::from_bytes(&bytes),
            Opened::Damaged => None,
            Opened::Unknown(what) => {
                return Event::StoreFailed(StoreError::Other(Some(what.into())));
            }
        };
        Event::Entry(Some(Found {
            entry: entry.unwrap_or_default(),
            age_ms: found.age_ms,
            version: found.version,
        }))
    }

    fn write(&self, expected: Option<&str>, entry: &Entry) -> Event {
        let Some(value) = self.sealed(entry) else {
            let what = String::from("the entry cannot be sealed");
            return Event::StoreFailed(StoreError::Other(Some(what)));
        };
        match token_store::compare_and_set(&self.place, expected, &value, None) {
            Ok(version) => {
                let conflicts = match version {
                    Some(_) => 0,
                    None => self.conflicts.get().saturating_add(1),
                };
                self.conflicts.set(conflicts);
                match conflicts {
                    CONFLICTS.. => Event::StoreFailed(StoreError::Unavailable(None)),
                    _ => Event::Written(version),
                }
            }
            Err(error) => Event::StoreFailed(failed(error)),
        }
    }

    fn sealed(&self, entry: &Entry) -> Option<Box<[u8]>> {
        let bytes = entry.to_bytes()?;
        let nonce = random_bytes::<NONCE_LENGTH>();
        let value = seal::seal(&self.sealing_keys, &self.place, &nonce, &bytes)?;
        Some(value.into_boxed_slice())
    }
}

/// Fresh random bytes, or zeros from a host that breaks the contract of
/// `wasi:random`.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let length = u64::try_from(N).unwrap_or_default();
    let bytes = random::get_random_bytes(length);
    bytes.try_into().unwrap_or([0; N])
}

fn failed(error: outcome::StoreError) -> StoreError {
    match error {
        outcome::StoreError::Unavailable(what) => StoreError::Unavailable(what),
        outcome::StoreError::Other(what) => StoreError::Other(what),
    }
}
