//! Descriptors that the command was started with (`3< file` in a shell).
//!
//! Each is taken once: it is read from as it is, where it stands, and closed, so that no
//! program that the command runs can read it again.

#[cfg(unix)]
pub use unix::{note, take};

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::io::{self, ErrorKind};
    use std::os::fd::{FromRawFd, RawFd};
    use std::path::PathBuf;
    use std::sync::{Mutex, PoisonError};

    /// Those that nobody has taken.
    static INHERITED: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

    fn path_of(number: RawFd) -> PathBuf {
        PathBuf::from(format!("/dev/fd/{number}"))
    }

    /// Notes which there are. Called before the command opens any of its own.
    pub fn note() {
        let names = fs::read_dir("/dev/fd").into_iter().flatten().flatten();
        let numbers = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let mut numbers: Vec<RawFd> = numbers.filter(|number| *number > 2).collect();
        // The folder's own is closed by now.
        numbers.retain(|number| fs::symlink_metadata(path_of(*number)).is_ok());
        *INHERITED.lock().unwrap_or_else(PoisonError::into_inner) = numbers;
    }

    /// Takes one.
    pub fn take(number: u32) -> io::Result<File> {
        let mut inherited = INHERITED.lock().unwrap_or_else(PoisonError::into_inner);
        let place = inherited
            .iter()
            .position(|known| u32::try_from(*known) == Ok(number));
        let Some(place) = place else {
            return Err(io::Error::new(
                ErrorKind::NotFound,
                "the command was not started with it, or it was read already",
            ));
        };
        let number = inherited.swap_remove(place);
        // SAFETY: it was open when the command started, nobody else here knows of it, and it
        // is taken once.
        Ok(unsafe { File::from_raw_fd(number) })
    }
}

#[cfg(not(unix))]
pub fn note() {}

#[cfg(not(unix))]
pub fn take(_: u32) -> std::io::Result<std::fs::File> {
    Err(std::io::Error::other("this system has no such descriptors"))
}
