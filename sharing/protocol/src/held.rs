//! An attempt in the entry, as its holder knows it.
//!
//! The lease is counted from the moment at which its write was begun, so that a
//! holder gives it up no later than others take it.

use crate::{Entry, Found, Version};

/// The entry with one's own attempt, as it was last written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    pub(crate) entry: Entry,
    pub(crate) version: Version,
    /// When that write was begun, by the caller's clock.
    pub(crate) at: u64,
}

impl Held {
    pub(crate) fn new(entry: Entry, at: u64) -> Self {
        Self {
            entry,
            version: Version::new(),
            at,
        }
    }

    pub(crate) fn with_version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// The entry as it was found, with one's own attempt in it. What is left of
    /// the lease is counted from when the question was asked.
    pub(crate) fn found(found: Found, asked_at: u64, now: u64) -> Self {
        let asked_ms = now.saturating_sub(asked_at);
        let mut entry = found.entry;
        let ms = found.age_ms.saturating_add(asked_ms);
        entry.elapse_as_holder(ms);
        Self {
            entry,
            version: found.version,
            at: now,
        }
    }

    /// Whether an entry holds this attempt.
    pub(crate) fn is_written_in(&self, entry: &Entry) -> bool {
        let attempt = self.entry.attempt.as_ref();
        attempt.is_some_and(|attempt| entry.is_held_by(&attempt.owner, self.entry.number))
    }

    /// What is left of the lease by the caller's clock.
    pub(crate) fn lease_left(&self, now: u64) -> u64 {
        let attempt = self.entry.attempt.as_ref();
        let left_ms = attempt.map_or(0, |attempt| attempt.left_ms);
        left_ms.saturating_sub(now.saturating_sub(self.at))
    }

    /// The entry as it is now.
    pub(crate) fn entry_at(&self, now: u64) -> Entry {
        let mut entry = self.entry.clone();
        let ms = now.saturating_sub(self.at);
        entry.elapse_as_holder(ms);
        entry
    }
}
