//! Entries as files in a directory, for the processes of one machine.
//!
//! A write takes a lock that the kernel gives back when its holder dies
//! (`File::lock`), compares, writes a file of its own beside the entry, syncs it and
//! renames it over the entry. A rename is atomic: a reader, which takes no lock, finds
//! the old entry or the new one, and so does whoever comes after a `kill -9` at any
//! point. The file of a writer that was killed is never read, and is replaced by the
//! next writer of that key or swept up.
//!
//! No file work holds anybody up for longer than [`LIMIT`], whatever the disk does.
//!
//! Two writers of one key always want the same lock, so at most one file beside an
//! entry is being written.

mod clock;
mod files;
mod folder;
mod held;
mod lock;
mod record;
mod watch;
mod work;

use std::array;
use std::io;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Entry, StoreError, StoreKey, StoreOpenError, TokenStore, Version};
use clock::Moment;
use files::Trouble;
use folder::Folder;
use held::{Known, Seen};
use record::Record;
use watch::{News, Watches};
use work::Work;

/// How long one piece of file work may take: a read, or a write after the wait for
/// other writers.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a writer waits for others. They hold a lock for milliseconds, unless
/// they were stopped or the disk hangs.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How often expired entries and the files of killed writers are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

pub(super) struct Directory {
    folder: Arc<Folder>,
    work: Work,
    known: Known,
    watches: Watches,
    /// One for each lock file, so that a process asks for a lock file once at a
    /// time. Holds when its part of the folder was last swept.
    shards: [Arc<Mutex<Option<Instant>>>; lock::SHARDS],
}

impl Directory {
    /// `group` is the number of the group that shares the directory, if any.
    pub(super) fn open(path: &str, group: Option<u32>) -> Result<Self, StoreOpenError> {
        let failed = |error| StoreOpenError::Directory(PathBuf::from(path), error);
        // A program may change its working directory later.
        let absolute = path::absolute(path).map_err(failed)?;
        let (answer, opened) = mpsc::channel();
        // On another thread, because a disk may hang.
        work::spawn(move || {
            let _ = answer.send(Folder::open(absolute, group));
        })
        .map_err(|error| failed(io::Error::other(error)))?;
        let opened = opened.recv_timeout(LIMIT);
        let opened = opened.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
        let folder = Arc::new(opened.map_err(|trouble| match trouble {
            Trouble::Io(path, error) => StoreOpenError::Directory(path, error),
            Trouble::Refused(reason) => StoreOpenError::UnsafeDirectory(reason),
        })?);
        Ok(Self {
            work: Work::new(LIMIT),
            known: Known::default(),
            watches: Watches::new(folder.clone()),
            shards: array::from_fn(|_| Arc::default()),
            folder,
        })
    }

    async fn look(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let (folder, key) = (self.folder.clone(), key.clone());
        self.work.run(move || folder.look(&key)).await
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
        let mut watcher = unless
            .filter(|_| !wait.is_zero())
            .map(|known| (self.watches.watch(key), known));
        loop {
            let began = Instant::now();
            let entry = self.look(key).await?;
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let Some((watcher, known)) = &mut watcher else {
                return Ok(entry);
            };
            if left == Some(Duration::ZERO) || !Entry::is_known(entry.as_ref(), unless) {
                return Ok(entry);
            }
            match watcher.news(known, began, left, LIMIT).await? {
                News::Change(seen) => return seen,
                News::Perhaps | News::None => {}
            }
        }
    }

    async fn is_still(&self, key: &StoreKey, version: &Version) -> Result<bool, StoreError> {
        if self.known.is_still(key, version) {
            return Ok(true);
        }
        let (folder, place) = (self.folder.clone(), key.clone());
        let found = self.work.run(move || folder.look_and_hold(&place)).await?;
        let Some((record, held)) = found else {
            return Ok(false);
        };
        let is_still = record.version == *version;
        if let (true, Some(held)) = (is_still, held) {
            self.known.put(key.clone(), Seen::new(record, held));
        }
        Ok(is_still)
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
            Ok::<_, StoreError>((turn, lock::acquire(&self.work, &self.folder, shard).await?))
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
        let write = move || {
            let _lock = lock;
            let dir = folder.made()?;
            if swept.is_none_or(|last| last.elapsed() >= SWEEP_EVERY) {
                folder.sweep(&dir, shard);
                *swept = Some(Instant::now());
            }
            let now = Moment::now();
            let held = folder.read(&dir, &key)?;
            let held = held.and_then(|record| record.entry(&now));
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
            folder.write(&dir, &key, &record)?;
            Ok(Some(version))
        };
        self.work.run(write).await
    }
}
