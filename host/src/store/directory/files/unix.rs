//! With what a Unix offers.
//!
//! Which directories are taken: one that belongs to us or to root and that nobody else
//! can write to, or, where a group is named, one that belongs to that group and that
//! only its owner and that group can write to. Whoever can write to the directory can
//! delete the mark of an end or a count of refused logins. A sticky bit does not make a
//! directory of mode 1777 better: everybody could still put files there.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fchmod, fchown, fstat};
use rustix::fs::{openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::{Gid, Uid, geteuid};

mod held;

use super::super::super::Version;
use super::{Content, Trouble};
use crate::above;
pub(in super::super) use held::Held;

/// Who may write to a directory or file, with what is made of its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Owner {
    user: u32,
    group: u32,
}

/// The directory, open and checked.
pub(in super::super) struct Dir {
    directory: OwnedFd,
    path: PathBuf,
    owner: Owner,
    /// Whether its group shares it.
    is_shared: bool,
}

/// Never waits for the other end of a pipe, never becomes a terminal's process.
const SAFE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

impl Dir {
    /// `group` is the one that shares it, if any.
    pub(in super::super) fn open(path: &Path, group: Option<u32>) -> Result<Self, Trouble> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(CWD, path, flags, Mode::empty()).map_err(|error| {
            match (error, fs::metadata(path)) {
                (Errno::ACCESS, Ok(there)) => {
                    use std::os::unix::fs::MetadataExt;
                    not_ours(path, there.uid(), there.gid(), there.mode())
                }
                _ => io_at(path)(error),
            }
        })?;
        let stat = fstat(&directory).map_err(io_at(path))?;
        let owner = Owner::of(&stat);
        let me = geteuid().as_raw();
        check(owner, mode_of(&stat), me, group)
            .and_then(|()| check_file_system(&directory))
            .map_err(|reason| {
                let path = path.display();
                Trouble::Refused(format!("the store's directory {path}: {reason}"))
            })?;
        Ok(Self {
            directory,
            path: path.to_owned(),
            owner,
            is_shared: group.is_some(),
        })
    }

    pub(in super::super) fn owner(&self) -> Owner {
        self.owner
    }

    /// The whole of a file, or its first `limit` bytes, and the file itself where it can be
    /// kept open; `None` where there is none.
    pub(in super::super) fn read(
        &self,
        name: &str,
        limit: u64,
    ) -> Result<Option<Content>, Trouble> {
        let file = match self.open_file(name, OFlags::RDONLY) {
            Err(trouble) if trouble.is_not_found() => return Ok(None),
            file => file?,
        };
        let before = fstat(&file).map_err(io_at(&self.path.join(name)))?;
        let mut bytes = Vec::new();
        match (&file).take(limit).read_to_end(&mut bytes) {
            Ok(_) => Ok(Some((bytes, Held::new(self, name, file, before)))),
            Err(error) => Err(Trouble::Io(self.path.join(name), error)),
        }
    }

    /// A new file, in the place of one of that name.
    pub(in super::super) fn create(&self, name: &str) -> Result<File, Trouble> {
        match self.remove(name) {
            Err(trouble) if !trouble.is_not_found() => return Err(trouble),
            _ => {}
        }
        self.create_new(name, OFlags::WRONLY)
    }

    /// A file that is only there to be locked. It is made if it is not there.
    pub(in super::super) fn lock_file(&self, name: &str) -> Result<File, Trouble> {
        loop {
            match self.open_file(name, OFlags::RDWR) {
                Err(trouble) if trouble.is_not_found() => {}
                file => return file,
            }
            match self.create_new(name, OFlags::RDWR) {
                // Somebody else was faster.
                Err(Trouble::Io(_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => return file,
            }
        }
    }

    /// Whether `file` is still what its name leads to.
    pub(in super::super) fn is_at(&self, file: &File, name: &str) -> Result<bool, Trouble> {
        let failed = io_at(&self.path.join(name));
        let held = fstat(file).map_err(&failed)?;
        match statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    pub(in super::super) fn rename(&self, from: &str, to: &str) -> Result<(), Trouble> {
        let renamed = renameat(&self.directory, from, &self.directory, to);
        renamed.map_err(io_at(&self.path.join(to)))
    }

    pub(in super::super) fn remove(&self, name: &str) -> Result<(), Trouble> {
        let removed = unlinkat(&self.directory, name, AtFlags::empty());
        removed.map_err(io_at(&self.path.join(name)))
    }

    /// Makes a rename last beyond a power failure.
    pub(in super::super) fn sync(&self) -> Result<(), Trouble> {
        rustix::fs::fsync(&self.directory).map_err(io_at(&self.path))
    }

    fn open_file(&self, name: &str, access: OFlags) -> Result<File, Trouble> {
        let path = self.path.join(name);
        let refuse = |what: &str| {
            let path = path.display();
            Trouble::Refused(format!("{path} {what}"))
        };
        let opened = openat(&self.directory, name, access | SAFE, Mode::empty());
        let file = match opened {
            Ok(file) => file,
            Err(Errno::LOOP | Errno::NXIO | Errno::NODEV | Errno::ISDIR) => {
                return Err(refuse(NOT_REGULAR));
            }
            Err(error @ (Errno::ACCESS | Errno::PERM)) => {
                return Err(
                    match statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                        Ok(there) => not_ours(&path, there.st_uid, there.st_gid, mode_of(&there)),
                        Err(_) => io_at(&path)(error),
                    },
                );
            }
            Err(error) => return Err(io_at(&path)(error)),
        };
        let stat = fstat(&file).map_err(io_at(&path))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(refuse(NOT_REGULAR));
        }
        if mode_of(&stat) & 0o002 != 0 {
            return Err(refuse(
                "can be written to by everybody: take that away with chmod o-w",
            ));
        }
        Ok(file.into())
    }

    fn create_new(&self, name: &str, access: OFlags) -> Result<File, Trouble> {
        let failed = io_at(&self.path.join(name));
        let flags = access | OFlags::CREATE | OFlags::EXCL | SAFE;
        let file =
            openat(&self.directory, name, flags, Mode::RUSR | Mode::WUSR).map_err(&failed)?;
        self.hand_over(&file).map_err(|error| {
            let _ = self.remove(name);
            failed(error)
        })?;
        Ok(file.into())
    }

    /// Gives a new file to whom the directory belongs to. Root alone can give files
    /// away; anybody to a group of one's own.
    fn hand_over(&self, file: &OwnedFd) -> Result<(), Errno> {
        let made = Owner::of(&fstat(file)?);
        let group = Some(Gid::from_raw(self.owner.group));
        if geteuid().is_root() && made != self.owner {
            fchown(file, Some(Uid::from_raw(self.owner.user)), group)?;
        } else if self.is_shared && made.group != self.owner.group {
            fchown(file, None, group)?;
        }
        if self.is_shared {
            // The mode of a new file is cut by the process's mask.
            fchmod(file, Mode::from_raw_mode(0o660))?;
        }
        Ok(())
    }
}

/// Makes a directory, and what lies above it. `owner` is whose it was before, if
/// it was there.
pub(in super::super) fn make(
    path: &Path,
    group: Option<u32>,
    owner: Option<Owner>,
) -> Result<(), Trouble> {
    let me = Owner {
        user: geteuid().as_raw(),
        group: rustix::process::getegid().as_raw(),
    };
    let owner = owner.filter(|owner| geteuid().is_root() && *owner != me);
    let failed = |error| Trouble::Io(path.to_owned(), error);
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let (Some(parent), true) = (path.parent(), group.is_some() || owner.is_some()) else {
        return builder.create(path).map_err(failed);
    };
    // Others must not see it before it is theirs.
    builder.create(parent).map_err(failed)?;
    let name = Version::random().map_err(|error| Trouble::Refused(error.to_string()))?;
    let new = parent.join(format!(".{}", name.as_str()));
    let made = builder.create(&new).and_then(|()| {
        let user = owner.map(|owner| owner.user);
        let group_of = group.or(owner.map(|owner| owner.group));
        std::os::unix::fs::chown(&new, user, group_of)?;
        if group.is_some() {
            fs::set_permissions(&new, fs::Permissions::from_mode(0o2770))?;
        }
        fs::rename(&new, path)
    });
    match made {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = fs::remove_dir(&new);
            match error.kind() {
                // Somebody else made it, and has written already.
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => Ok(()),
                _ => Err(failed(error)),
            }
        }
    }
}

impl Owner {
    fn of(stat: &Stat) -> Self {
        Self {
            user: stat.st_uid,
            group: stat.st_gid,
        }
    }
}

#[allow(
    clippy::useless_conversion,
    reason = "a mode has 16 bits on some systems"
)]
fn mode_of(stat: &Stat) -> u32 {
    stat.st_mode.into()
}

const NOT_REGULAR: &str = "is not a regular file, so it is none of ours: delete it";

/// Whether a directory of `owner` and `mode` can hold a store for user `me`, shared
/// with `group` or with nobody.
fn check(owner: Owner, mode: u32, me: u32, group: Option<u32>) -> Result<(), String> {
    const ROOT: u32 = 0;
    let permissions = mode & 0o7777;
    if mode & 0o002 != 0 {
        return Err(format!(
            "everybody can write to it (mode {permissions:o}), and so delete what stands there: \
             take that away with chmod o-w"
        ));
    }
    let Some(group) = group else {
        if ![me, ROOT].contains(&owner.user) && me != ROOT {
            return Err(format!(
                "it belongs to user {}, and this program runs as user {me}: give it to that user \
                 with chown, or share it with a group (StoreOptions::directory_group)",
                owner.user
            ));
        }
        if mode & 0o020 != 0 {
            return Err(format!(
                "group {} can write to it (mode {permissions:o}): take that away with chmod g-w, \
                 or name the group that shares it (StoreOptions::directory_group)",
                owner.group
            ));
        }
        return Ok(());
    };
    if owner.group != group {
        return Err(format!(
            "it belongs to group {}, and group {group} is to share it: \
             give it to that group with chgrp",
            owner.group
        ));
    }
    if mode & 0o070 != 0o070 {
        return Err(format!(
            "group {group} is to share it and cannot write to it (mode {permissions:o}): \
             permit it with chmod g+rwx"
        ));
    }
    if mode & 0o1000 != 0 {
        return Err(format!(
            "group {group} is to share it, and none can replace what another wrote \
             (mode {permissions:o}): take the sticky bit away with chmod -t"
        ));
    }
    Ok(())
}

/// Refuses a directory that everybody can put another one in the place of.
pub(in super::super) fn check_above(path: &Path) -> Result<(), Trouble> {
    let real = fs::canonicalize(path).map_err(|error| Trouble::Io(path.to_owned(), error))?;
    match above::open_to_everybody(&real) {
        None => Ok(()),
        Some((above, mode)) => Err(Trouble::Refused(format!(
            "the store's directory {} can be replaced by everybody, because everybody can write \
             to {} (mode {mode:o}): take that away with chmod o-w, or add chmod +t",
            path.display(),
            above.display()
        ))),
    }
}

fn not_ours(path: &Path, user: u32, group: u32, mode: u32) -> Trouble {
    Trouble::Refused(format!(
        "{} belongs to user {user} and group {group} (mode {:o}), and user {} may not open it: \
         give it to the user that the store's directory is meant for with chown",
        path.display(),
        mode & 0o7777,
        geteuid().as_raw(),
    ))
}

fn io_at(path: &Path) -> impl Fn(Errno) -> Trouble + use<> {
    let path = path.to_owned();
    move |error| Trouble::Io(path.clone(), error.into())
}

#[cfg(target_os = "linux")]
fn check_file_system(directory: &OwnedFd) -> Result<(), String> {
    let Ok(found) = rustix::fs::fstatfs(directory) else {
        return Ok(());
    };
    // The kernel's numbers have 32 bits, in a field whose width and sign are the
    // machine's.
    match shared_by_machines(found.f_type as u32) {
        Some(name) => Err(format!(
            "it lies on a file system that machines share ({name}), whose locks and clocks \
             cannot be relied on: take a local one, or a Redis"
        )),
        None => Ok(()),
    }
}

#[cfg(not(target_os = "linux"))]
fn check_file_system(_: &OwnedFd) -> Result<(), String> {
    Ok(())
}

/// The name of a file system by its number in `statfs`, where it is one that several
/// machines write to: linux/magic.h, and the sources of those that are not there.
#[cfg(target_os = "linux")]
fn shared_by_machines(number: u32) -> Option<&'static str> {
    match number {
        0x6969 => Some("NFS"),
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => Some("SMB"),
        0x5346_414F | 0x6B41_4653 => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x00C3_6400 => Some("Ceph"),
        0x7461_636F => Some("OCFS2"),
        0x0116_1970 => Some("GFS2"),
        0x0BD0_0BD0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: u32 = 1000;
    const OTHER: u32 = 1001;
    const GROUP: u32 = 50;

    fn verdict(user: u32, mode: u32, me: u32, group: Option<u32>) -> Result<(), String> {
        check(Owner { user, group: GROUP }, mode, me, group)
    }

    #[test]
    fn a_directory_of_ones_own_or_of_root_that_nobody_else_writes_to_is_taken() {
        for user in [ME, 0] {
            for mode in [0o700, 0o750, 0o755, 0o2755, 0o1700] {
                assert_eq!(verdict(user, mode, ME, None), Ok(()), "{user} {mode:o}");
            }
        }
        // Root helps whoever the service is.
        assert_eq!(verdict(OTHER, 0o700, 0, None), Ok(()));
    }

    #[test]
    fn a_directory_of_somebody_else_or_that_others_write_to_is_refused_with_the_way_out() {
        for (user, mode, group, way_out) in [
            (OTHER, 0o700, None, "chown"),
            (OTHER, 0o755, None, "directory_group"),
            (ME, 0o770, None, "directory_group"),
            (0, 0o770, None, "chmod g-w"),
            (ME, 0o777, None, "chmod o-w"),
            (ME, 0o1777, None, "chmod o-w"),
            (0, 0o1777, None, "chmod o-w"),
            (ME, 0o2777, Some(GROUP), "chmod o-w"),
            (ME, 0o2770, Some(GROUP + 1), "chgrp"),
            (ME, 0o700, Some(GROUP), "chmod g+rwx"),
            (ME, 0o2750, Some(GROUP), "chmod g+rwx"),
            (ME, 0o3770, Some(GROUP), "chmod -t"),
        ] {
            let reason = verdict(user, mode, ME, group).unwrap_err();
            assert!(reason.contains(way_out), "{mode:o}: {reason}");
        }
    }

    #[test]
    fn a_directory_of_the_group_that_shares_it_is_taken_whoever_owns_it() {
        for user in [ME, OTHER, 0] {
            for mode in [0o770, 0o2770, 0o2775] {
                assert_eq!(verdict(user, mode, ME, Some(GROUP)), Ok(()), "{mode:o}");
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_that_machines_share_is_told_from_a_local_one() {
        for number in [0x6969, 0xFF53_4D42, 0xFE53_4D42] {
            assert!(shared_by_machines(number).is_some(), "{number:x}");
        }
        // ext4, tmpfs, overlayfs, XFS, btrfs.
        for number in [0xEF53, 0x0102_1994, 0x794C_7630, 0x5846_5342, 0x9123_683E] {
            assert_eq!(shared_by_machines(number), None, "{number:x}");
        }
    }

    #[test]
    fn a_directory_below_one_that_everybody_can_write_to_is_refused_unless_it_is_sticky() {
        let folder = tempfile();
        let below = folder.join("above/store");
        fs::create_dir_all(&below).unwrap();
        let mode = |mode| {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(folder.join("above"), permissions).unwrap();
        };
        mode(0o777);
        let refused = check_above(&below);
        mode(0o1777);
        let sticky = check_above(&below);
        fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(refused, Err(Trouble::Refused(text)) if text.contains("chmod +t")));
        assert!(sticky.is_ok());
    }

    fn tempfile() -> PathBuf {
        std::env::temp_dir().join(Version::random().unwrap().as_str())
    }
}
