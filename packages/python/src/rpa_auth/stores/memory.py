"""Entries in this process's memory, by its monotonic clock. Nothing outlives the process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from .. import _fork
from .._contract import Entry
from ._versions import check_key, check_value, random_version


@dataclass(frozen=True, slots=True)
class _Kept:
    value: bytes
    version: str
    written: float
    until: float

    def __repr__(self) -> str:
        return f"<_Kept {self.version}>"


class MemoryStore:
    """Shared by the sessions that are given this object, for threads and for coroutines."""

    #: Where it need not wait it is done at once.
    never_blocks = True

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: dict[str, _Kept] = {}
        _fork.register(self)

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        check_key(key)
        ends = time.monotonic() + wait_ms / 1000
        with self._changed:
            while True:
                now = time.monotonic()
                kept = self._entries.get(key)
                if kept is None or kept.until <= now:
                    return None
                left = min(ends, kept.until) - now
                if kept.version != unless_version or left <= 0:
                    age_ms = int((now - kept.written) * 1000)
                    return Entry(value=kept.value, version=kept.version, age_ms=age_ms)
                self._changed.wait(left)

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        check_key(key)
        check_value(value)
        with self._changed:
            now = time.monotonic()
            self._entries = {k: kept for k, kept in self._entries.items() if now < kept.until}
            held = self._entries.get(key)
            if (held.version if held else None) != expected:
                return None
            until = float("inf") if keep_seconds is None else now + keep_seconds
            kept = _Kept(bytes(value), random_version(), now, until)
            self._entries[key] = kept
            self._changed.notify_all()
            return kept.version

    def after_fork(self) -> None:
        self._changed = threading.Condition()
