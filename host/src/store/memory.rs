//! Entries in this process's memory, by its monotonic clock. Nothing outlives the
//! process, and no other one sees it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};

use super::changes::Changes;
use super::{Entry, StoreError, StoreKey, TokenStore, Version};

#[derive(Default)]
pub(super) struct Memory {
    entries: Mutex<HashMap<StoreKey, Kept>>,
    changes: Changes,
}

impl Memory {
    /// The entry as it is now, and when it is dropped.
    fn look(&self, key: &StoreKey) -> (Option<Entry>, Option<Instant>) {
        let now = Instant::now();
        let entries = self.entries();
        let kept = entries.get(key).filter(|kept| kept.is_there(now));
        let entry = kept.map(|kept| Entry {
            value: kept.value.clone(),
            version: kept.version.clone(),
            age: now.saturating_duration_since(kept.written),
        });
        (entry, kept.and_then(|kept| kept.until))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<StoreKey, Kept>> {
        // No change of the map can be left half done.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for Memory {
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let end = Instant::now().checked_add(wait);
        let mut listener = self.changes.listen();
        loop {
            let (entry, until) = self.look(key);
            let is_over = end.is_some_and(|end| end <= Instant::now());
            if is_over || !Entry::is_known(entry.as_ref(), unless) {
                return Ok(entry);
            }
            tokio::select! {
                () = listener.change_of(key) => {}
                () = at(end) => {}
                () = at(until) => {}
            }
        }
    }

    async fn is_still(&self, key: &StoreKey, version: &Version) -> Result<bool, StoreError> {
        let now = Instant::now();
        let entries = self.entries();
        let kept = entries.get(key).filter(|kept| kept.is_there(now));
        Ok(kept.is_some_and(|kept| kept.version == *version))
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let version = Version::random()?;
        let mut entries = self.entries();
        let now = Instant::now();
        entries.retain(|_, kept| kept.is_there(now));
        if entries.get(key).map(|kept| &kept.version) != expected {
            return Ok(None);
        }
        let kept = Kept {
            value,
            version: version.clone(),
            written: now,
            until: keep.and_then(|keep| now.checked_add(keep)),
        };
        entries.insert(key.clone(), kept);
        drop(entries);
        self.changes.announce(key);
        Ok(Some(version))
    }
}

struct Kept {
    value: Vec<u8>,
    version: Version,
    written: Instant,
    until: Option<Instant>,
}

impl Kept {
    fn is_there(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// Waits for a moment; without one, for ever.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
