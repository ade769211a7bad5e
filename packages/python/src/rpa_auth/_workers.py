"""Threads that are kept for the next piece of work.

They are daemons: what hangs in one of them keeps no program from its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from . import _fork

T = TypeVar("T")

#: How long a thread waits for more work, in seconds.
_IDLE = 10.0

#: What people are told where no thread is to be had.
NO_THREAD = "the system starts no more threads"


class Work(Generic[T]):
    """A piece of work that another thread does."""

    def __init__(self, work: Callable[[], T], told: Callable[[], None] | None = None) -> None:
        self._work = work
        self._told = told
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._value: T | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:
            self._error = error
        self._ended.put(None)
        if self._told is not None:
            self._told()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it ended within this time."""
        try:
            self._ended.get(timeout=seconds)
        except Empty:
            return False
        return True

    def result(self) -> Any:
        """What came of it, once it has ended."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self._value


class Workers:
    """The threads of this process. The one that came last is taken first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Work[Any]]] = []
        _fork.register(self)

    def begin(self, work: Callable[[], T], told: Callable[[], None] | None = None) -> Work[T]:
        """Begins it, and calls `told` from its thread when it has ended. Raises `RuntimeError`
        where the system starts no more threads.
        """
        begun = Work(work, told)
        with self._lock:
            queue = self._idle.pop() if self._idle else None
        if queue is not None:
            queue.put(begun)
        else:
            threading.Thread(target=self._serve, args=(begun,), daemon=True, name="rpa-auth").start()
        return begun

    def _serve(self, work: Work[Any] | None) -> None:
        queue: SimpleQueue[Work[Any]] = SimpleQueue()
        while work is not None:
            work.run()
            # What it holds is not kept until the next one comes.
            work = None
            with self._lock:
                self._idle.append(queue)
            work = self._next(queue)

    def _next(self, queue: SimpleQueue[Work[Any]]) -> Work[Any] | None:
        try:
            return queue.get(timeout=_IDLE)
        except Empty:
            with self._lock:
                if queue in self._idle:
                    self._idle.remove(queue)
                    return None
        # It was given work in the meantime.
        return queue.get()

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._idle = []


workers = Workers()


async def from_a_coroutine(work: Callable[[], T]) -> T:
    """Does it on one of the threads. Whoever is cancelled does not wait for it any more."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    def told() -> None:
        # The loop may be closed by then.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(end)

    begun = workers.begin(work, told)
    await ended
    result: T = begun.result()
    return result


def sleep_until(moment: float) -> None:
    """Waits for a moment by `time.monotonic`."""
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)
