//! The files of a store's directory: `KEY.entry`, `KEY.new` while it is written, and
//! the lock files.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::{Entry, StoreError, StoreKey};
use super::clock::Moment;
use super::files::{self, Dir, Held, Owner, Trouble};
use super::lock;
use super::record::{MAX_LENGTH, Record};

/// A record, and its file where that can be kept open.
type Found = (Record, Option<Held>);

pub(super) struct Folder {
    path: PathBuf,
    /// The group that shares the directory, if any.
    group: Option<u32>,
    /// Whose the directory was when it was last there.
    owner: Mutex<Option<Owner>>,
}

impl Folder {
    /// Makes the directory where it is not there, and checks it.
    pub(super) fn open(path: PathBuf, group: Option<u32>) -> Result<Self, Trouble> {
        let folder = Self {
            path,
            group,
            owner: Mutex::default(),
        };
        folder.made()?;
        files::check_above(&folder.path)?;
        Ok(folder)
    }

    /// The directory as it is now; `None` where it is not there.
    fn there(&self) -> Result<Option<Dir>, Trouble> {
        match Dir::open(&self.path, self.group) {
            Ok(dir) => {
                *self.owner() = Some(dir.owner());
                Ok(Some(dir))
            }
            Err(trouble) if trouble.is_not_found() => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// The directory, made again if somebody deleted it.
    pub(super) fn made(&self) -> Result<Dir, Trouble> {
        if let Some(dir) = self.there()? {
            return Ok(dir);
        }
        let owner = *self.owner();
        files::make(&self.path, self.group, owner)?;
        Dir::open(&self.path, self.group)
    }

    fn owner(&self) -> std::sync::MutexGuard<'_, Option<Owner>> {
        // No change of it can be left half done.
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry as it is now.
    pub(super) fn look(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let now = Moment::now();
        match self.there()? {
            Some(dir) => Ok(self.read(&dir, key)?.and_then(|record| record.entry(&now))),
            None => Ok(None),
        }
    }

    /// The record of an entry that is not over, and its file, where it can be kept open.
    pub(super) fn look_and_hold(&self, key: &StoreKey) -> Result<Option<Found>, StoreError> {
        let now = Moment::now();
        let Some(dir) = self.there()? else {
            return Ok(None);
        };
        let found = self.read_and_hold(&dir, key)?;
        Ok(found.filter(|(record, _)| !record.is_over(&now)))
    }

    pub(super) fn read(&self, dir: &Dir, key: &StoreKey) -> Result<Option<Record>, StoreError> {
        let found = self.read_and_hold(dir, key)?;
        Ok(found.map(|(record, _)| record))
    }

    fn read_and_hold(&self, dir: &Dir, key: &StoreKey) -> Result<Option<Found>, StoreError> {
        let limit = u64::try_from(MAX_LENGTH + 1).unwrap_or(u64::MAX);
        let name = entry_name(key);
        let Some((bytes, held)) = dir.read(&name, limit)? else {
            return Ok(None);
        };
        match Record::parse(&bytes) {
            Some(record) => Ok(Some((record, held))),
            None => Err(StoreError::other(format!(
                "the file {} is damaged, or from another release: \
                 if no newer release uses this directory, delete it",
                self.path.join(name).display()
            ))),
        }
    }

    /// Puts `record` in the place of what is there. The caller holds the lock.
    pub(super) fn write(
        &self,
        dir: &Dir,
        key: &StoreKey,
        record: &Record,
    ) -> Result<(), StoreError> {
        let new = new_name(key);
        let mut file = dir.create(&new)?;
        let bytes = record.to_bytes();
        let written = file.write_all(&bytes).and_then(|()| file.sync_all());
        written.map_err(|error| {
            let _ = dir.remove(&new);
            Trouble::Io(self.path.join(&new), error)
        })?;
        dir.rename(&new, &entry_name(key))?;
        Ok(dir.sync()?)
    }

    /// Removes what killed writers left and what has been kept long enough, as far as
    /// this shard goes. The caller holds its lock. What cannot be removed now is
    /// tried again later.
    pub(super) fn sweep(&self, dir: &Dir, shard: usize) {
        let now = Moment::now();
        for file in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = file.file_name();
            let Some(name) = name.to_str() else {
                continue;
            };
            let Some((key, kind)) = name.split_once('.') else {
                continue;
            };
            let Ok(key) = StoreKey::parse(key) else {
                continue;
            };
            if lock::shard_of(&key) != shard {
                continue;
            }
            let is_over = match kind {
                "new" => true,
                "entry" => match self.read(dir, &key) {
                    Ok(Some(record)) => record.entry(&now).is_none(),
                    _ => false,
                },
                _ => false,
            };
            if is_over {
                let _ = dir.remove(name);
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn entry_name(key: &StoreKey) -> String {
    format!("{}.entry", key.as_str())
}

fn new_name(key: &StoreKey) -> String {
    format!("{}.new", key.as_str())
}
