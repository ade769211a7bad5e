//! Files and folders that are the user's alone.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Makes a folder (mode 0700) and what lies above it, where they are not there.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a file that is not there, in one piece (mode 0600). Returns false, and leaves it
/// alone, where it is.
pub fn write_new(file: &Path, text: &str) -> io::Result<bool> {
    match written_beside(file, text)?.persist_noclobber(file) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Writes a file in one piece (mode 0600), in the place of what is there.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    let written = written_beside(file, text)?;
    written.persist(file).map(drop).map_err(|error| error.error)
}

/// Returns the folder that a file is in.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Its mode is 0600 from the beginning.
fn written_beside(file: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut new = NamedTempFile::new_in(folder_of(file))?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    Ok(new)
}

/// Whether others than the owner can write a file, or others than its group read it: a
/// service gets its secrets through a group (Kubernetes' `fsGroup`).
#[cfg(unix)]
pub fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & 0o037 != 0)
}

#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> bool {
    false
}
