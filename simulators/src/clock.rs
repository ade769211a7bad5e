//! The simulator's own clock: it may differ from the machine's, and a test may
//! move it on, so that expiry is tested without waiting.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime},
};

/// The machine's clock and an offset, in milliseconds of Unix time.
pub(super) struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    pub(super) fn new(offset_seconds: i64) -> Self {
        Self {
            offset_ms: AtomicI64::new(offset_seconds * 1000),
        }
    }

    pub(super) fn advance(&self, by: Duration) {
        self.offset_ms.fetch_add(millis(by), Ordering::Relaxed);
    }

    pub(super) fn now_ms(&self) -> i64 {
        let unix = SystemTime::UNIX_EPOCH
            .elapsed()
            .expect("the machine's clock is past 1970");
        millis(unix) + self.offset_ms.load(Ordering::Relaxed)
    }
}

/// A duration as the clock counts it.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).expect("no test lives that long")
}
