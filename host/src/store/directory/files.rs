//! The directory and its files as the operating system has them.
//!
//! Invariants, on Unix:
//! - Every step works relative to the open directory that was checked, so that nobody
//!   can put another one in its place between two steps.
//! - Nothing but a regular file is ever read, written or locked. A link is not
//!   followed, and a pipe, socket or device makes nobody wait.
//! - A file belongs to whom the directory belongs to, whoever writes it.

#[cfg(not(unix))]
mod portable;
#[cfg(unix)]
mod unix;

use std::io;
use std::path::PathBuf;

use super::super::StoreError;
#[cfg(not(unix))]
pub(super) use portable::{Dir, Held, check_above, make};
#[cfg(unix)]
pub(super) use unix::{Dir, Held, Owner, check_above, make};

#[cfg(not(unix))]
#[derive(Clone, Copy)]
pub(super) struct Owner;

/// What a file holds, and the file itself where it can be kept open.
type Content = (Vec<u8>, Option<Held>);

/// Why a step failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The operating system's answer for this path.
    Io(PathBuf, io::Error),
    /// What was found cannot be used until somebody acts; the text says how.
    Refused(String),
}

impl Trouble {
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(_, error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// A write that failed may have got as far as the rename.
impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        let (path, error) = match trouble {
            Trouble::Io(path, error) => (path, error),
            Trouble::Refused(text) => return Self::other(text),
        };
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::other(text),
            _ => Self::unavailable(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_full_refuses_in_the_systems_own_words() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let words = full.to_string();
        let error = StoreError::from(Trouble::Io("/s/a.new".into(), full));
        let StoreError::Other(Some(text)) = error else {
            panic!("{error:?}");
        };
        assert!(text.contains("/s/a.new") && text.contains(&words), "{text}");
    }
}
