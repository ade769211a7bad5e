"""Entries as files in a directory, for the processes of one machine: the same files, and locked
in the same way, as those of the Rust library.

A write takes a lock that the kernel gives back when its holder dies (`flock`), compares, writes
a file of its own beside the entry, syncs it and renames it over the entry. A rename is atomic: a
reader, which takes no lock, finds the old entry or the new one.

Every step works relative to the open directory that was checked, so that nobody can put another
one in its place between two steps. Nothing but a regular file is read, written or locked.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .. import _fork
from .._contract import Entry
from ..errors import StoreError, StoreRefused, StoreUnavailable
from ._moment import Moment
from ._record import LONGEST_RECORD, Record
from ._versions import check_key, check_value, random_version

if sys.platform != "win32":
    import fcntl

#: How long a writer waits for others, in seconds. They hold a lock for milliseconds, unless they
#: were stopped or the disk hangs.
_LOCK_WAIT = 5.0

#: How often a lock that somebody has is asked for, and an entry that is waited for looked at.
_TRY_EVERY = 0.002
_LOOK_EVERY = 0.05

#: How often expired entries and the files of killed writers are looked for, in seconds.
_SWEEP_EVERY = 60 * 60

#: File systems that several machines write to, whose locks and clocks cannot be relied on.
_SHARED_BY_MACHINES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "coda", "ceph", "ocfs2", "gfs2", "lustre", "gpfs"}
)


class DirectoryStore:
    """Shared by all processes of this machine that name the directory, whatever they are written in.

    It is made with mode 0700 if it is not there. It must belong to the program's user or to root,
    and nobody else may be able to write to it, unless `group` names (by its number) the group that
    shares it. One on a file system that comes over a network is refused. Needs a Unix.

    Raises `StoreRefused` where the directory cannot be used, and says what to do.
    """

    def __init__(self, path: str | os.PathLike[str], *, group: int | None = None) -> None:
        if sys.platform == "win32":
            raise StoreRefused("a store in a directory needs a Unix")
        # A program may change its working directory later.
        self._path = Path(os.path.abspath(path))
        self._group = group
        #: When each part of the directory was last swept.
        self._swept: dict[str, float] = {}
        self._lock = threading.Lock()
        #: Whose the directory was when it was last there.
        self._owner: tuple[int, int] | None = None
        _fork.register(self)
        with self._made():
            pass
        self._check_above()

    def __repr__(self) -> str:
        return f"DirectoryStore({str(self._path)!r})"

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        check_key(key)
        ends = time.monotonic() + wait_ms / 1000
        while True:
            entry = self._look(key)
            left = ends - time.monotonic()
            if entry is None or entry.version != unless_version or left <= 0:
                return entry
            time.sleep(min(left, _LOOK_EVERY))

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        check_key(key)
        check_value(value)
        # Whoever has lost already need not wait for a lock to learn it.
        if _version_of(self._look(key)) != expected:
            return None
        with self._locked(f"lock-{key[0]}"), self._made() as folder:
            self._sweep(folder, key[0])
            now = Moment.now()
            held = self._read(folder, key)
            if _version_of(held.entry(now) if held else None) != expected:
                return None
            keep_ms = None if keep_seconds is None else keep_seconds * 1000
            record = Record(random_version(), now, keep_ms, bytes(value))
            self._write(folder, key, record)
            return record.version

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    # --- The directory

    def _look(self, key: str) -> Entry | None:
        now = Moment.now()
        with self._there() as folder:
            held = None if folder is None else self._read(folder, key)
            return held.entry(now) if held else None

    @contextlib.contextmanager
    def _there(self) -> Iterator[int | None]:
        """The directory as it is now, open; None where it is not there."""
        try:
            folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            folder = None
        except OSError as error:
            raise self._denied(error, self._path) from None
        if folder is None:
            yield None
            return
        try:
            found = os.fstat(folder)
            reason = _why_not(found, os.geteuid(), self._group) or _why_not_there(found)
            if reason:
                raise StoreRefused(f"the store's directory {self._path}: {reason}")
            self._owner = (found.st_uid, found.st_gid)
            yield folder
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _made(self) -> Iterator[int]:
        """The directory, made again if somebody deleted it."""
        for is_last in (False, True):
            with self._there() as folder:
                if folder is not None:
                    yield folder
                    return
            if is_last:
                raise StoreUnavailable(f"{self._path}: it is deleted again and again")
            self._make()

    def _make(self) -> None:
        owner = self._owner if os.geteuid() == 0 else None
        if owner == (os.geteuid(), os.getegid()):
            owner = None
        with _system(self._path):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if owner is None and self._group is None:
                with contextlib.suppress(FileExistsError):
                    self._path.mkdir(mode=0o700)
                return
            # Others must not see it before it is theirs.
            new = self._path.parent / f".{random_version()}"
            new.mkdir(mode=0o700)
            try:
                user = -1 if owner is None else owner[0]
                group = self._group if self._group is not None else (-1 if owner is None else owner[1])
                os.chown(new, user, group)
                if self._group is not None:
                    new.chmod(0o2770)
                new.rename(self._path)
            except OSError as error:
                new.rmdir()
                # Somebody else made it, and has written already.
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise

    def _check_above(self) -> None:
        """Refuses a directory that everybody can put another one in the place of."""
        for above in self._path.resolve().parents:
            mode = above.stat().st_mode
            if mode & 0o1002 == 0o002:
                raise StoreRefused(
                    f"the store's directory {self._path} can be replaced by everybody, because everybody "
                    f"can write to {above} (mode {mode & 0o7777:o}): take that away with chmod o-w, or add "
                    "chmod +t"
                )

    # --- Its files

    def _read(self, folder: int, key: str) -> Record | None:
        name = f"{key}.entry"
        try:
            descriptor = self._open(folder, name, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with _system(self._path / name), open(descriptor, "rb") as file:
            content = file.read(LONGEST_RECORD + 1)
        record = Record.parse(content)
        if record is None:
            raise StoreRefused(
                f"the file {self._path / name} is damaged, or from another release: if no newer release "
                "uses this directory, delete it"
            )
        return record

    def _write(self, folder: int, key: str, record: Record) -> None:
        """Puts `record` in the place of what is there. The caller holds the lock."""
        new = f"{key}.new"
        with _system(self._path / new):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new, dir_fd=folder)
            descriptor = self._create(folder, new, os.O_WRONLY)
            try:
                with open(descriptor, "wb") as file:
                    file.write(record.to_bytes())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(new, dir_fd=folder)
                raise
            os.rename(new, f"{key}.entry", src_dir_fd=folder, dst_dir_fd=folder)
            # So that the rename lasts beyond a power failure.
            os.fsync(folder)

    def _open(self, folder: int, name: str, access: int) -> int:
        """Opens a regular file. Raises `FileNotFoundError` where there is none."""
        path = self._path / name
        try:
            descriptor = os.open(name, access | _SAFE, dir_fd=folder)
        except FileNotFoundError:
            raise
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR):
                raise StoreRefused(f"{path} {_NOT_REGULAR}") from None
            raise self._denied(error, path) from None
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise StoreRefused(f"{path} {_NOT_REGULAR}")
        if found.st_mode & 0o002:
            os.close(descriptor)
            raise StoreRefused(f"{path} can be written to by everybody: take that away with chmod o-w")
        return descriptor

    def _create(self, folder: int, name: str, access: int) -> int:
        """Makes a file that belongs to whom the directory belongs to."""
        descriptor = os.open(name, access | os.O_CREAT | os.O_EXCL | _SAFE, 0o600, dir_fd=folder)
        try:
            made, owner = os.fstat(descriptor), os.fstat(folder)
            if os.geteuid() == 0:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            elif self._group is not None and made.st_gid != owner.st_gid:
                os.fchown(descriptor, -1, owner.st_gid)
            if self._group is not None:
                # The mode of a new file is cut by the process's mask.
                os.fchmod(descriptor, 0o660)
        except OSError:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
            raise
        return descriptor

    def _sweep(self, folder: int, shard: str) -> None:
        """Removes what killed writers left and what has been kept long enough, as far as this
        lock goes. What cannot be removed now is tried again later.
        """
        now = time.monotonic()
        with self._lock:
            if now - self._swept.get(shard, float("-inf")) < _SWEEP_EVERY:
                return
            self._swept[shard] = now
        for name in os.listdir(folder):
            key, _, kind = name.partition(".")
            with contextlib.suppress(OSError, StoreError):
                check_key(key)
                if key[0] == shard and (kind == "new" or (kind == "entry" and self._is_over(folder, key))):
                    os.unlink(name, dir_fd=folder)

    def _is_over(self, folder: int, key: str) -> bool:
        held = self._read(folder, key)
        return held is not None and held.entry(Moment.now()) is None

    # --- Locks

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Holds the lock of this name. The kernel gives it back where this process dies."""
        ends = time.monotonic() + _LOCK_WAIT
        while True:
            descriptor = self._try_lock(name)
            if descriptor is not None:
                break
            if time.monotonic() >= ends:
                raise StoreUnavailable(
                    "another process holds the lock of the store's directory: is it stopped?"
                )
            time.sleep(_TRY_EVERY)
        try:
            yield
        finally:
            os.close(descriptor)

    def _try_lock(self, name: str) -> int | None:
        with self._made() as folder:
            descriptor = self._lock_file(folder, name)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            except BaseException:
                os.close(descriptor)
                raise
            # A lock on a file that was deleted keeps nobody out, nor does one in a directory that
            # is not there any more.
            with self._made() as now:
                if _is_at(descriptor, folder, name) and _is_at(descriptor, now, name):
                    return descriptor
            os.close(descriptor)
            return None

    def _lock_file(self, folder: int, name: str) -> int:
        while True:
            with contextlib.suppress(FileNotFoundError):
                return self._open(folder, name, os.O_RDWR)
            # Where somebody else is faster it is there now.
            with contextlib.suppress(FileExistsError), _system(self._path / name, FileExistsError):
                return self._create(folder, name, os.O_RDWR)

    def _denied(self, error: OSError, path: Path) -> StoreError:
        if error.errno in (errno.EACCES, errno.EPERM):
            with contextlib.suppress(OSError):
                there = path.lstat()
                return StoreRefused(
                    f"{path} belongs to user {there.st_uid} and group {there.st_gid} (mode "
                    f"{there.st_mode & 0o7777:o}), and user {os.geteuid()} may not open it: give it to the "
                    "user that the store's directory is meant for with chown"
                )
        return _meaning(error, path)


#: Never waits for the other end of a pipe, never becomes a terminal's process.
_SAFE = 0 if sys.platform == "win32" else os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_NOT_REGULAR = "is not a regular file, so it is none of ours: delete it"


def _version_of(entry: Entry | None) -> str | None:
    return entry.version if entry else None


def _is_at(descriptor: int, folder: int, name: str) -> bool:
    """Whether an open file is still what its name leads to."""
    held = os.fstat(descriptor)
    try:
        there = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (held.st_dev, held.st_ino) == (there.st_dev, there.st_ino)


@contextlib.contextmanager
def _system(path: Path, *passed_on: type[OSError]) -> Iterator[None]:
    """What the system says of a path, as a store says it."""
    try:
        yield
    except passed_on:
        raise
    except OSError as error:
        failure = _meaning(error, path)
    else:
        return
    raise failure


def _meaning(error: OSError, path: Path) -> StoreError:
    lasting = {
        errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG,
    }  # fmt: skip
    kind = StoreRefused if error.errno in lasting else StoreUnavailable
    return kind(f"{path}: {error.strerror}")


def _why_not(found: os.stat_result, me: int, group: int | None) -> str | None:
    """Why a directory cannot hold a store for user `me`, shared with `group` or with nobody."""
    mode = found.st_mode & 0o7777
    if mode & 0o002:
        return (
            f"everybody can write to it (mode {mode:o}), and so delete what stands there: take that away "
            "with chmod o-w"
        )
    if group is None:
        if found.st_uid not in (me, 0) and me != 0:
            return (
                f"it belongs to user {found.st_uid}, and this program runs as user {me}: give it to that "
                "user with chown, or share it with a group (group=)"
            )
        if mode & 0o020:
            return (
                f"group {found.st_gid} can write to it (mode {mode:o}): take that away with chmod g-w, or "
                "name the group that shares it (group=)"
            )
        return None
    if found.st_gid != group:
        return (
            f"it belongs to group {found.st_gid}, and group {group} is to share it: give it to that group "
            "with chgrp"
        )
    if mode & 0o070 != 0o070:
        return (
            f"group {group} is to share it and cannot write to it (mode {mode:o}): permit it with chmod g+rwx"
        )
    if mode & 0o1000:
        return (
            f"group {group} is to share it, and none can replace what another wrote (mode {mode:o}): take "
            "the sticky bit away with chmod -t"
        )
    return None


#: The file systems that were looked up, by their device numbers.
_file_systems: dict[int, str] = {}


def _why_not_there(found: os.stat_result) -> str | None:
    name = _file_system(found.st_dev)
    if name not in _SHARED_BY_MACHINES:
        return None
    return (
        f"it lies on a file system that machines share ({name}), whose locks and clocks cannot be relied "
        "on: take a local one, or a Redis"
    )


def _file_system(device: int) -> str:
    if device not in _file_systems:
        _file_systems[device] = _look_up_file_system(device)
    return _file_systems[device]


def _look_up_file_system(device: int) -> str:
    """Its name, where the system tells (Linux)."""
    number = f"{os.major(device)}:{os.minor(device)}"
    with (
        contextlib.suppress(OSError),
        open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file,
    ):
        for line in file:
            before, _, after = line.partition(" - ")
            if before.split(" ")[2:3] == [number]:
                return after.split(" ")[0]
    return ""
