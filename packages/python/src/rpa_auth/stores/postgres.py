"""Entries in a PostgreSQL, version 12 or later, for many machines: the same table, asked by the
same statements, as that of the Rust library (docs/stores.md says what rights the user needs).

Over the package `psycopg`, version 3.2 or later. A store has connections of its own, one for its
statements and, while somebody waits, one for announcements. It opens them with what it is given:
a connection string as `psycopg.connect` takes it, or a function that opens one. Both must lead to
the primary, and not through a pooler in transaction mode.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, TypeAlias, TypeVar

import psycopg
from psycopg.types.numeric import Int8

from .. import _fork
from .._contract import Entry
from .._workers import Work, workers
from ..errors import StoreError, StoreRefused, StoreUnavailable
from . import _scripts
from ._changes import AsyncChanges, Changes
from ._versions import Sightings, check_key, check_value, random_version, wall_clock

#: How often a reader that waits looks by itself, in seconds, as with Redis.
_LOOK_EVERY = 1.0
_LOOK_EVERY_UNANNOUNCED = 0.1
_LISTEN_ON = 10.0

#: How long a statement waits for those before it on the store's connection, in seconds.
_TURN = 5.0

#: How long a connection has to answer, in seconds. Then it is given up, like one that broke.
#: psycopg by itself waits for ever.
_ANSWER = 5.0

#: How often a writer deletes entries that have run out, in seconds.
_SWEEP_EVERY = 60.0

#: The longest that an entry is kept, in milliseconds: a hundred years. The server's calendar ends
#: some time after that.
_LONGEST_KEEP = 100 * 365 * 24 * 60 * 60 * 1000

_HAS_TABLE = "SELECT to_regclass('rpa_auth_entries') IS NOT NULL"

Connection: TypeAlias = "psycopg.Connection[Any]"
AsyncConnection: TypeAlias = "psycopg.AsyncConnection[Any]"

C = TypeVar("C", "psycopg.Connection[Any]", "psycopg.AsyncConnection[Any]")

#: What a read gives where the entry has the version that is known.
_UNCHANGED = object()


def _write(
    expected: str | None, key: str, version: str, value: bytes, keep_seconds: int | None
) -> tuple[str, list[Any]]:
    keep = None if keep_seconds is None else Int8(min(keep_seconds * 1000, _LONGEST_KEEP))
    new: list[Any] = [key, version, value, keep, Int8(wall_clock())]
    if expected is None:
        return _scripts.POSTGRES_MAKE, new
    return _scripts.POSTGRES_REPLACE, [*new, expected]


class _Seen:
    """The row of the reading statement."""

    def __init__(self, rows: list[Any], key: str, wall: int) -> None:
        try:
            ((self.run, self.version, self.age, self.is_guess, value),) = rows
            self.value = None if value is None else bytes(value)
        except (TypeError, ValueError):
            raise StoreUnavailable("what answers is no PostgreSQL, or one that was not expected") from None
        self._key, self._wall = key, wall

    @property
    def settles(self) -> list[Any] | None:
        """What makes the entry age by this server's clock, where its age is a guess."""
        if not self.is_guess or self.version is None:
            return None
        return [self._key, self.version, Int8(self.age), self.run, Int8(self._wall)]

    def found(self, sightings: Sightings) -> Any:
        if self.version is None:
            return None
        if self.value is None:
            return _UNCHANGED
        age = sightings.age(self._key, self.version, int(self.age))
        return Entry(value=self.value, version=self.version, age_ms=age)


class _Silence(psycopg.OperationalError):
    """No answer came in time."""


class _Link(Generic[C]):
    """A connection, and a handle on the socket below that ends whoever waits for an answer."""

    def __init__(self, connection: C) -> None:
        self.connection: C = connection
        self._is_silent = False
        # Another descriptor of the same socket: psycopg may close its own at any moment.
        self._socket = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)

    def let_go(self) -> None:
        """Gives the handle back."""
        self._socket.close()

    def _cut(self) -> None:
        self._is_silent = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def within_limit(self) -> Iterator[None]:
        """For threads: cuts it where what is done here does not end in time."""
        ended = threading.Event()

        def watch() -> None:
            if not ended.wait(_ANSWER):
                self._cut()

        _begin(watch)
        try:
            yield
        except psycopg.Error:
            if self._is_silent:
                raise _Silence from None
            raise
        finally:
            ended.set()

    @contextlib.contextmanager
    def within_limit_of_loop(self) -> Iterator[None]:
        """For coroutines. Not by cancelling: a task of psycopg that is cancelled waits on."""
        timer = asyncio.get_running_loop().call_later(_ANSWER, self._cut)
        try:
            yield
        except psycopg.Error:
            if self._is_silent:
                raise _Silence from None
            raise
        finally:
            timer.cancel()


def _begin(work: Callable[[], None]) -> Work[None]:
    try:
        return workers.begin(work)
    except RuntimeError:
        raise StoreUnavailable("no thread can be started") from None


class PostgresStore:
    """For threads."""

    def __init__(self, connect: str | Callable[[], Connection]) -> None:
        if not isinstance(connect, str) and not callable(connect):
            raise TypeError(
                f"connect must be a connection string or a function, not {type(connect).__name__}"
            )
        self._connect = connect
        self._lock = threading.Lock()
        self._link: _Link[Connection] | None = None
        self._changes = Changes()
        self._sightings = Sightings()
        self._swept = float("-inf")
        self._listen_lock = threading.Lock()
        self._listener: Work[None] | None = None
        self._ends = False
        self._is_announced = False
        _fork.register(self)

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """See `Store.read`."""
        check_key(key)
        ends = time.monotonic() + wait_ms / 1000
        with self._changes.listen(key) as listener:
            while True:
                left = ends - time.monotonic()
                # At the end the entry is wanted whatever its version.
                found = self._look(key, unless_version if left > 0 else None)
                if found is not _UNCHANGED:
                    entry: Entry | None = found
                    return entry
                self._listen()
                listener.wait(min(left, _LOOK_EVERY if self._is_announced else _LOOK_EVERY_UNANNOUNCED))

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        """See `Store.compare_and_set`."""
        check_key(key)
        check_value(value)
        version = random_version()
        statement, parameters = _write(expected, key, version, bytes(value), keep_seconds)
        if not self._ask(statement, parameters, is_repeatable=False):
            return None
        self._sightings.age(key, version, 0)
        if time.monotonic() - self._swept >= _SWEEP_EVERY:
            self._swept = time.monotonic()
            # Where it fails a later write sweeps.
            with contextlib.suppress(StoreError):
                self._ask(_scripts.POSTGRES_SWEEP, [], is_repeatable=False)
        return version

    def close(self) -> None:
        """Ends the store's connections. The next call opens them again."""
        with self._listen_lock:
            listener, self._ends = self._listener, True
        if listener is not None:
            listener.wait(2 * _LOOK_EVERY)
        with self._lock:
            self._discard()

    def after_fork(self) -> None:
        self._lock, self._listen_lock = threading.Lock(), threading.Lock()
        # The connection is the parent's: closing it would end it there.
        _fork.abandon(self._link)
        self._link = None
        self._listener = None
        self._is_announced = False

    def _look(self, key: str, unless_version: str | None) -> Any:
        wall = wall_clock()
        rows = self._ask(_scripts.POSTGRES_READ, [key, unless_version, Int8(wall)], is_repeatable=True)
        seen = _Seen(rows, key, wall)
        if seen.settles is not None:
            # Where it fails the next reader makes the same guess.
            with contextlib.suppress(StoreError):
                self._ask(_scripts.POSTGRES_SETTLE, seen.settles, is_repeatable=False)
        return seen.found(self._sightings)

    def _ask(self, statement: str, parameters: list[Any], *, is_repeatable: bool) -> list[Any]:
        """A connection that turns out to be lost is replaced once, where that may be."""
        if not self._lock.acquire(timeout=_TURN):
            raise StoreUnavailable("the connection to PostgreSQL is in use, and did not come free")
        try:
            while True:
                try:
                    return self._asked(statement, parameters)
                except psycopg.Error as error:
                    failure = _Failure(error)
                if failure.ends_connection:
                    self._discard()
                if not (is_repeatable and failure.is_lost):
                    break
                is_repeatable = False
        finally:
            self._lock.release()
        raise failure.meaning

    def _asked(self, statement: str, parameters: list[Any]) -> list[Any]:
        if self._link is None:
            self._link = self._opened()
        with self._link.within_limit(), psycopg.RawCursor(self._link.connection) as cursor:
            cursor.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _opened(self) -> _Link[Connection]:
        connect = self._connect
        connection = _opened_by(connect) if isinstance(connect, str) else connect()
        link = _Link(connection)
        try:
            with link.within_limit():
                connection.autocommit = True
                connection.execute(_scripts.POSTGRES_SESSION.encode())
                if not _is_true(connection.execute(_HAS_TABLE).fetchall()):
                    try:
                        connection.execute(_scripts.POSTGRES_TABLE.encode())
                    except psycopg.Error:
                        # Somebody else was faster: of two at once the server refuses one.
                        if not _is_true(connection.execute(_HAS_TABLE).fetchall()):
                            raise
        except BaseException:
            _close(link)
            raise
        return link

    def _discard(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            _close(link)

    def _listen(self) -> None:
        """Sees to it that somebody listens to the announcements."""
        with self._listen_lock:
            if self._listener is None:
                self._ends = False
                # Where none can be started readers look by themselves.
                with contextlib.suppress(StoreUnavailable):
                    self._listener = _begin(self._announce)

    def _announce(self) -> None:
        try:
            link = self._opened()
            with contextlib.ExitStack() as ends:
                ends.callback(_close, link)
                self._is_announced = True
                self._changes.announce(None)
                idle_since = time.monotonic()
                while time.monotonic() - idle_since < _LISTEN_ON and not self._ends:
                    if self._changes.is_waited_for:
                        idle_since = time.monotonic()
                    for said in link.connection.notifies(timeout=_LOOK_EVERY, stop_after=1):
                        self._changes.announce(said.payload)
        except (psycopg.Error, OSError, StoreUnavailable):
            # Away: readers look more often, and one of them tries again.
            time.sleep(_LOOK_EVERY)
        finally:
            with self._listen_lock:
                self._listener, self._is_announced = None, False


def _close(link: _Link[Connection]) -> None:
    with contextlib.suppress(psycopg.Error):
        link.connection.close()
    link.let_go()


class AsyncPostgresStore:
    """For coroutines of one event loop."""

    def __init__(self, connect: str | Callable[[], Awaitable[AsyncConnection]]) -> None:
        if not isinstance(connect, str) and not callable(connect):
            raise TypeError(
                f"connect must be a connection string or a function, not {type(connect).__name__}"
            )
        self._connect = connect
        self._lock = asyncio.Lock()
        self._link: _Link[AsyncConnection] | None = None
        self._changes = AsyncChanges()
        self._sightings = Sightings()
        self._swept = float("-inf")
        self._listener: asyncio.Task[None] | None = None
        self._is_announced = False

    async def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """See `Store.read`."""
        check_key(key)
        ends = time.monotonic() + wait_ms / 1000
        with self._changes.listen(key) as listener:
            while True:
                left = ends - time.monotonic()
                # At the end the entry is wanted whatever its version.
                found = await self._look(key, unless_version if left > 0 else None)
                if found is not _UNCHANGED:
                    entry: Entry | None = found
                    return entry
                if self._listener is None or self._listener.done():
                    self._listener = asyncio.create_task(self._announce())
                pause = _LOOK_EVERY if self._is_announced else _LOOK_EVERY_UNANNOUNCED
                await listener.wait(min(left, pause))

    async def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        """See `Store.compare_and_set`."""
        check_key(key)
        check_value(value)
        version = random_version()
        statement, parameters = _write(expected, key, version, bytes(value), keep_seconds)
        if not await self._ask(statement, parameters, is_repeatable=False):
            return None
        self._sightings.age(key, version, 0)
        if time.monotonic() - self._swept >= _SWEEP_EVERY:
            self._swept = time.monotonic()
            # Where it fails a later write sweeps.
            with contextlib.suppress(StoreError):
                await self._ask(_scripts.POSTGRES_SWEEP, [], is_repeatable=False)
        return version

    async def aclose(self) -> None:
        """Ends the store's connections. The next call opens them again."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener
        async with self._lock:
            await self._discard()

    async def _look(self, key: str, unless_version: str | None) -> Any:
        wall = wall_clock()
        parameters = [key, unless_version, Int8(wall)]
        rows = await self._ask(_scripts.POSTGRES_READ, parameters, is_repeatable=True)
        seen = _Seen(rows, key, wall)
        if seen.settles is not None:
            # Where it fails the next reader makes the same guess.
            with contextlib.suppress(StoreError):
                await self._ask(_scripts.POSTGRES_SETTLE, seen.settles, is_repeatable=False)
        return seen.found(self._sightings)

    async def _ask(self, statement: str, parameters: list[Any], *, is_repeatable: bool) -> list[Any]:
        """A connection that turns out to be lost is replaced once, where that may be."""
        async with self._lock:
            while True:
                try:
                    return await self._asked(statement, parameters)
                except psycopg.Error as error:
                    failure = _Failure(error)
                except BaseException:
                    # Given up in the middle: what comes next on it is the answer to this.
                    await self._discard()
                    raise
                if failure.ends_connection:
                    await self._discard()
                if not (is_repeatable and failure.is_lost):
                    break
                is_repeatable = False
        raise failure.meaning

    async def _asked(self, statement: str, parameters: list[Any]) -> list[Any]:
        if self._link is None:
            self._link = await self._opened()
        with self._link.within_limit_of_loop():
            async with psycopg.AsyncRawCursor(self._link.connection) as cursor:
                await cursor.execute(statement.encode(), parameters)
                return await cursor.fetchall() if cursor.description else []

    async def _opened(self) -> _Link[AsyncConnection]:
        connect = self._connect
        connection = await (_async_opened_by(connect) if isinstance(connect, str) else connect())
        link = _Link(connection)
        try:
            with link.within_limit_of_loop():
                await connection.set_autocommit(True)
                await connection.execute(_scripts.POSTGRES_SESSION.encode())
                if not _is_true(await (await connection.execute(_HAS_TABLE)).fetchall()):
                    try:
                        await connection.execute(_scripts.POSTGRES_TABLE.encode())
                    except psycopg.Error:
                        # Somebody else was faster: of two at once the server refuses one.
                        if not _is_true(await (await connection.execute(_HAS_TABLE)).fetchall()):
                            raise
        except BaseException:
            await _async_close(link)
            raise
        return link

    async def _discard(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await _async_close(link)

    async def _announce(self) -> None:
        try:
            link = await self._opened()
            try:
                self._is_announced = True
                self._changes.announce(None)
                idle_since = time.monotonic()
                while time.monotonic() - idle_since < _LISTEN_ON:
                    if self._changes.is_waited_for:
                        idle_since = time.monotonic()
                    async for said in link.connection.notifies(timeout=_LOOK_EVERY, stop_after=1):
                        self._changes.announce(said.payload)
            finally:
                await _async_close(link)
        except (psycopg.Error, OSError):
            # Away: readers look more often, and one of them tries again.
            await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._is_announced = False


async def _async_close(link: _Link[AsyncConnection]) -> None:
    with contextlib.suppress(psycopg.Error):
        await link.connection.close()
    link.let_go()


#: What holds for a connection where the string says nothing else, in seconds; `tcp_user_timeout`
#: in milliseconds. So the one that listens learns that the other side is gone.
_SETTINGS: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "rpa-auth",
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}


def _opened_by(string: str) -> Connection:
    return psycopg.connect(**{**_SETTINGS, **_parts(string)})


async def _async_opened_by(string: str) -> AsyncConnection:
    return await psycopg.AsyncConnection.connect(**{**_SETTINGS, **_parts(string)})


def _parts(string: str) -> dict[str, Any]:
    return dict(psycopg.conninfo.conninfo_to_dict(string))


def _is_true(rows: list[Any]) -> bool:
    return bool(rows) and rows[0][0] is True


#: The server ends, was killed, or is only starting.
_GOING_AWAY = ("57P01", "57P02", "57P03", "57P04", "57P05")

_MEANINGS: dict[str, StoreError] = {
    "28000": StoreRefused("PostgreSQL refused the user name, the password or the way: see its pg_hba.conf"),
    "28P01": StoreRefused("PostgreSQL refused the user name, the password or the way: see its pg_hba.conf"),
    "3D000": StoreRefused("there is no such database in PostgreSQL"),
    "25006": StoreUnavailable("this PostgreSQL is a standby: the connection must lead to the primary"),
    "53300": StoreUnavailable("PostgreSQL takes no more connections: see its max_connections"),
    "53100": StoreRefused("PostgreSQL is full"),
    "53200": StoreRefused("PostgreSQL is full"),
    "53400": StoreRefused("PostgreSQL is full"),
    "42501": StoreRefused(
        "the user may not do this in PostgreSQL; where the table rpa_auth_entries is not there, "
        "docs/stores.md says what to run once"
    ),
    "3F000": StoreRefused(
        "the table rpa_auth_entries is not there, and the user may not make it: docs/stores.md says what "
        "to run once"
    ),
    "42P01": StoreUnavailable("the table rpa_auth_entries is gone; the next call makes it anew"),
    **dict.fromkeys(
        ("42703", "42804", "42883", "22008"),
        StoreRefused("the table rpa_auth_entries or an entry in it is damaged, or from another release"),
    ),
    **dict.fromkeys(
        ("57014", "55P03", "40001", "40P01"),
        StoreUnavailable("PostgreSQL did not come to an end with it"),
    ),
}


class _Failure:
    """What an error means to a caller. The server's own words are not passed on."""

    def __init__(self, error: psycopg.Error) -> None:
        code = error.sqlstate
        # Where no answer came another wait would be as long.
        self._is_silent = isinstance(error, _Silence)
        is_broken = code is None and isinstance(error, psycopg.OperationalError) and not self._is_silent
        self.is_lost = code in _GOING_AWAY or is_broken
        self.ends_connection = self.is_lost or code in ("25006", "42P01") or code is None
        self.meaning = self._of(code)

    def _of(self, code: str | None) -> StoreError:
        if self._is_silent:
            return StoreUnavailable(f"PostgreSQL gave no answer within {_ANSWER:.0f} s")
        if code is None:
            return StoreUnavailable("the connection to PostgreSQL broke, or there is none")
        if code in _GOING_AWAY or code.startswith("08"):
            return StoreUnavailable(f"PostgreSQL is not ready ({code})")
        known = _MEANINGS.get(code)
        if known is None:
            return StoreRefused(f"PostgreSQL refused ({code})")
        return type(known)(known.reason)
