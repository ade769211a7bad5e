"""What every store promises, over the real servers. The names are those of the suite that the
Rust library holds its stores against (`host/src/store_contract.rs`).
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from support.servers import Postgres, Redis

from rpa_auth.stores import (
    LONGEST_VALUE,
    DirectoryStore,
    Entry,
    MemoryStore,
    Store,
    StoreRefused,
)
from rpa_auth.stores.postgres import AsyncPostgresStore, PostgresStore
from rpa_auth.stores.redis import AsyncRedisStore, RedisStore

#: Longer than the checks may run: who comes back before was not held back.
LONG_MS = 3_600_000

KINDS = ["memory", "directory", "redis", "redis-decoding", "redis-asyncio", "postgres", "postgres-asyncio"]


class Coroutines:
    """A store for coroutines, as threads see it."""

    def __init__(self, store: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        entry: Entry | None = self._done(self._store.read(key, unless_version, wait_ms))
        return entry

    def compare_and_set(self, key: str, expected: str | None, value: bytes, keep: int | None) -> str | None:
        version: str | None = self._done(self._store.compare_and_set(key, expected, value, keep))
        return version

    def close(self) -> None:
        self._done(self._store.aclose())

    def _done(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=60)


@pytest.fixture(params=KINDS)
def opened(
    request: pytest.FixtureRequest, folder: Path, background_loop: asyncio.AbstractEventLoop
) -> Iterator[Callable[[], Store]]:
    """Opens the same store each time, as another program would."""
    to_close: list[Callable[[], Any]] = []
    memory = MemoryStore()

    def open_one() -> Store:
        kind = request.param
        if kind == "memory":
            return memory
        if kind == "directory":
            return DirectoryStore(folder / "tokens")
        if kind.startswith("redis"):
            server: Redis = request.getfixturevalue("redis_server")
            if kind == "redis-asyncio":
                client = redis.asyncio.Redis.from_url(server.url)
                store = Coroutines(AsyncRedisStore(client), background_loop)
                to_close.append(lambda: store._done(client.aclose()))
                to_close.append(store.close)
                return store
            plain = redis.Redis.from_url(server.url, decode_responses=kind == "redis-decoding")
            to_close.append(plain.close)
            return RedisStore(plain)
        postgres: Postgres = request.getfixturevalue("postgres_server")
        if kind == "postgres-asyncio":
            both = Coroutines(AsyncPostgresStore(postgres.url), background_loop)
            to_close.append(both.close)
            return both
        threaded = PostgresStore(postgres.url)
        to_close.append(threaded.close)
        return threaded

    yield open_one
    for close in reversed(to_close):
        close()


def a_key() -> str:
    """A name that no entry has had."""
    return secrets.token_hex(32)


def made(store: Store, key: str, value: bytes, keep: int | None = 3600) -> str:
    version = store.compare_and_set(key, None, value, keep)
    assert version is not None
    return version


def there(store: Store, key: str) -> Entry:
    entry = store.read(key, None, 0)
    assert entry is not None
    return entry


def test_nothing_is_there_before_the_first_write(opened: Callable[[], Store]) -> None:
    assert opened().read(a_key(), None, 0) is None


def test_what_was_written_is_read_by_everybody(opened: Callable[[], Store]) -> None:
    key, one, other = a_key(), opened(), opened()
    version = made(one, key, b"first")
    for store in (one, other):
        assert (there(store, key).value, there(store, key).version) == (b"first", version)
    second = other.compare_and_set(key, version, b"second", 3600)
    for store in (one, other):
        assert (there(store, key).value, there(store, key).version) == (b"second", second)


def test_a_write_that_expects_another_version_changes_nothing(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    first = made(store, key, b"first")
    second = store.compare_and_set(key, first, b"second", 3600)
    for expected in (None, first, "", "0" * 32, f"{second}0"):
        assert store.compare_and_set(key, expected, b"third", 3600) is None
    assert (there(store, key).value, there(store, key).version) == (b"second", second)


def test_a_write_that_expects_a_version_where_nothing_is_makes_nothing(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    for expected in ("", "0" * 32):
        assert store.compare_and_set(key, expected, b"value", 3600) is None
    assert store.read(key, None, 0) is None


def test_entries_do_not_touch_each_other(opened: Callable[[], Store]) -> None:
    keys, store = [a_key() for _ in range(5)], opened()
    for number, key in enumerate(keys):
        made(store, key, b"%d" % number)
    assert [there(store, key).value for key in keys] == [b"0", b"1", b"2", b"3", b"4"]


def test_values_are_any_bytes_up_to_64_kib(opened: Callable[[], Store]) -> None:
    store = opened()
    for value in (b"", b"\n", b"\0\xff\xfe" * 100, bytes(range(256)) * (LONGEST_VALUE // 256)):
        key = a_key()
        made(store, key, value)
        assert there(store, key).value == value
    with pytest.raises(StoreRefused, match="at most 65536 bytes"):
        store.compare_and_set(a_key(), None, bytes(LONGEST_VALUE + 1), None)


def test_age_counts_from_the_write_and_starts_anew_with_the_next(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    before = time.monotonic()
    version = made(store, key, b"first")
    after = time.monotonic()
    time.sleep(0.3)
    # Who has not seen the write goes by the store's clock.
    for reader in (store, opened()):
        earliest, asked = time.monotonic() - after, time.monotonic()
        age = there(reader, key).age_ms / 1000
        latest = time.monotonic() - before
        assert earliest - 0.02 <= age <= latest + 0.02, asked
    store.compare_and_set(key, version, b"second", 3600)
    assert there(store, key).age_ms < 300


def test_an_entry_stays_for_its_time_and_can_be_made_anew_after_it(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    began = time.monotonic()
    version = made(store, key, b"first", keep=1)
    entry = store.read(key, None, 0)
    assert entry is not None or time.monotonic() - began >= 1
    while store.read(key, None, 0) is not None:
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    assert time.monotonic() - began >= 0.98
    assert store.compare_and_set(key, version, b"second", 3600) is None
    assert made(store, key, b"second") != version
    assert there(opened(), key).value == b"second"


def test_a_write_without_a_time_keeps_the_entry(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    version = made(store, key, b"first", keep=1)
    assert store.compare_and_set(key, version, b"second", None) is not None
    time.sleep(1.1)
    assert there(store, key).value == b"second"


def test_no_version_comes_again(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    versions = [made(store, key, b"same")]
    for _ in range(50):
        version = store.compare_and_set(key, versions[-1], b"same", 3600)
        assert version is not None
        versions.append(version)
    assert len(set(versions)) == len(versions)


def test_a_read_is_not_held_back_where_there_is_another_version_or_nothing(
    opened: Callable[[], Store],
) -> None:
    key, store = a_key(), opened()
    assert store.read(key, "0" * 32, LONG_MS) is None
    version = made(store, key, b"value")
    for known in (None, "0" * 32, ""):
        entry = store.read(key, known, LONG_MS)
        assert entry is not None and entry.version == version


def test_a_read_that_waits_ends_with_its_wait(opened: Callable[[], Store]) -> None:
    key, store = a_key(), opened()
    version = made(store, key, b"value")
    began = time.monotonic()
    entry = store.read(key, version, 200)
    assert entry is not None and entry.version == version
    assert time.monotonic() - began >= 0.19


def test_readers_that_wait_learn_of_a_write(opened: Callable[[], Store]) -> None:
    key, writer = a_key(), opened()
    version = made(writer, key, b"first")
    with ThreadPoolExecutor(8) as readers:
        waiting = [readers.submit(opened().read, key, version, LONG_MS) for _ in range(8)]
        time.sleep(0.5)
        assert not any(reader.done() for reader in waiting)
        second = writer.compare_and_set(key, version, b"second", 3600)
        for reader in waiting:
            entry = reader.result(timeout=60)
            assert entry is not None and (entry.value, entry.version) == (b"second", second)


def test_no_write_of_many_is_lost(opened: Callable[[], Store]) -> None:
    key = a_key()
    made(opened(), key, b"0")

    def add(_: int) -> None:
        store = opened()
        for _ in range(5):
            while True:
                entry = there(store, key)
                value = b"%d" % (int(entry.value) + 1)
                if store.compare_and_set(key, entry.version, value, 3600) is not None:
                    break

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(add, range(8)))
    assert there(opened(), key).value == b"40"


def test_of_many_who_make_an_entry_one_does(opened: Callable[[], Store]) -> None:
    key, together = a_key(), threading.Barrier(8)

    def make(number: int) -> str | None:
        store = opened()
        together.wait(timeout=60)
        return store.compare_and_set(key, None, b"%d" % number, 3600)

    with ThreadPoolExecutor(8) as writers:
        versions = [version for version in writers.map(make, range(8)) if version]
    assert versions == [there(opened(), key).version]


def test_what_is_no_key_is_refused(opened: Callable[[], Store]) -> None:
    store = opened()
    for key in ("", "a" * 63, "A" * 64, f"../{'a' * 61}", "é" * 64, "a" * 65, "a" * 64 + "\n"):
        with pytest.raises(StoreRefused, match="64 lower-case"):
            store.read(key, None, 0)
        with pytest.raises(StoreRefused, match="64 lower-case"):
            store.compare_and_set(key, None, b"", None)
