"""What a store has to do."""

from __future__ import annotations

from typing import Protocol

from .._contract import Entry


class Store(Protocol):
    """A small versioned store that several programs share.

    A read sees the last write, so a replica that lags behind cannot serve. Keys are 64
    lower-case hexadecimal digits, values at most 64 KiB. Methods are called from any thread,
    several at a time. What they raise is a `StoreUnavailable` where the store may be there
    again by itself, and a `StoreRefused` where somebody must act; anything else is taken for
    the first.
    """

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """Gives the entry, or None. While it has the version `unless_version`, the answer may
        be held back for up to `wait_ms` milliseconds.
        """
        ...

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        """Writes if the entry still has the version `expected`, or is absent where that is
        None, in one step. Gives the new version, or None if somebody else wrote first.

        A version is never the same twice for a key, not even after the entry was dropped:
        `random_version()` makes such. The entry may be dropped after `keep_seconds`; None
        keeps it.
        """
        ...


class AsyncStore(Protocol):
    """The same for coroutines of asyncio."""

    async def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """See `Store.read`."""
        ...

    async def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        """See `Store.compare_and_set`."""
        ...
