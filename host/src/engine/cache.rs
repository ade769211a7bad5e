//! Compiled components that are kept on disk, in the engine's own cache.

use std::fs;
use std::io;
use std::path::Path;

use wasmtime::{Cache, CacheConfig};

/// A folder where compiled components are kept from one start of a program to the next
/// (feature `cache`). Compiling takes tens of milliseconds for each component, loading one
/// or two. A clone is the same.
///
/// **What stands there is run as it is**, so the folder must be the user's own.
#[derive(Clone, Debug)]
pub struct CompilationCache(Cache);

impl CompilationCache {
    /// Opens a folder, whose path must be absolute. One that is not there is made for its
    /// user alone (mode 0700). Returns an error for one that belongs to somebody else or
    /// that others can write into.
    pub fn open(folder: &Path) -> io::Result<Self> {
        if !folder.is_absolute() {
            let text = "the folder of compiled components wants an absolute path";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        // Links are followed once, here.
        let folder = &fs::canonicalize(folder)?;
        check_that_nobody_else_writes(folder)?;
        let mut config = CacheConfig::new();
        config.with_directory(folder);
        Cache::new(config).map(Self).map_err(io::Error::other)
    }

    pub(super) fn cache(&self) -> Cache {
        self.0.clone()
    }
}

#[cfg(unix)]
fn check_that_nobody_else_writes(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
    let metadata = fs::metadata(folder)?;
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    let is_own = is_own && metadata.mode() & GROUP_OR_OTHERS_WRITE == 0;
    if is_own && crate::above::open_to_everybody(folder).is_none() {
        return Ok(());
    }
    let text = format!(
        "others can write into {} or replace it: code that is kept there is run",
        folder.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
}

#[cfg(not(unix))]
fn check_that_nobody_else_writes(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_others_can_write_into_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own/cache");
        CompilationCache::open(&own).unwrap();
        let mode = fs::metadata(&own).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        for mode in [0o770, 0o777, 0o702] {
            fs::set_permissions(&own, fs::Permissions::from_mode(mode)).unwrap();
            let error = CompilationCache::open(&own).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        }
    }

    #[test]
    fn a_folder_that_everybody_can_replace_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        let error = CompilationCache::open(&open.join("own")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
        CompilationCache::open(&open.join("own")).unwrap();
    }

    #[test]
    fn a_path_that_is_relative_or_a_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        CompilationCache::open(&file).unwrap_err();
        let relative = Path::new("no-such-folder-of-compiled-components");
        CompilationCache::open(relative).unwrap_err();
        assert!(!relative.exists());
    }
}
