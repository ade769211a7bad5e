//! The files of a store's directory: `KEY.entry`, `KEY.new` while it is written, and
//! the lock files. Readable by their owner alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::super::{StoreError, StoreKey};
use super::clock::Moment;
use super::lock;
use super::record::{MAX_LENGTH, Record};

pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    /// Makes it, and what lies above it, where it is not there.
    pub(super) fn make(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    pub(super) fn read(&self, key: &StoreKey) -> Result<Option<Record>, StoreError> {
        read(&self.entry(key))
            .map_err(|error| self.failure(error))?
            .map(|bytes| Record::parse(&bytes))
            .map_or(Ok(None), |record| match record {
                Some(record) => Ok(Some(record)),
                None => Err(StoreError::other(format!(
                    "the file {} is damaged, or from another release: \
                     if no newer release uses this directory, delete it",
                    self.entry(key).display()
                ))),
            })
    }

    /// Puts `record` in the place of what is there. The caller holds the lock.
    pub(super) fn write(&self, key: &StoreKey, record: &Record) -> Result<(), StoreError> {
        let new = self.new_entry(key);
        let written = create(&new, &record.to_bytes())
            .and_then(|()| fs::rename(&new, self.entry(key)))
            .and_then(|()| self.sync());
        written.map_err(|error| self.failure(error))
    }

    /// Removes what killed writers left and what has been kept long enough, as far as
    /// this shard goes. The caller holds its lock. What cannot be removed now is
    /// tried again later.
    pub(super) fn sweep(&self, shard: usize) {
        let now = Moment::now();
        for file in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let name = file.file_name();
            let Some((key, kind)) = name.to_str().and_then(|name| name.split_once('.')) else {
                continue;
            };
            let Ok(key) = StoreKey::parse(key) else {
                continue;
            };
            if lock::shard_of(&key) != shard {
                continue;
            }
            let is_over = match (kind, self.read(&key)) {
                ("new", _) => true,
                ("entry", Ok(Some(record))) => record.entry(&now).is_none(),
                _ => false,
            };
            if is_over {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// What a failure of the file system means. A write may have got as far as the
    /// rename.
    pub(super) fn failure(&self, error: io::Error) -> StoreError {
        let text = format!("the directory {}: {error}", self.0.display());
        match error.kind() {
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::ReadOnlyFilesystem => StoreError::other(text),
            _ => StoreError::unavailable(text),
        }
    }

    fn entry(&self, key: &StoreKey) -> PathBuf {
        self.0.join(format!("{}.entry", key.as_str()))
    }

    fn new_entry(&self, key: &StoreKey) -> PathBuf {
        self.0.join(format!("{}.new", key.as_str()))
    }

    /// Makes a rename last beyond a power failure, where a system can.
    fn sync(&self) -> io::Result<()> {
        match cfg!(unix) {
            true => File::open(&self.0)?.sync_all(),
            false => Ok(()),
        }
    }
}

/// The whole of a file, or as much as shows that it is none of ours.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_LENGTH + 1).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A new file that lasts. One of that name is what a killed writer left.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// How a file is opened for writing that its owner alone may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
