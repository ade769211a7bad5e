//! Entries whose version is known, for as long as their files are what they were.
//!
//! A writer never changes a file but puts another one in its place. So a path that still
//! leads to the file that was read leads to the version that was read: no other file can
//! have its number while it is kept open. To ask the kernel for that takes a microsecond
//! where a read, on a thread that may hang, takes twenty times as much.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::super::{StoreKey, Version};
use super::clock::Moment;
use super::files::Held;
use super::record::Record;

/// The most files that are kept open. Beyond that one is closed for each that comes.
const MOST: usize = 256;

#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<StoreKey, Arc<Seen>>>);

/// An entry as it was read.
pub(super) struct Seen {
    /// Without its value.
    record: Record,
    file: Held,
}

impl Seen {
    pub(super) fn new(record: Record, file: Held) -> Self {
        let record = Record {
            value: Vec::new(),
            ..record
        };
        Self { record, file }
    }
}

impl Known {
    /// Whether the entry is known to have this version now. Where it is not, only a read
    /// can tell.
    pub(super) fn is_still(&self, key: &StoreKey, version: &Version) -> bool {
        let seen = self.all().get(key).cloned();
        let Some(seen) = seen.filter(|seen| seen.record.version == *version) else {
            return false;
        };
        let is_still = seen.file.is_in_its_place() && !seen.record.is_over(&Moment::now());
        if !is_still {
            self.all().remove(key);
        }
        is_still
    }

    pub(super) fn put(&self, key: StoreKey, seen: Seen) {
        let mut all = self.all();
        if all.len() >= MOST
            && !all.contains_key(&key)
            && let Some(one) = all.keys().next().cloned()
        {
            all.remove(&one);
        }
        all.insert(key, Arc::new(seen));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<StoreKey, Arc<Seen>>> {
        // No change of it can be left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
