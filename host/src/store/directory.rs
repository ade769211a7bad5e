//! Entries as files in a directory, for the processes of one machine.
//!
//! A write takes a lock that the kernel gives back when its holder dies
//! (`File::lock`), compares, writes a file of its own beside the entry, syncs it and
//! renames it over the entry. A rename is atomic: a reader, which takes no lock, finds
//! the old entry or the new one, and so does whoever comes after a `kill -9` at any
//! point. The file of a writer that was killed is never read, and is replaced by the
//! next writer of that key or swept up.
//!
//! Two writers of one key always want the same lock, so at most one file beside an
//! entry is being written.

mod clock;
mod folder;
mod lock;
mod record;

use std::array;
use std::io;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::task;
use tokio::time::{Instant, sleep, timeout};

use super::{Entry, StoreError, StoreKey, StoreOpenError, TokenStore, Version};
use clock::Moment;
use folder::Folder;
use record::Record;

/// How often a reader that waits looks. A look is the reading of one small file.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a writer waits for others. They hold a lock for milliseconds, unless
/// they were stopped or the disk hangs.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How often expired entries and the files of killed writers are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

pub(super) struct Directory {
    folder: Arc<Folder>,
    /// One for each lock file, so that a process asks for a lock file once at a
    /// time. Holds when its part of the folder was last swept.
    shards: [Arc<Mutex<Option<Instant>>>; lock::SHARDS],
}

impl Directory {
    pub(super) fn open(path: &str) -> Result<Self, StoreOpenError> {
        let failed = |error| StoreOpenError::Directory(PathBuf::from(path), error);
        // A program may change its working directory later.
        let folder = Folder(path::absolute(path).map_err(failed)?);
        folder.make().map_err(failed)?;
        match folder.0.is_dir() {
            true => Ok(Self {
                folder: Arc::new(folder),
                shards: array::from_fn(|_| Arc::default()),
            }),
            false => Err(failed(io::ErrorKind::NotADirectory.into())),
        }
    }

    async fn look(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let (folder, key) = (self.folder.clone(), key.clone());
        blocking(move || {
            let now = Moment::now();
            Ok(folder.read(&key)?.and_then(|record| record.entry(&now)))
        })
        .await
    }
}

#[async_trait]
impl TokenStore for Directory {
    async fn read(
        &self,
        key: &StoreKey,
        unless: Option<&Version>,
        wait: Duration,
    ) -> Result<Option<Entry>, StoreError> {
        let end = Instant::now().checked_add(wait);
        loop {
            let entry = self.look(key).await?;
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) || !Entry::is_known(entry.as_ref(), unless) {
                return Ok(entry);
            }
            sleep(left.map_or(LOOK_EVERY, |left| left.min(LOOK_EVERY))).await;
        }
    }

    async fn compare_and_set(
        &self,
        key: &StoreKey,
        expected: Option<&Version>,
        value: Vec<u8>,
        keep: Option<Duration>,
    ) -> Result<Option<Version>, StoreError> {
        let is_expected =
            |entry: &Option<Entry>| entry.as_ref().map(|entry| &entry.version) == expected;
        // Whoever has lost already need not wait for a lock to learn it.
        if !is_expected(&self.look(key).await?) {
            return Ok(None);
        }
        let shard = lock::shard_of(key);
        let turn = async {
            let turn = self.shards[shard].clone().lock_owned().await;
            Ok::<_, StoreError>((turn, lock::acquire(&self.folder, shard).await?))
        };
        let Ok(turn) = timeout(LOCK_WAIT, turn).await else {
            return Err(StoreError::unavailable(
                "another process holds the lock of the store's directory: is it stopped?",
            ));
        };
        let (mut swept, lock) = turn?;
        let (folder, key, expected) = (self.folder.clone(), key.clone(), expected.cloned());
        // Lock and turn go along: if the caller goes away, the write is still
        // finished before somebody else's begins.
        blocking(move || {
            let _lock = lock;
            if swept.is_none_or(|last| last.elapsed() >= SWEEP_EVERY) {
                folder.sweep(shard);
                *swept = Some(Instant::now());
            }
            let now = Moment::now();
            let held = folder.read(&key)?.and_then(|record| record.entry(&now));
            if held.map(|entry| entry.version) != expected {
                return Ok(None);
            }
            let version = Version::random()?;
            let record = Record {
                version: version.clone(),
                written: now,
                keep,
                value,
            };
            folder.write(&key, &record)?;
            Ok(Some(version))
        })
        .await
    }
}

/// File work on a thread where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(StoreError::unavailable("the program is ending")))
}
