//! The locks of writers: sixteen files, chosen by a key's first digit, so that their
//! number does not grow and accounts seldom wait for each other.
//!
//! A lock belongs to an open file, and the kernel gives it back when that is closed,
//! as it is when the process dies. The file itself stays.

use std::fs::{self, File, TryLockError};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::super::{StoreError, StoreKey};
use super::blocking;
use super::folder::{Folder, private};

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
pub(super) async fn acquire(folder: &Arc<Folder>, shard: usize) -> Result<File, StoreError> {
    loop {
        let folder = folder.clone();
        let tried =
            blocking(move || try_once(&folder, shard).map_err(|error| folder.failure(error)));
        if let Some(lock) = tried.await? {
            return Ok(lock);
        }
        sleep(TRY_EVERY).await;
    }
}

fn try_once(folder: &Folder, shard: usize) -> io::Result<Option<File>> {
    let path = folder.0.join(format!("lock-{shard:x}"));
    let open = || private().create(true).truncate(false).open(&path);
    let file = match open() {
        // Somebody deleted the directory.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            folder.make()?;
            open()?
        }
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // A lock on a file that was deleted keeps nobody out.
    Ok(is_at(&file, &path)?.then_some(file))
}

#[cfg(unix)]
fn is_at(file: &File, path: &std::path::Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is open is not deleted there.
#[cfg(not(unix))]
fn is_at(_: &File, path: &std::path::Path) -> io::Result<bool> {
    fs::exists(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::super::Version;
    use super::*;

    #[test]
    fn a_lock_file_that_was_deleted_or_replaced_is_told_from_the_one_that_is_there() {
        let path = std::env::temp_dir().join(Version::random().unwrap().as_str());
        let held = File::create(&path).unwrap();
        assert!(is_at(&held, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&held, &path).unwrap());
        let other = File::create(&path).unwrap();
        assert!(is_at(&other, &path).unwrap());
        assert!(!is_at(&held, &path).unwrap());
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn every_key_has_its_lock() {
        for (number, digit) in "0123456789abcdef".chars().enumerate() {
            let key = StoreKey::parse(&digit.to_string().repeat(64)).unwrap();
            assert_eq!(shard_of(&key), number);
        }
    }
}
