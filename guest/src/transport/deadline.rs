//! Waiting no longer than allowed, with a turn for whoever wants one meanwhile.

use rpa_auth_flows::{NoAnswer, TransportFailure};

use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::io::poll::{self, Pollable};

/// A point in time, on the monotonic clock.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(monotonic_clock::Instant);

impl Deadline {
    pub(crate) fn after_ms(milliseconds: u32) -> Self {
        let nanoseconds = u64::from(milliseconds).saturating_mul(1_000_000);
        Self(monotonic_clock::now().saturating_add(nanoseconds))
    }

    /// Whichever comes first.
    pub(super) fn or_after_ms(self, milliseconds: u32) -> Self {
        Self(self.0.min(Self::after_ms(milliseconds).0))
    }

    pub(super) fn has_passed(self) -> bool {
        monotonic_clock::now() >= self.0
    }

    /// Waits until something is ready.
    pub(super) fn wait_for(
        self,
        something: &Pollable,
        heartbeat: &mut dyn Heartbeat,
    ) -> core::result::Result<(), NoAnswer> {
        loop {
            let next = self.0.min(heartbeat.due());
            let timer = monotonic_clock::subscribe_instant(next);
            if poll::poll(&[something, &timer]).contains(&0) {
                return Ok(());
            }
            if next == self.0 {
                return Err(TIMED_OUT);
            }
            heartbeat.beat();
        }
    }
}

/// Somebody who wants a turn from time to time while a request is in flight.
pub trait Heartbeat {
    /// When the next turn is wanted, on the monotonic clock.
    fn due(&self) -> monotonic_clock::Instant;

    /// The turn.
    fn beat(&mut self);
}

/// Nobody.
pub(crate) struct NoHeartbeat;

impl Heartbeat for NoHeartbeat {
    fn due(&self) -> monotonic_clock::Instant {
        monotonic_clock::Instant::MAX
    }

    fn beat(&mut self) {}
}

/// A limit of the call's has passed.
pub(super) const TIMED_OUT: NoAnswer = NoAnswer {
    failure: TransportFailure::Timeout,
    may_have_acted: true,
};
