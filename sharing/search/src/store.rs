//! A store with compare-and-set and a clock of its own. A write whose answer is
//! lost may happen later, or never. It may forget its entry, and take no writes.

use rpa_auth_session_protocol::{Entry, Event, Found, Version};

use crate::actor::CallId;
use crate::platform::id_of;
use crate::scenario::{FIRST, Takes};

/// The store's side.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Store {
    stored: Option<Stored>,
    writes: u16,
    /// What it takes.
    pub(crate) takes: Takes,
    /// A write that is still under way.
    pub(crate) delayed: Option<Write>,
}

#[derive(Clone, Debug, Hash)]
struct Stored {
    entry: Entry,
    version: u16,
    written_at: u64,
}

/// A write, and who writes.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Write {
    pub(crate) place: usize,
    pub(crate) call: CallId,
    pub(crate) expected: Option<Version>,
    pub(crate) entry: Entry,
}

impl Store {
    pub(crate) fn taking(takes: Takes) -> Self {
        Self {
            takes,
            ..Self::default()
        }
    }

    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.stored.as_ref().map(|stored| &stored.entry)
    }

    /// How long ago the entry was written.
    pub(crate) fn age_ms(&self, now: u64) -> u64 {
        let stored = self.stored.as_ref();
        stored.map_or(0, |stored| now - stored.written_at)
    }

    pub(crate) fn has_version(&self, version: Option<&Version>) -> bool {
        self.version().as_ref() == version
    }

    pub(crate) fn found(&self, now: u64) -> Option<Found> {
        self.stored.as_ref().map(|stored| Found {
            entry: stored.entry.clone(),
            age_ms: now - stored.written_at,
            version: stored.version.to_string(),
        })
    }

    pub(crate) fn read(&self, now: u64) -> Event {
        Event::Entry(self.found(now))
    }

    /// Whether it takes an entry at all.
    pub(crate) fn has_room_for(&self, entry: &Entry) -> bool {
        let is_new = |id| id > FIRST;
        match self.takes {
            Takes::Everything => true,
            Takes::NoNewTokens => {
                let current = entry.current.as_ref();
                let is_small = current.is_none_or(|c| !is_new(id_of(&c.token.value)));
                is_small && entry.to_log_out.iter().all(|token| !is_new(id_of(token)))
            }
            Takes::Nothing => false,
        }
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

    /// Loses the entry. A write that is still under way finds another version, unless
    /// it was to be the first one.
    pub(crate) fn forget(&mut self) {
        self.stored = None;
        self.delayed.take_if(|write| write.expected.is_some());
    }

    fn version(&self) -> Option<Version> {
        let stored = self.stored.as_ref();
        stored.map(|stored| stored.version.to_string())
    }
}
