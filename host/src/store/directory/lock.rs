//! The locks of writers: sixteen files, chosen by a key's first digit, so that their
//! number does not grow and accounts seldom wait for each other.
//!
//! A lock belongs to an open file, and the kernel gives it back when that is closed,
//! as it is when the process dies. The file itself stays.

use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::super::{StoreError, StoreKey};
use super::files::Trouble;
use super::folder::Folder;
use super::work::Work;

pub(super) const SHARDS: usize = 16;

/// How often a lock that somebody has is asked for. Not waited for: a wait cannot be
/// ended, and a process that is stopped would keep a thread of ours.
const TRY_EVERY: Duration = Duration::from_millis(2);

/// Which lock a key's writers take.
pub(super) fn shard_of(key: &StoreKey) -> usize {
    let digit = key.as_str().chars().next();
    let number = digit.and_then(|digit| digit.to_digit(16));
    number.map_or(0, |number| number as usize % SHARDS)
}

/// Holds the lock as long as the file is open. Waits without end: bound it.
pub(super) async fn acquire(
    work: &Work,
    folder: &Arc<Folder>,
    shard: usize,
) -> Result<File, StoreError> {
    loop {
        let folder = folder.clone();
        let tried = work.run(move || Ok(try_once(&folder, shard)?));
        if let Some(lock) = tried.await? {
            return Ok(lock);
        }
        sleep(TRY_EVERY).await;
    }
}

fn try_once(folder: &Folder, shard: usize) -> Result<Option<File>, Trouble> {
    let name = format!("lock-{shard:x}");
    let dir = folder.made()?;
    let file = dir.lock_file(&name)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => {
            return Err(Trouble::Io(folder.path().join(name), error));
        }
    }
    // A lock on a file that was deleted keeps nobody out, nor does one in a directory
    // that is not there any more.
    let is_there = dir.is_at(&file, &name)? && folder.made()?.is_at(&file, &name)?;
    Ok(is_there.then_some(file))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::super::super::Version;
    use super::super::files::Dir;
    use super::*;

    #[test]
    fn a_lock_file_that_was_deleted_or_replaced_is_told_from_the_one_that_is_there() {
        let path = std::env::temp_dir().join(Version::random().unwrap().as_str());
        let folder = Folder::open(path.clone(), None).unwrap();
        let dir: Dir = folder.made().unwrap();
        let held = dir.lock_file("lock").unwrap();
        assert!(dir.is_at(&held, "lock").unwrap());
        fs::remove_file(path.join("lock")).unwrap();
        assert!(!dir.is_at(&held, "lock").unwrap());
        let other = dir.lock_file("lock").unwrap();
        assert!(dir.is_at(&other, "lock").unwrap());
        assert!(!dir.is_at(&held, "lock").unwrap());
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn every_key_has_its_lock() {
        for (number, digit) in "0123456789abcdef".chars().enumerate() {
            let key = StoreKey::parse(&digit.to_string().repeat(64)).unwrap();
            assert_eq!(shard_of(&key), number);
        }
    }
}
