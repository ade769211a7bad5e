"""Entries in a Redis, version 6 or later, for many machines: the same entries, asked for by the
same scripts, as those of the Rust library (docs/stores.md says what a Redis must be set to).

The client is yours, of the package `redis`: `redis.Redis` for `RedisStore`, `redis.asyncio.Redis`
for `AsyncRedisStore`, with its address, login, TLS and limits of time. It must name the primary.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import redis
import redis.asyncio
from redis.client import NEVER_DECODE

from .. import _fork
from .._contract import Entry
from .._workers import Work, workers
from ..errors import StoreError, StoreRefused, StoreUnavailable
from . import _scripts
from ._changes import AsyncChanges, Changes
from ._versions import Sightings, check_key, check_value, random_version, wall_clock

#: Where writes are announced, with the key as the message.
_CHANNEL = "rpa-auth:changes"

#: How often a reader that waits looks by itself, in seconds: an announcement can be lost, and
#: nobody announces that an entry ran out. More often where the server announces nothing.
_LOOK_EVERY = 1.0
_LOOK_EVERY_UNANNOUNCED = 0.1

#: How long nobody waits until the announcements are not listened to any more, in seconds.
_LISTEN_ON = 10.0


class _Script:
    """A script, with the server's run put in where its caller would say it: a pool of connections
    may lead to another server than before.
    """

    def __init__(self, text: str, run: int) -> None:
        put_in = (
            "do\n"
            "  local server = redis.pcall('INFO', 'server')\n"
            f"  ARGV[{run}] = type(server) == 'string' and server:match('run_id:(%w+)') or ''\n"
            "end\n"
        )
        self.text = (put_in if run else "") + text
        self.hash = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


_READ = _Script(_scripts.REDIS_COMMON + _scripts.REDIS_READ, 2)
_WRITE = _Script(_scripts.REDIS_COMMON + _scripts.REDIS_WRITE, 7)
_STILL = _Script(_scripts.REDIS_STILL, 0)

#: What a read gives where the entry has the version that is known.
_UNCHANGED = object()


def _read_arguments(key: str, unless_version: str | None) -> list[Any]:
    return [_redis_key(key), _expected(unless_version), "", wall_clock()]


def _write_arguments(
    key: str, expected: str | None, version: str, value: bytes, keep_seconds: int | None
) -> list[Any]:
    keep = "" if keep_seconds is None else keep_seconds * 1000
    return [_redis_key(key), _expected(expected), version, value, keep, _CHANNEL, key, "", wall_clock()]


def _redis_key(key: str) -> str:
    check_key(key)
    return f"rpa-auth:{key}"


def _expected(version: str | None) -> str:
    """No version is told from an empty one."""
    return "" if version is None else f"={version}"


def _parsed(key: str, answer: Any, sightings: Sightings) -> Any:
    if answer is None:
        return None
    if not isinstance(answer, list) or len(answer) not in (0, 3):
        raise StoreUnavailable("what answers is no Redis, or one that was not expected")
    if not answer:
        return _UNCHANGED
    version, age, value = answer
    version = version.decode()
    return Entry(value=value, version=version, age_ms=sightings.age(key, version, int(age)))


class RedisStore:
    """For threads."""

    def __init__(self, client: redis.Redis) -> None:
        if not isinstance(client, redis.Redis):
            raise TypeError(f"client must be a redis.Redis, not {type(client).__name__}")
        # What of it has types differs from version to version.
        self._client: Any = client
        self._changes = Changes()
        self._sightings = Sightings()
        self._lock = threading.Lock()
        self._listener: Work[None] | None = None
        self._ends = False
        self._is_announced = False
        _fork.register(self)

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """See `Store.read`."""
        ends = time.monotonic() + wait_ms / 1000
        with self._changes.listen(key) as listener:
            while True:
                left = ends - time.monotonic()
                # At the end the entry is wanted whatever its version.
                known = unless_version if left > 0 else None
                found = _parsed(key, self._ask(_READ, *_read_arguments(key, known)), self._sightings)
                if found is not _UNCHANGED:
                    entry: Entry | None = found
                    return entry
                self._listen()
                listener.wait(min(left, _LOOK_EVERY if self._is_announced else _LOOK_EVERY_UNANNOUNCED))

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        """See `Store.compare_and_set`."""
        check_value(value)
        version = random_version()
        is_written = self._ask(_WRITE, *_write_arguments(key, expected, version, value, keep_seconds))
        # A client that sends again what it has not heard of is refused by its own first write.
        if not is_written and not self._ask(_STILL, _redis_key(key), version):
            return None
        self._sightings.age(key, version, 0)
        return version

    def close(self) -> None:
        """Ends listening to announcements. The client stays open: it is yours."""
        with self._lock:
            listener, self._ends = self._listener, True
        if listener is not None:
            listener.wait(2 * _LOOK_EVERY)

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        self._listener = None
        self._is_announced = False

    def _ask(self, script: _Script, *arguments: Any) -> Any:
        raw = {NEVER_DECODE: True}
        try:
            try:
                return self._client.execute_command("EVALSHA", script.hash, 1, *arguments, **raw)
            except redis.exceptions.NoScriptError:
                return self._client.execute_command("EVAL", script.text, 1, *arguments, **raw)
        except redis.exceptions.RedisError as error:
            failure = _meaning(error)
            if isinstance(error, redis.exceptions.ReadOnlyError):
                # It was the primary when we connected: its name may lead elsewhere by now.
                with contextlib.suppress(redis.exceptions.RedisError):
                    self._client.connection_pool.disconnect(inuse_connections=False)
        raise failure

    def _listen(self) -> None:
        """Sees to it that somebody listens to the announcements."""
        with self._lock:
            if self._listener is None:
                self._ends = False
                # Where no thread can be started readers look by themselves.
                with contextlib.suppress(RuntimeError):
                    self._listener = workers.begin(self._announce)

    def _announce(self) -> None:
        try:
            with self._client.pubsub() as announcements:
                announcements.subscribe(_CHANNEL)
                idle_since = time.monotonic()
                while time.monotonic() - idle_since < _LISTEN_ON and not self._ends:
                    if self._changes.is_waited_for:
                        idle_since = time.monotonic()
                    said = announcements.get_message(timeout=_LOOK_EVERY)
                    if said is not None:
                        self._is_announced = True
                        self._changes.announce(_key_in(said))
        except redis.exceptions.RedisError:
            # Refused, or away: readers look more often, and one of them tries again.
            time.sleep(_LOOK_EVERY)
        finally:
            with self._lock:
                self._listener, self._is_announced = None, False


class AsyncRedisStore:
    """For coroutines of one event loop, as its client is."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        if not isinstance(client, redis.asyncio.Redis):
            raise TypeError(f"client must be a redis.asyncio.Redis, not {type(client).__name__}")
        # What of it has types differs from version to version.
        self._client: Any = client
        self._changes = AsyncChanges()
        self._sightings = Sightings()
        self._listener: asyncio.Task[None] | None = None
        self._is_announced = False

    async def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        """See `Store.read`."""
        ends = time.monotonic() + wait_ms / 1000
        with self._changes.listen(key) as listener:
            while True:
                left = ends - time.monotonic()
                # At the end the entry is wanted whatever its version.
                known = unless_version if left > 0 else None
                answer = await self._ask(_READ, *_read_arguments(key, known))
                found = _parsed(key, answer, self._sightings)
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
        check_value(value)
        version = random_version()
        is_written = await self._ask(_WRITE, *_write_arguments(key, expected, version, value, keep_seconds))
        # A client that sends again what it has not heard of is refused by its own first write.
        if not is_written and not await self._ask(_STILL, _redis_key(key), version):
            return None
        self._sightings.age(key, version, 0)
        return version

    async def aclose(self) -> None:
        """Ends listening to announcements. The client stays open: it is yours."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener

    async def _ask(self, script: _Script, *arguments: Any) -> Any:
        raw = {NEVER_DECODE: True}
        try:
            try:
                return await self._client.execute_command("EVALSHA", script.hash, 1, *arguments, **raw)
            except redis.exceptions.NoScriptError:
                return await self._client.execute_command("EVAL", script.text, 1, *arguments, **raw)
        except redis.exceptions.RedisError as error:
            failure = _meaning(error)
            if isinstance(error, redis.exceptions.ReadOnlyError):
                # It was the primary when we connected: its name may lead elsewhere by now.
                with contextlib.suppress(redis.exceptions.RedisError):
                    await self._client.connection_pool.disconnect(inuse_connections=False)
        raise failure

    async def _announce(self) -> None:
        try:
            async with _subscribed(self._client) as announcements:
                idle_since = time.monotonic()
                while time.monotonic() - idle_since < _LISTEN_ON:
                    if self._changes.is_waited_for:
                        idle_since = time.monotonic()
                    said = await announcements.get_message(timeout=_LOOK_EVERY)
                    if said is not None:
                        self._is_announced = True
                        self._changes.announce(_key_in(said))
        except redis.exceptions.RedisError:
            # Refused, or away: readers look more often, and one of them tries again.
            await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._is_announced = False


@contextlib.asynccontextmanager
async def _subscribed(client: Any) -> AsyncIterator[Any]:
    announcements = client.pubsub()
    try:
        await announcements.subscribe(_CHANNEL)
        yield announcements
    finally:
        await announcements.aclose()


def _key_in(said: dict[str, Any]) -> str | None:
    """The key that was written. None where we only begin to be told: it may be any."""
    if said.get("type") != "message":
        return None
    data = said.get("data")
    return data.decode("ascii", "replace") if isinstance(data, bytes) else str(data)


#: Codes of a server that is expected to serve again by itself.
_NOT_READY = ("LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "NOREPLICAS")


def _meaning(error: redis.exceptions.RedisError) -> StoreError:
    """What an error means to a caller. The server's own words are not passed on: to a server that
    does not know a command they repeat its arguments, and one of them may be a password.
    """
    kinds = redis.exceptions
    said = str(error)
    # Redis 6 puts the code of a command within a script behind words of its own.
    code = said.split(": -")[-1].split(" ")[0] if ": -" in said else said.split(" ")[0]
    if isinstance(error, kinds.AuthenticationError):
        return StoreRefused("Redis refused the user name or the password, or wants one")
    if isinstance(error, kinds.ReadOnlyError) or code == "READONLY":
        return StoreUnavailable("this Redis is a replica: the client must name the primary")
    if isinstance(error, kinds.BusyLoadingError) or code in _NOT_READY:
        return StoreUnavailable("Redis is not ready")
    if isinstance(error, kinds.NoPermissionError) or "user executing the script can't" in said:
        return StoreRefused("the user may not do this in Redis: see its ACL")
    if isinstance(error, kinds.OutOfMemoryError) or code == "OOM":
        return StoreRefused("Redis is full: give it more memory. It must not make room by eviction")
    if code == "MISCONF":
        return StoreRefused("Redis cannot write its disk, and takes no writes")
    if code in ("DAMAGED", "WRONGTYPE"):
        return StoreRefused(
            "an entry in Redis is damaged, or from another release: if no newer release uses this "
            "Redis, delete it"
        )
    if isinstance(error, kinds.TimeoutError):
        return StoreUnavailable("Redis gave no answer in time")
    if isinstance(error, (kinds.ConnectionError, kinds.InvalidResponse)):
        return StoreUnavailable("the connection to Redis broke, or there is none")
    return StoreRefused(f"Redis refused ({type(error).__name__})")
