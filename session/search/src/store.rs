//! A store with compare-and-set and a clock of its own. A write whose answer is
//! lost may happen later, or never.

use rpa_auth_session_protocol::{Entry, Event, Found, Version};

use crate::platform::TokenId;

/// The store's side.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Store {
    stored: Option<Stored>,
    writes: u16,
    /// A write that is still under way.
    pub(crate) delayed: Option<Write>,
}

#[derive(Clone, Debug, Hash)]
struct Stored {
    entry: Entry,
    version: u16,
    written_at: u64,
}

/// A write, and what its writer knew.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Write {
    /// Who writes.
    pub(crate) place: usize,
    /// The token that the API refused.
    pub(crate) rejected: Option<TokenId>,
    pub(crate) expected: Option<Version>,
    pub(crate) entry: Entry,
}

impl Store {
    pub(crate) fn with(entry: Entry) -> Self {
        let mut store = Self::default();
        store.put(&entry, 0);
        store
    }

    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.stored.as_ref().map(|stored| &stored.entry)
    }

    /// How long ago the entry was written.
    pub(crate) fn age_ms(&self, now: u64) -> u64 {
        let stored = self.stored.as_ref();
        stored.map_or(0, |stored| now - stored.written_at)
    }

    pub(crate) fn has_version(&self, version: &Version) -> bool {
        self.version().as_ref() == Some(version)
    }

    pub(crate) fn read(&self, now: u64) -> Event {
        Event::Entry(self.stored.as_ref().map(|stored| Found {
            entry: stored.entry.clone(),
            age_ms: now - stored.written_at,
            version: stored.version.to_string(),
        }))
    }

    /// Gives the new version, or none where somebody else was first.
    pub(crate) fn write(&mut self, write: &Write, now: u64) -> Option<Version> {
        if write.expected != self.version() {
            return None;
        }
        self.put(&write.entry, now);
        self.version()
    }

    /// Puts an entry there, whatever stood there. Versions never repeat, so a
    /// write that is still under way comes second, and is forgotten.
    pub(crate) fn put(&mut self, entry: &Entry, written_at: u64) {
        self.writes += 1;
        self.delayed = None;
        self.stored = Some(Stored {
            entry: entry.clone(),
            version: self.writes,
            written_at,
        });
    }

    fn version(&self) -> Option<Version> {
        let stored = self.stored.as_ref();
        stored.map(|stored| stored.version.to_string())
    }
}
