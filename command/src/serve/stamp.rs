//! Whether a file has changed since it was read.

use std::fs::{self, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// What tells one content of a file from the next. Empty for one that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(Option<(Option<SystemTime>, u64, Inode)>);

impl Stamp {
    pub fn of(file: &Path) -> Self {
        let found = fs::metadata(file).ok();
        Self(found.map(|found| (found.modified().ok(), found.len(), inode(&found))))
    }

    pub fn of_all<'a>(files: impl IntoIterator<Item = &'a Path>) -> Vec<Self> {
        files.into_iter().map(Self::of).collect()
    }
}

/// Which file it is, when it was changed in any way, and who may do what with it: another
/// may have been put in its place with the old one's time.
type Inode = [i64; 4];

#[cfg(unix)]
fn inode(found: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt;

    let number = i64::from_ne_bytes(found.ino().to_ne_bytes());
    [
        number,
        found.ctime(),
        found.ctime_nsec(),
        found.mode().into(),
    ]
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Inode {
    [0; 4]
}
