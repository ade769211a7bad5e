//! Whether a file has changed since it was read.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// When a file was written last, and how long it is. None for one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(Option<(SystemTime, u64)>);

impl Stamp {
    pub fn of(file: &Path) -> Self {
        let found = fs::metadata(file).ok();
        Self(found.and_then(|found| Some((found.modified().ok()?, found.len()))))
    }

    pub fn of_all<'a>(files: impl IntoIterator<Item = &'a Path>) -> Vec<Self> {
        files.into_iter().map(Self::of).collect()
    }
}
