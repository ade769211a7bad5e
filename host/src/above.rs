//! What lies above a folder: who can write there can put another one in its place.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Returns the first folder above `real` that everybody can write to and where nothing (a
/// sticky bit) forbids to rename what another owns, and its mode. `real` has no links in it.
pub(crate) fn open_to_everybody(real: &Path) -> Option<(PathBuf, u32)> {
    real.ancestors().skip(1).find_map(|above| {
        let mode = fs::metadata(above).ok()?.permissions().mode();
        (mode & 0o1002 == 0o002).then(|| (above.to_owned(), mode & 0o7777))
    })
}
