"""Measures the package against bare httpx, on simulators of the platforms, over loopback.

    RPA_AUTH_PROGRAMS=... RPA_AUTH_COMPONENTS=... PYTHONPATH=src:tests python bench/login.py

A login of the package and one of httpx alone go in turn, in one run, so that both meet the same
machine. Prints medians.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import redis
from support import robot
from support.places import COMPONENTS, PACKAGE
from support.servers import Redis, Simulators
from wasmtime import Store
from wasmtime.component import Component, Linker, Record, Variant

import rpa_auth
from rpa_auth import DirectoryStore, MemoryStore, Session, SessionKeys, _engine, _flow, aio
from rpa_auth._contract import Answer, FlowCallAuthenticate
from rpa_auth.stores.redis import RedisStore

ROUNDS = int(os.environ.get("ROUNDS", "400"))
LOGIN: dict[str, Any] = {
    "json": {"username": "ada", "password": "password"},
    "headers": {"Accept": "application/json"},
}


def in_turn(*calls: Callable[[], object]) -> list[float]:
    """The median of each, in milliseconds."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, took, strict=True):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) * 1000 for times in took]


async def in_turn_async(*calls: Callable[[], Awaitable[object]]) -> list[float]:
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, times in zip(calls, took, strict=True):
            began = time.perf_counter()
            await call()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) * 1000 for times in took]


def say(what: str, milliseconds: float, bare: float | None = None) -> None:
    ratio = "" if bare is None else f"   {milliseconds / bare:.2f} times bare httpx ({bare:.2f} ms)"
    print(f"{what:<46} {milliseconds:8.2f} ms{ratio}")


def logins(simulators: Simulators) -> None:
    account = robot.account_at(simulators.control_room)
    url = f"{simulators.control_room}/v2/authentication"
    with httpx.Client() as client:
        ours, bare = in_turn(
            lambda: rpa_auth.authenticate(account.control_room, account.credentials, client=client),
            lambda: client.post(url, **LOGIN).raise_for_status().json(),
        )
        say("a login, threads", ours, bare)
        own, plain = (
            processor_time(
                lambda: rpa_auth.authenticate(account.control_room, account.credentials, client=client),
                ROUNDS,
            ),
            processor_time(lambda: client.post(url, **LOGIN).raise_for_status().json(), ROUNDS),
        )
        say("  of it processor time of this process", own, plain)

    async def main() -> None:
        async with httpx.AsyncClient() as client:

            async def one() -> object:
                return await aio.authenticate(account.control_room, account.credentials, client=client)

            async def other() -> object:
                return (await client.post(url, **LOGIN)).raise_for_status().json()

            ours, bare = await in_turn_async(one, other)
            say("a login, coroutines", ours, bare)
            began = time.perf_counter()
            await asyncio.gather(*(one() for _ in range(50)))
            say("50 logins at one time, coroutines, each", (time.perf_counter() - began) / 50 * 1000)

    asyncio.run(main())


def stored(simulators: Simulators) -> None:
    keys = SessionKeys(os.urandom(32), os.urandom(32))
    server = Redis()
    try:
        with tempfile.TemporaryDirectory() as folder, redis.Redis.from_url(server.url) as client:
            stores: list[tuple[str, Any]] = [
                ("memory", MemoryStore()),
                ("a directory", DirectoryStore(Path(folder) / "tokens")),
                ("Redis", RedisStore(client)),
            ]
            for name, store in stores:
                session = Session(robot.account_at(simulators.control_room), store, keys)
                session.token()
                (took,) = in_turn(session.token)
                say(f"a token from {name}", took)
            (bare,) = in_turn(lambda: client.hgetall("rpa-auth:none"))
            say("one question to Redis, for comparison", bare)
    finally:
        server.close()


def own_way() -> None:
    """A step of the component by this package's way into it, and by wasmtime's own classes."""
    engine = _engine.runtime()._engine
    store = Store(engine)
    component = Component(engine, (COMPONENTS / _engine.FLOWS).read_bytes())
    instance = Linker(engine).instantiate(store, component)
    interface = instance.get_export_index(store, "rpa:auth/flow-steps@0.1.0")
    index = instance.get_export_index(store, "next", interface)
    stock: Any = instance.get_func(store, index) if index else None
    account = robot.account_at("https://cr.example.com")
    ours = FlowCallAuthenticate((account.control_room, account.credentials))
    room = record(url="https://cr.example.com", api="v2", transport=None)
    ada = record(username="ada", secret=Variant("password", "password"), mfa_code=None, multiple_login=None)
    theirs = Variant("authenticate", (room, ada))
    for length in (4_000, 260_000):
        body = b'{"token":"%s"}' % (b"t" * length)
        answer = Answer(status=200, content_type="application/json", body=body, received_at_seconds=1)
        fields = {name: getattr(answer, name) for name in Answer.__match_args__}
        rounds = 200 if length < 10_000 else 5
        took = processor_time(lambda: _flow._step(ours, [answer]), rounds)  # noqa: B023
        plain = processor_time(lambda: stock(store, theirs, [record(**fields)]), rounds)  # noqa: B023
        print(
            f"{f'an answer of {length} bytes, processor time':<46} {took:8.2f} ms   by wasmtime's classes {plain:.2f} ms"
        )


def record(**fields: Any) -> Any:
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def processor_time(call: Callable[[], object], rounds: int) -> float:
    call()
    began = time.process_time()
    for _ in range(rounds):
        call()
    return (time.process_time() - began) / rounds * 1000


def steps() -> None:
    """What the component can do on several threads: it runs without the interpreter's lock."""
    account = robot.account_at("https://cr.example.com")
    call = FlowCallAuthenticate((account.control_room, account.credentials))
    answer = Answer(status=200, content_type="application/json", body=b'{"token":"t"}', received_at_seconds=1)

    def one_hundred(_: int) -> None:
        for _ in range(100):
            _flow._step(call, [answer])

    for count in (1, 2, 8):
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(one_hundred, range(count)))
            began = time.perf_counter()
            list(threads.map(one_hundred, range(4 * count)))
            took = time.perf_counter() - began
        say(f"a step of the component, {count} threads, each", took / (400 * count) * 1000)


def starts() -> None:
    """In a process of its own each, with a cache of its own: processor time, which other programs
    on the machine change little.
    """
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    with tempfile.TemporaryDirectory() as folder:
        environment["XDG_CACHE_HOME"] = folder
        nothing = of_a_process("", environment, 7)
        say("python itself, processor time", nothing)
        for what, script in [
            ("import httpx", "import httpx"),
            ("import wasmtime", "import wasmtime, wasmtime.component"),
            ("import rpa_auth (with both)", "import rpa_auth"),
            (
                "  and load the component, first time",
                "import rpa_auth._engine as e; e.runtime().load(e.FLOWS)",
            ),
            ("  and load it compiled", "import rpa_auth._engine as e; e.runtime().load(e.FLOWS)"),
            (
                "  and that of sessions, first time",
                "import rpa_auth._engine as e; e.runtime().load(e.SESSIONS)",
            ),
            ("  and load that compiled", "import rpa_auth._engine as e; e.runtime().load(e.SESSIONS)"),
        ]:
            say(what, of_a_process(script, environment, 1 if "first" in what else 7) - nothing)


def of_a_process(script: str, environment: dict[str, str], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(took) * 1000


def main() -> None:
    simulators = Simulators()
    try:
        logins(simulators)
        stored(simulators)
        steps()
        own_way()
    finally:
        simulators.close()
    starts()


if __name__ == "__main__":
    main()
