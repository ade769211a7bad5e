//! Material that may change while the program runs: given as it is, or as the
//! path of a file that is read again when it changes.

use std::fs;
use std::io;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

/// Where some PEM or a password comes from.
#[derive(Clone)]
pub(crate) enum Source {
    Given(Zeroizing<Vec<u8>>),
    File(PathBuf),
}

impl Source {
    pub(crate) fn given(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Given(Zeroizing::new(bytes.into()))
    }

    pub(crate) fn read(&self) -> io::Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::Given(bytes) => Ok(bytes.clone()),
            Self::File(path) => fs::read(path).map(Zeroizing::new).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            }),
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// What changes with the file: never for what was given.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Given(_) => None,
            Self::File(path) => Stamp::of(path),
        }
    }
}

/// When a file was written, how long it is, and which file it is: one that is
/// replaced by a rename, as tools for certificates and Kubernetes do, may have the
/// time and the length of the one before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: SystemTime,
    length: u64,
    #[cfg(unix)]
    file: (u64, u64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            modified: metadata.modified().ok()?,
            length: metadata.len(),
            #[cfg(unix)]
            file: (metadata.dev(), metadata.ino()),
        })
    }
}
