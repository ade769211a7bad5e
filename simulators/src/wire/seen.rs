//! What a case has seen.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// What came so far, in any of the case's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Connections that began their script.
    pub connections: u64,
    /// Requests that were read whole.
    pub requests: u64,
    /// Bytes of requests that were read, after decryption.
    pub bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Counts {
    pub(super) fn connection(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn bytes(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.bytes.fetch_add(count, Ordering::SeqCst);
    }

    pub(super) fn seen(&self) -> Seen {
        Seen {
            connections: self.connections.load(Ordering::SeqCst),
            requests: self.requests.load(Ordering::SeqCst),
            bytes: self.bytes.load(Ordering::SeqCst),
        }
    }
}
