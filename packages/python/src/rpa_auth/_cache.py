"""Keeps compiled components on the disk, so that only the first start compiles.

What is loaded runs as native code. So nothing is loaded but a file of our own in a folder of
our own that nobody else may read or write, both looked at through their open descriptors,
and only whole: it begins with the hash of the rest. Where there is no such folder, on systems
where that cannot be looked at, and in a frozen program that does not say which wasmtime it
has, each process compiles for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_DIGEST = 32

#: A compiled component has some hundred KiB.
_LONGEST = 16 * 1024 * 1024


def load(component: str) -> bytes | None:
    """The compiled form of the component with this hash, if it is there and ours."""
    name = _name(component)
    try:
        with _folder(make=False) as folder:
            return None if folder is None or name is None else _read(folder, name)
    except OSError:
        return None


def keep(component: str, compiled: bytes) -> None:
    """Keeps it for the next process, where that is possible."""
    name = _name(component)
    if name is None:
        return
    with contextlib.suppress(OSError), _folder(make=True) as folder:
        if folder is not None:
            _write(folder, name, compiled)


def _name(component: str) -> str | None:
    """None where it is not known which wasmtime this is: its package's metadata is not there."""
    try:
        wasmtime = version("wasmtime")
    except PackageNotFoundError:
        return None
    machine = f"{wasmtime} {sys.platform} {platform.machine()} {_features()}"
    return hashlib.sha256(f"{component} {machine}".encode()).hexdigest() + ".compiled"


def _features() -> str:
    """What this machine's processor can do, where the system says it: a home folder may be
    shared by machines.
    """
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                return line.strip()
    return platform.processor()


def _place() -> Path | None:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "rpa-auth-python"
    chosen = os.environ.get("XDG_CACHE_HOME")
    # A relative one is to be ignored (XDG Base Directory Specification).
    base = Path(chosen) if chosen and os.path.isabs(chosen) else Path.home() / ".cache"
    return base / "rpa-auth-python"


@contextlib.contextmanager
def _folder(*, make: bool) -> Iterator[int | None]:
    """The open folder; none where it cannot be trusted."""
    try:
        place = _place() if hasattr(os, "geteuid") else None
    except RuntimeError:
        # There is no home.
        place = None
    if place is None:
        yield None
        return
    if make:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield folder if _is_private(os.fstat(folder)) else None
    finally:
        os.close(folder)


def _is_private(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _read(folder: int, name: str) -> bytes | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(name, flags, dir_fd=folder), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or not _is_private(found):
            return None
        content = file.read(_LONGEST)
    compiled = content[_DIGEST:]
    return compiled if hashlib.sha256(compiled).digest() == content[:_DIGEST] else None


def _write(folder: int, name: str, compiled: bytes) -> None:
    new = f".{secrets.token_hex(16)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(new, flags, 0o600, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:
            file.write(hashlib.sha256(compiled).digest() + compiled)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=folder)
        raise
