"""Tells readers that wait within this process which keys were written.

A listener hears of every write after it began to listen: begin, then read, then wait. It may be
told of a change that was none; it reads again anyway.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .. import _fork


class Changes:
    """For threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        #: How often each key was written that somebody waits for.
        self._counts: dict[str, int] = {}
        self._listeners: dict[str, int] = {}
        _fork.register(self)

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def announce(self, key: str | None) -> None:
        """A key was written; None where that may be any."""
        with self._changed:
            for known in [key] if key is not None else list(self._counts):
                if known in self._counts:
                    self._counts[known] += 1
            self._changed.notify_all()

    @contextmanager
    def listen(self, key: str) -> Iterator[Listener]:
        with self._changed:
            self._listeners[key] = self._listeners.get(key, 0) + 1
            self._counts.setdefault(key, 0)
        try:
            yield Listener(self, key)
        finally:
            with self._changed:
                self._listeners[key] -= 1
                if not self._listeners[key]:
                    del self._listeners[key], self._counts[key]

    def after_fork(self) -> None:
        self._changed = threading.Condition()
        self._counts, self._listeners = {}, {}


class Listener:
    """One reader that waits."""

    def __init__(self, changes: Changes, key: str) -> None:
        self._changes = changes
        self._key = key
        self._heard = changes._counts[key]

    def wait(self, seconds: float) -> None:
        """Waits until the key was written, or may have been, or the time is over."""
        ends = time.monotonic() + seconds
        changes = self._changes
        with changes._changed:
            while changes._counts.get(self._key) == self._heard:
                left = ends - time.monotonic()
                if left <= 0:
                    return
                changes._changed.wait(left)
            self._heard = changes._counts.get(self._key, 0)


class AsyncChanges:
    """For coroutines of one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    @property
    def is_waited_for(self) -> bool:
        """Whether anybody listens."""
        return bool(self._waiting)

    def announce(self, key: str | None) -> None:
        """A key was written; None where that may be any."""
        for known in [key] if key is not None else list(self._waiting):
            for event in self._waiting.get(known, ()):
                event.set()

    @contextmanager
    def listen(self, key: str) -> Iterator[AsyncListener]:
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        try:
            yield AsyncListener(event)
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]


class AsyncListener:
    """One reader that waits."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, seconds: float) -> None:
        """See `Listener.wait`."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except (TimeoutError, asyncio.TimeoutError):
            return
        self._event.clear()
