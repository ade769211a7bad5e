//! A file that is kept open, so that no other one gets its number.

use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Stat, fstat, statat};

use super::Dir;

pub(in super::super::super) struct Held {
    /// Open for as long as this is kept. So the kernel keeps in its memory what leads to
    /// it, and to ask for that waits for no disk.
    _file: File,
    path: PathBuf,
    stat: Stat,
    /// The directory, by a path that may lead to another one later.
    above: PathBuf,
    above_stat: Stat,
}

impl Held {
    /// Keeps a file of the directory, both checked just now. `stat` is from before it was
    /// read. `None` where the
    /// kernel may have to ask somebody about it: a disk elsewhere, another program.
    pub(super) fn new(dir: &Dir, name: &str, file: File, stat: Stat) -> Option<Self> {
        if !is_answered_from_memory(&file) {
            return None;
        }
        Some(Self {
            stat,
            _file: file,
            path: dir.path.join(name),
            above: dir.path.clone(),
            above_stat: fstat(&dir.directory).ok()?,
        })
    }

    /// Whether the paths still lead to the same file, unchanged, in the same directory, with
    /// the same rights.
    pub(in super::super::super) fn is_in_its_place(&self) -> bool {
        let is_same = |path: &Path, flags, same: &dyn Fn(&Stat) -> bool| {
            statat(CWD, path, flags).is_ok_and(|there| same(&there))
        };
        is_same(&self.above, AtFlags::empty(), &|there| {
            is_same_file(there, &self.above_stat)
        }) && is_same(&self.path, AtFlags::SYMLINK_NOFOLLOW, &|there| {
            is_same_file(there, &self.stat) && is_unchanged(there, &self.stat)
        })
    }
}

fn is_same_file(one: &Stat, other: &Stat) -> bool {
    let of = |stat: &Stat| {
        (
            stat.st_dev,
            stat.st_ino,
            stat.st_mode,
            stat.st_uid,
            stat.st_gid,
        )
    };
    of(one) == of(other)
}

/// A writer changes no file; somebody else might.
fn is_unchanged(one: &Stat, other: &Stat) -> bool {
    let of = |stat: &Stat| (stat.st_size, stat.st_ctime, stat.st_ctime_nsec);
    of(one) == of(other)
}

/// Whether the file system holds all about a file that is open in the kernel's memory.
#[cfg(target_os = "linux")]
fn is_answered_from_memory(file: &File) -> bool {
    // linux/magic.h: ext2 to ext4, tmpfs, overlayfs, XFS, btrfs, F2FS.
    const LOCAL: [u32; 6] = [
        0xEF53,
        0x0102_1994,
        0x794C_7630,
        0x5846_5342,
        0x9123_683E,
        0xF2F5_2010,
    ];
    // The kernel's numbers have 32 bits, in a field whose width and sign are the machine's.
    rustix::fs::fstatfs(file).is_ok_and(|found| LOCAL.contains(&(found.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_answered_from_memory(_: &File) -> bool {
    false
}
