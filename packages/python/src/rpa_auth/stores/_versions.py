"""Keys, versions and clocks, as all stores have them."""

from __future__ import annotations

import re
import secrets
import sys
import threading
import time

from .. import _fork
from ..errors import StoreRefused

#: The longest value, in bytes.
LONGEST_VALUE = 64 * 1024

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


def random_version() -> str:
    """One that no store has given before: 128 bits from the operating system."""
    return secrets.token_hex(16)


def check_key(key: str) -> None:
    """Refuses what is no key, so that none is a path or a pattern."""
    if not _KEY.fullmatch(key):
        raise StoreRefused("a key is 64 lower-case hexadecimal digits")


def check_value(value: bytes) -> None:
    """Refuses what nobody would read again."""
    if len(value) > LONGEST_VALUE:
        raise StoreRefused(f"a value has at most {LONGEST_VALUE} bytes")


def wall_clock() -> int:
    """This machine's clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def uptime_ms() -> int:
    """A clock that nobody can set. On Linux it is the same for all processes of the machine,
    and goes on in suspend.
    """
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return time.monotonic_ns() // 1_000_000


class Sightings:
    """What this process has seen of entries, so that it counts their ages on by a clock that
    nobody can set: a server's can be, and a failover leads to another server's.
    """

    #: The most entries that are remembered. Beyond that all are forgotten, and their ages are
    #: the server's again.
    MOST = 10_000

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[str, int, int]] = {}
        _fork.register(self)

    def age(self, key: str, version: str, said: int) -> int:
        """The age of a version that the server says is `said` milliseconds old now."""
        now = uptime_ms()
        with self._lock:
            seen = self._seen.get(key)
            if seen is not None and seen[0] == version:
                return seen[2] + max(0, now - seen[1])
            if len(self._seen) >= self.MOST:
                self._seen.clear()
            self._seen[key] = (version, now, said)
        return said

    def after_fork(self) -> None:
        self._lock = threading.Lock()
