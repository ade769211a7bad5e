"""What the stores over servers make of a Redis and a PostgreSQL that are away, refuse, or lose
their memory; and that nothing of a password is said.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import redis
import redis.asyncio
from support.both import both
from support.servers import Postgres, Process, Redis, free_port, is_open
from support.swallowing import SwallowingProxy

from rpa_auth.stores import Entry, StoreError, StoreRefused, StoreUnavailable
from rpa_auth.stores import postgres as postgres_store
from rpa_auth.stores import redis as redis_store
from rpa_auth.stores.postgres import AsyncPostgresStore, PostgresStore
from rpa_auth.stores.redis import AsyncRedisStore, RedisStore

KEY = "5d" * 32


def a_key() -> str:
    return secrets.token_hex(32)


@pytest.fixture(scope="module")
def a_redis() -> Iterator[Redis]:
    server = Redis()
    yield server
    server.close()


@pytest.fixture
def own_redis(a_redis: Redis) -> Iterator[Redis]:
    """One that a test may stop and change. It is empty, and set back after it."""
    yield a_redis
    with redis.Redis.from_url(a_redis.url) as plain:
        plain.config_set("maxmemory", "0")
        plain.execute_command("ACL", "DELUSER", "robot")
        plain.flushall()


@pytest.fixture(scope="module")
def a_postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def own_postgres(a_postgres: Postgres) -> Iterator[Postgres]:
    """One that a test may stop and change. It has no table at first."""
    yield a_postgres
    with psycopg.connect(a_postgres.url, autocommit=True) as plain:
        plain.execute("DROP TABLE IF EXISTS rpa_auth_entries")


class Asked:
    """A store of each kind, asked the same."""

    def __init__(self, kind: str, url: str, **options: Any) -> None:
        self._kind = kind
        self._url = url
        self._options = options
        self._store: Any = None
        self._client: Any = None
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._open())

    async def _open(self) -> None:
        if self._url.startswith("redis"):
            kind = redis.asyncio.Redis if self._kind == "coroutines" else redis.Redis
            self._client = kind.from_url(self._url, **self._options)
            self._store = (AsyncRedisStore if self._kind == "coroutines" else RedisStore)(self._client)
        else:
            self._store = (AsyncPostgresStore if self._kind == "coroutines" else PostgresStore)(self._url)

    def read(self, key: str, unless: str | None = None, wait_ms: int = 0) -> Entry | None:
        entry: Entry | None = self._done(self._store.read(key, unless, wait_ms))
        return entry

    def write(self, key: str, expected: str | None, value: bytes = b"value") -> str | None:
        version: str | None = self._done(self._store.compare_and_set(key, expected, value, 3600))
        return version

    def _done(self, made: Any) -> Any:
        return self._loop.run_until_complete(made) if self._kind == "coroutines" else made

    def close(self) -> None:
        for one in (self._store, self._client):
            close = getattr(one, "aclose" if self._kind == "coroutines" else "close", None)
            if close is not None:
                self._done(close())
        self._loop.close()

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def failure(asked: Asked) -> StoreError:
    with pytest.raises(StoreError) as raised:
        asked.read(KEY)
    with pytest.raises(type(raised.value)):
        asked.write(KEY, None)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value


@both
@pytest.mark.parametrize(
    "scheme", ["redis://:s3cret@127.0.0.1:{}", "postgres://robot:s3cret@127.0.0.1:{}/robots"]
)
def test_a_server_that_is_not_there_is_unavailable(kind: str, scheme: str) -> None:
    with Asked(kind, scheme.format(free_port())) as asked:
        error = failure(asked)
    assert isinstance(error, StoreUnavailable)
    assert "s3cret" not in str(error)


@both
@pytest.mark.parametrize("what", ["redis", "postgres"])
def test_a_login_that_is_refused_is_told_without_its_password(
    kind: str, what: str, request: pytest.FixtureRequest
) -> None:
    server: Any = request.getfixturevalue(f"{what}_server")
    with Asked(kind, server.url.replace(server.PASSWORD, "wr0ng-s3cret")) as asked:
        error = failure(asked)
    assert isinstance(error, StoreRefused if what == "redis" else (StoreRefused, StoreUnavailable))
    assert "wr0ng-s3cret" not in f"{error} {error!r} {error.__dict__}"


@both
def test_what_stands_in_a_redis_is_there_after_its_restart(kind: str, own_redis: Redis) -> None:
    with Asked(kind, own_redis.url) as asked:
        version = asked.write(KEY, None)
        own_redis.stop()
        assert isinstance(failure(asked), StoreUnavailable)
        own_redis.run()
        ends = time.monotonic() + 30
        while True:
            try:
                entry = asked.read(KEY)
                break
            except StoreUnavailable:
                assert time.monotonic() < ends
                time.sleep(0.05)
        assert entry is not None
        assert entry.version == version
        # The age goes on, though the server is another run.
        assert entry.age_ms < 60_000
        assert asked.write(KEY, version) is not None


@both
def test_what_stands_in_a_postgresql_is_there_after_its_restart(kind: str, own_postgres: Postgres) -> None:
    with Asked(kind, own_postgres.url) as asked:
        version = asked.write(KEY, None)
        own_postgres.stop()
        assert isinstance(failure(asked), StoreUnavailable)
        own_postgres.run()
        entry = asked.read(KEY)
        assert entry is not None
        assert entry.version == version
        assert entry.age_ms < 60_000
        assert asked.write(KEY, version) is not None


# --- Redis


@both
def test_an_entry_lies_in_the_hash_that_is_documented(kind: str, redis_server: Redis) -> None:
    key = a_key()
    with Asked(kind, redis_server.url) as asked, redis.Redis.from_url(redis_server.url) as plain:
        version = asked.write(key, None, b"value\0")
        held: Any = plain.hgetall(f"rpa-auth:{key}")
        assert set(held) == {b"version", b"value", b"written", b"run", b"wall"}
        assert (held[b"version"].decode(), held[b"value"]) == (version, b"value\0")
        info: Any = plain.info("server")
        assert held[b"run"].decode() == info["run_id"]
        for name in (b"written", b"wall"):
            assert abs(int(held[name]) - time.time() * 1000) < 60_000
        left: Any = plain.pttl(f"rpa-auth:{key}")
        assert 3_500_000 < left <= 3_600_000


@both
def test_a_write_is_announced_with_the_key(kind: str, redis_server: Redis) -> None:
    key = a_key()
    with Asked(kind, redis_server.url) as asked, redis.Redis.from_url(redis_server.url) as plain:
        with plain.pubsub(ignore_subscribe_messages=True) as heard:
            heard.subscribe("rpa-auth:changes")
            heard.get_message(timeout=5)
            asked.write(key, None)
            ends = time.monotonic() + 30
            said = None
            while said is None or said["data"] != key.encode():
                assert time.monotonic() < ends
                said = heard.get_message(timeout=1)


@both
def test_scripts_that_the_server_forgot_are_told_again(kind: str, redis_server: Redis) -> None:
    key = a_key()
    with Asked(kind, redis_server.url) as asked, redis.Redis.from_url(redis_server.url) as plain:
        version = asked.write(key, None)
        plain.script_flush()
        assert asked.write(key, version) is not None
        plain.script_flush()
        assert asked.read(key) is not None


@both
def test_a_replica_is_refused_and_not_written_to(kind: str, own_redis: Redis) -> None:
    with Asked(kind, own_redis.url) as asked, redis.Redis.from_url(own_redis.url) as plain:
        plain.replicaof("127.0.0.1", own_redis.port + 1)
        error = failure(asked)
        assert isinstance(error, StoreUnavailable)
        assert "replica" in str(error)
        plain.replicaof("NO", "ONE")
        assert asked.write(KEY, None) is not None


@both
def test_an_entry_that_is_none_of_ours_is_refused_and_left_alone(kind: str, redis_server: Redis) -> None:
    key = a_key()
    with Asked(kind, redis_server.url) as asked, redis.Redis.from_url(redis_server.url) as plain:
        plain.hset(f"rpa-auth:{key}", "version", "1")
        with pytest.raises(StoreRefused, match="damaged"):
            asked.read(key)
        with pytest.raises(StoreRefused, match="damaged"):
            asked.write(key, None)
        plain.delete(f"rpa-auth:{key}")
        plain.set(f"rpa-auth:{key}", "text")
        with pytest.raises(StoreRefused, match="damaged"):
            asked.read(key)
        plain.delete(f"rpa-auth:{key}")


@both
def test_a_redis_that_is_full_says_so(kind: str, own_redis: Redis) -> None:
    with Asked(kind, own_redis.url) as asked, redis.Redis.from_url(own_redis.url) as plain:
        version = asked.write(KEY, None)
        plain.config_set("maxmemory", "1")
        with pytest.raises(StoreRefused, match="more memory"):
            asked.write(KEY, version)
        assert asked.read(KEY) is not None


@both
def test_a_user_who_may_not_listen_learns_of_writes_all_the_same(kind: str, own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url) as plain:
        rights = [
            "~rpa-auth:*",
            "+@read",
            "+@write",
            "+@scripting",
            "+time",
            "+info",
            "+role",
            "resetchannels",
        ]
        plain.execute_command("ACL", "SETUSER", "robot", "on", ">r0bot-pa55", *rights)
    robot = own_redis.url.replace(f":{own_redis.PASSWORD}@", "robot:r0bot-pa55@")
    with Asked(kind, robot) as reader, Asked("threads", own_redis.url) as writer:
        version = writer.write(KEY, None)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(reader.read, KEY, version, 60_000)
            time.sleep(0.3)
            second = writer.write(KEY, version, b"second")
            entry = waiting.result(timeout=30)
        assert entry is not None
        assert entry.version == second


@both
def test_a_user_without_rights_is_told(kind: str, own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url) as plain:
        plain.execute_command("ACL", "SETUSER", "robot", "on", ">r0bot-pa55", "~other:*", "+@all")
    with Asked(kind, own_redis.url.replace(f":{own_redis.PASSWORD}@", "robot:r0bot-pa55@")) as asked:
        error = failure(asked)
    assert isinstance(error, StoreRefused)
    assert "ACL" in str(error)


@both
def test_a_write_whose_answer_was_lost_and_that_was_sent_again_counts_as_written(
    kind: str, redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a client does that tries again by itself."""
    key = a_key()
    with Asked(kind, redis_server.url) as asked:
        asked.write(a_key(), None)
        send = asked._client.execute_command

        def twice(*arguments: Any, **options: Any) -> Any:
            if kind == "threads":
                send(*arguments, **options)
                return send(*arguments, **options)

            async def both_times() -> Any:
                await send(*arguments, **options)
                return await send(*arguments, **options)

            return both_times()

        monkeypatch.setattr(asked._client, "execute_command", twice)
        version = asked.write(key, None)
        assert version is not None
        entry = asked.read(key)
        assert entry is not None
        assert entry.version == version


def test_a_client_of_another_kind_is_refused() -> None:
    for store in (RedisStore, AsyncRedisStore):
        with pytest.raises(TypeError, match="client must be"):
            store("redis://:s3cret@h")  # type: ignore[arg-type]
    for kind in (PostgresStore, AsyncPostgresStore):
        with pytest.raises(TypeError, match="connect must be"):
            kind(7)  # type: ignore[arg-type]


# --- PostgreSQL


@both
def test_an_entry_lies_in_the_row_that_is_documented(kind: str, postgres_server: Postgres) -> None:
    key = a_key()
    with Asked(kind, postgres_server.url) as asked, psycopg.connect(postgres_server.url) as plain:
        version = asked.write(key, None, b"value\0")
        started = "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text"
        row = plain.execute(
            f"SELECT version, value, written - now() < '1 min', expires - written, run = {started}, wall FROM "
            "rpa_auth_entries WHERE key = %s",
            [key],
        ).fetchone()
        assert row is not None
        assert (row[0], row[1], row[2], row[4]) == (version, b"value\0", True, True)
        # The server's clock is read twice.
        assert 3600 <= row[3].total_seconds() < 3660
        assert abs(row[5] - time.time() * 1000) < 60_000


@both
def test_a_connection_that_is_lost_is_made_anew(kind: str, postgres_server: Postgres) -> None:
    key = a_key()
    with Asked(kind, postgres_server.url) as asked:
        version = asked.write(key, None)
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'robot'"
        postgres_server.say(end)
        # A read can be repeated.
        assert asked.read(key) is not None
        postgres_server.say(end)
        with pytest.raises(StoreUnavailable):
            asked.write(key, version)
        assert asked.write(key, version) is not None


@both
def test_an_answer_that_never_comes_costs_one_call(
    kind: str, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_store, "_ANSWER", 0.3)
    key = a_key()
    with SwallowingProxy(postgres_server.port) as proxy:
        url = postgres_server.url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
        with Asked(kind, url) as asked:
            version = asked.write(key, None)
            for what in (lambda: asked.read(key), lambda: asked.write(key, version)):
                proxy.swallow()
                with ThreadPoolExecutor(1) as threads:
                    waiting = threads.submit(what)
                    try:
                        with pytest.raises(StoreUnavailable, match="no answer within"):
                            waiting.result(timeout=30)
                    finally:
                        proxy.end()
                entry = asked.read(key)
                assert entry is not None


@both
def test_an_answer_that_never_comes_while_a_connection_is_opened_costs_one_call(
    kind: str, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_store, "_ANSWER", 0.3)
    with SwallowingProxy(postgres_server.port) as proxy:
        url = postgres_server.url.replace(f":{postgres_server.port}/", f":{proxy.port}/")
        connect = postgres_store._opened_by
        async_connect = postgres_store._async_opened_by

        def connected(string: str) -> Any:
            try:
                return connect(string)
            finally:
                proxy.swallow()

        async def async_connected(string: str) -> Any:
            try:
                return await async_connect(string)
            finally:
                proxy.swallow()

        with monkeypatch.context() as patch, Asked(kind, url) as asked:
            patch.setattr(postgres_store, "_opened_by", connected)
            patch.setattr(postgres_store, "_async_opened_by", async_connected)
            with ThreadPoolExecutor(1) as threads:
                waiting = threads.submit(asked.read, KEY)
                try:
                    with pytest.raises(StoreUnavailable, match="no answer within"):
                        waiting.result(timeout=30)
                finally:
                    proxy.end()
            patch.undo()
            assert asked.read(a_key()) is None


@both
def test_a_table_that_is_gone_is_made_anew(kind: str, own_postgres: Postgres) -> None:
    with Asked(kind, own_postgres.url) as asked:
        asked.write(KEY, None)
        with psycopg.connect(own_postgres.url, autocommit=True) as plain:
            plain.execute("DROP TABLE rpa_auth_entries")
        with pytest.raises(StoreUnavailable, match="makes it anew"):
            asked.read(KEY)
        assert asked.read(KEY) is None
        assert asked.write(KEY, None) is not None


@both
def test_a_user_who_may_not_make_the_table_is_told_where_to_look(kind: str, own_postgres: Postgres) -> None:
    own_postgres.say("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'gu3st-pa55'")
    guest = own_postgres.url.replace(f"robot:{own_postgres.PASSWORD}", "guest:gu3st-pa55")
    with Asked(kind, guest) as asked:
        error = failure(asked)
    assert isinstance(error, StoreRefused)
    assert "docs/stores.md" in str(error)


@both
def test_rows_that_have_run_out_are_deleted_by_later_writes(kind: str, own_postgres: Postgres) -> None:
    old = a_key()
    with Asked(kind, own_postgres.url) as asked, psycopg.connect(own_postgres.url, autocommit=True) as plain:
        asked.write(KEY, None)
        plain.execute(
            "INSERT INTO rpa_auth_entries SELECT %s, version, value, written, now() - interval '1 s', run, wall "
            "FROM rpa_auth_entries",
            [old],
        )
        assert asked.read(old) is None
        asked._store._swept = float("-inf")
        asked.write(a_key(), None)
        count = plain.execute("SELECT count(*) FROM rpa_auth_entries WHERE key = %s", [old]).fetchone()
        assert count == (0,)


@both
@pytest.mark.parametrize("what", ["redis", "postgres"])
def test_an_announcement_wakes_who_waits(
    kind: str, what: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not their own look, which here comes too late."""
    server: Any = request.getfixturevalue(f"{what}_server")
    module = {"redis": redis_store, "postgres": postgres_store}[what]
    key = a_key()
    with Asked(kind, server.url) as reader, Asked("threads", server.url) as writer:
        version = writer.write(key, None)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(reader.read, key, version, 3_600_000)
            ends = time.monotonic() + 30
            while not reader._store._is_announced:
                assert time.monotonic() < ends
                time.sleep(0.02)
            monkeypatch.setattr(module, "_LOOK_EVERY", 3600.0)
            # The wait that is under way is one of a second.
            time.sleep(1.5)
            writer.write(key, version, b"second")
            entry = waiting.result(timeout=60)
            monkeypatch.undo()
        assert entry is not None
        assert entry.value == b"second"


@both
def test_many_readers_that_wait_have_two_connections(kind: str, own_postgres: Postgres) -> None:
    def connections() -> int:
        with psycopg.connect(own_postgres.url) as plain:
            row = plain.execute(
                "SELECT count(*) - 1 FROM pg_stat_activity WHERE usename = 'robot'"
            ).fetchone()
            assert row is not None
            return int(row[0])

    if kind == "threads":
        store = PostgresStore(own_postgres.url)
        version = store.compare_and_set(KEY, None, b"value", None)
        with ThreadPoolExecutor(20) as threads:
            waiting = [threads.submit(store.read, KEY, version, 60_000) for _ in range(20)]
            time.sleep(0.5)
            assert connections() <= 2
            store.compare_and_set(KEY, version, b"second", None)
            entries = [call.result(timeout=30) for call in waiting]
            assert {entry.value for entry in entries if entry} == {b"second"}
        store.close()
        return

    async def main() -> None:
        store = AsyncPostgresStore(own_postgres.url)
        version = await store.compare_and_set(KEY, None, b"value", None)
        waiting = [asyncio.create_task(store.read(KEY, version, 60_000)) for _ in range(20)]
        await asyncio.sleep(0.5)
        assert await asyncio.to_thread(connections) <= 2
        await store.compare_and_set(KEY, version, b"second", None)
        entries = await asyncio.wait_for(asyncio.gather(*waiting), 30)
        assert {entry.value for entry in entries if entry} == {b"second"}
        await store.aclose()

    asyncio.run(main())


def test_a_statement_that_is_given_up_leaves_no_answer_for_the_next(own_postgres: Postgres) -> None:
    async def main() -> None:
        store = AsyncPostgresStore(own_postgres.url)
        version = await store.compare_and_set(KEY, None, b"value", None)
        for _ in range(20):
            task = asyncio.create_task(store.read(a_key(), None, 0))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            entry = await store.read(KEY, None, 0)
            assert entry is not None
            assert entry.version == version
        await store.aclose()

    asyncio.run(main())


def test_a_function_that_connects_serves(postgres_server: Postgres) -> None:
    key = a_key()
    store = PostgresStore(lambda: psycopg.connect(postgres_server.url))
    version = store.compare_and_set(key, None, b"value", None)
    store.close()

    async def main() -> None:
        own = AsyncPostgresStore(lambda: psycopg.AsyncConnection.connect(postgres_server.url))
        entry = await own.read(key, None, 0)
        assert entry is not None
        assert entry.version == version
        await own.aclose()

    asyncio.run(main())


def test_the_servers_of_these_tests_end_with_them() -> None:
    server: Process = Redis()
    server.close()
    assert not is_open(server.port)
    assert not server.folder.exists()
