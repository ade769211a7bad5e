"""Sessions: many callers, interruptions, stores that fail, forks, and what is left of a call."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from support.both import CREDENTIALS, SECRET, both, room
from support.http_server import HttpServer, Received, Said
from support.places import PACKAGE
from support.raw_server import RawServer, answer_nothing

import rpa_auth
from rpa_auth import (
    AsyncSession,
    AuthError,
    ControlRoomAccount,
    Entry,
    MemoryStore,
    Origin,
    Session,
    SessionKeys,
    State,
    StoreUnavailable,
    _bridge,
    _workers,
)
from rpa_auth._home import Home

KEYS = SessionKeys(bytes([1] * 32), bytes([2] * 32))
JSON = [("content-type", "application/json")]
A_TEXT: Any = "text"


class Platform:
    """A Control Room that gives one token after the other, and can be made slow."""

    def __init__(self) -> None:
        self.logins = 0
        self.go_on = threading.Event()
        self.go_on.set()
        self.is_asked = threading.Event()

    def __call__(self, received: Received) -> Said:
        if received.path == "/v2/authentication":
            self.logins += 1
            number = self.logins
            self.is_asked.set()
            self.go_on.wait(60)
            return Said(200, JSON, b'{"token":"t0k3n-%d"}' % number)
        valid = b"true" if b"t0k3n-%d" % self.logins in received.path.encode() else b"false"
        return Said(200, JSON, b'{"valid":%s}' % valid)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def server(platform: Platform) -> Iterator[HttpServer]:
    with HttpServer(platform) as server:
        yield server
        platform.go_on.set()


def account(server: HttpServer | RawServer, **transport: Any) -> ControlRoomAccount:
    return ControlRoomAccount(room(server.origin, **transport), CREDENTIALS)


# --- Many callers


def test_many_threads_of_one_session_share_a_login(platform: Platform, server: HttpServer) -> None:
    platform.go_on.clear()
    session = Session(account(server), MemoryStore(), KEYS)
    with ThreadPoolExecutor(30) as threads:
        waiting = [threads.submit(session.token) for _ in range(30)]
        assert platform.is_asked.wait(60)
        platform.go_on.set()
        grants = [call.result(timeout=60) for call in waiting]
    assert {grant.token.value for grant in grants} == {"t0k3n-1"}
    assert [grant.origin for grant in grants].count(Origin.LOGIN) == 1
    assert platform.logins == 1


def test_many_tasks_of_two_sessions_share_a_login(platform: Platform, server: HttpServer) -> None:
    async def main() -> list[Any]:
        store = MemoryStore()
        sessions = [AsyncSession(account(server), store, KEYS) for _ in range(2)]
        platform.go_on.clear()
        waiting = [asyncio.create_task(sessions[number % 2].token()) for number in range(50)]
        assert await asyncio.to_thread(platform.is_asked.wait, 60)
        platform.go_on.set()
        return list(await asyncio.gather(*waiting))

    grants = asyncio.run(main())
    assert {grant.token.value for grant in grants} == {"t0k3n-1"}
    assert platform.logins == 1


def test_threads_and_tasks_share_a_store(platform: Platform, server: HttpServer) -> None:
    store = MemoryStore()
    first = Session(account(server), store, KEYS).token()
    second = asyncio.run(AsyncSession(account(server), store, KEYS).token())
    assert (second.token.value, second.origin) == (first.token.value, Origin.STORE)
    assert platform.logins == 1


def test_a_login_that_is_slower_than_its_wait_is_heard(platform: Platform, server: HttpServer) -> None:
    """The lease is extended while the request is in flight."""
    platform.go_on.clear()
    writes: list[float] = []

    class Watched(MemoryStore):
        def compare_and_set(self, *arguments: Any) -> str | None:
            writes.append(time.monotonic())
            return super().compare_and_set(*arguments)

    session = Session(account(server), Watched(), KEYS)
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(session.token)
        assert platform.is_asked.wait(60)
        before = len(writes)
        ends = time.monotonic() + 60
        while len(writes) == before:
            assert time.monotonic() < ends
            time.sleep(0.05)
        platform.go_on.set()
        assert call.result(timeout=60).origin is Origin.LOGIN


def test_more_calls_than_may_be_under_way_end_with_their_patience(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, server: HttpServer
) -> None:
    from rpa_auth import session as module

    monkeypatch.setattr(module, "_CALLS", 1)
    platform.go_on.clear()
    threaded = Session(account(server), MemoryStore(), KEYS, patience_ms=300)
    with ThreadPoolExecutor(1) as threads:
        # Its login has left, so it is heard whatever the patience.
        waiting = threads.submit(threaded.token)
        assert platform.is_asked.wait(60)
        with pytest.raises(rpa_auth.TooManyCalls, match="1 calls"):
            threaded.token()
        # What operators ask comes through.
        assert threaded.status().state is State.RENEWING
        platform.go_on.set()
        assert waiting.result(timeout=60).origin is Origin.LOGIN


# --- Interruptions


def test_a_login_goes_on_where_its_task_is_cancelled(platform: Platform, server: HttpServer) -> None:
    async def main() -> Any:
        session = AsyncSession(account(server), MemoryStore(), KEYS)
        platform.go_on.clear()
        task = asyncio.create_task(session.token())
        assert await asyncio.to_thread(platform.is_asked.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        platform.go_on.set()
        return await session.token()

    grant = asyncio.run(main())
    assert (grant.token.value, platform.logins) == ("t0k3n-1", 1)


INTERRUPTED = """
import os, signal, sys, threading, time
import rpa_auth as r
# Whoever starts the tests in the background has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
room = r.ControlRoom(sys.argv[1], r.ControlRoomApi.V2, r.TransportOptions(allow_http=True))
keys = r.SessionKeys(bytes([1] * 32), bytes([2] * 32))
ada = r.ControlRoomCredentials("ada", r.Password("pa55-w0rd"))
session = r.Session(r.ControlRoomAccount(room, ada), r.MemoryStore(), keys)
if sys.argv[2] == "session":
    call = session.token
else:
    call = lambda: r.authenticate(room, ada)
began = time.monotonic()
try:
    call()
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began < 5, flush=True)
if sys.argv[2] == "session":
    print(session.token().token.value, flush=True)
"""


@pytest.mark.parametrize("what", ["session", "login"])
def test_ctrl_c_ends_a_wait_at_once_and_a_sessions_login_goes_on(
    what: str, platform: Platform, server: HttpServer
) -> None:
    platform.go_on.clear()
    program = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, server.origin, what],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert platform.is_asked.wait(60)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "interrupted True\n"
    platform.go_on.set()
    rest = program.communicate(timeout=60)[0]
    assert rest == ("t0k3n-1\n" if what == "session" else "")
    assert platform.logins == 1


# --- Stores that fail


class Failing:
    """A store that does what a test says."""

    def __init__(self, behaviour: Callable[[], Any]) -> None:
        self._behaviour = behaviour
        self._memory = MemoryStore()
        self.fails = True

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        if self.fails:
            answer: Entry | None = self._behaviour()
            return answer
        return self._memory.read(key, unless_version, wait_ms)

    def compare_and_set(self, key: str, expected: str | None, value: bytes, keep: int | None) -> str | None:
        return self._memory.compare_and_set(key, expected, value, keep)


class AsyncFailing(Failing):
    async def read(self, *arguments: Any) -> Entry | None:  # type: ignore[override]
        return super().read(*arguments)

    async def compare_and_set(self, *arguments: Any) -> str | None:  # type: ignore[override]
        return super().compare_and_set(*arguments)


def raised(error: BaseException) -> Callable[[], Any]:
    def behave() -> Any:
        raise error

    return behave


@both
@pytest.mark.parametrize(
    ("behaviour", "error", "text"),
    [
        (raised(StoreUnavailable("the disk is away")), rpa_auth.StoreUnavailable, "the disk is away"),
        (raised(rpa_auth.StoreRefused("the disk is full")), rpa_auth.StoreRefused, "the disk is full"),
        (raised(RuntimeError(SECRET)), rpa_auth.StoreUnavailable, "the store raised RuntimeError"),
        (raised(OSError(5, SECRET)), rpa_auth.StoreUnavailable, "the store raised OSError"),
        (lambda: "entry", rpa_auth.StoreUnavailable, "the store gave no entry"),
        (
            lambda: Entry(value=A_TEXT, version="v", age_ms=0),
            rpa_auth.StoreUnavailable,
            "entry.value must be bytes",
        ),
        (
            lambda: Entry(value=b"", version="v", age_ms=-1),
            rpa_auth.StoreUnavailable,
            "entry.age_ms must be from 0",
        ),
    ],
)
def test_a_store_that_fails_costs_the_call_an_error_and_the_next_one_works(
    kind: str,
    behaviour: Callable[[], Any],
    error: type[AuthError],
    text: str,
    platform: Platform,
    server: HttpServer,
) -> None:
    store = Failing(behaviour) if kind == "threads" else AsyncFailing(behaviour)
    opened: Any = Session if kind == "threads" else AsyncSession
    session = opened(account(server), store, KEYS, patience_ms=600)

    def token() -> Any:
        return session.token() if kind == "threads" else asyncio.run(session.token())

    with pytest.raises(error, match=text) as failed:
        token()
    store.fails = False
    grant = token()
    assert SECRET not in str(failed.value)
    assert (grant.origin, platform.logins) == (Origin.LOGIN, 1)


@both
def test_a_store_that_never_answers_is_away(
    kind: str, monkeypatch: pytest.MonkeyPatch, platform: Platform, server: HttpServer
) -> None:
    from rpa_auth import _steps
    from rpa_auth import session as module

    for place in (module, _steps):
        monkeypatch.setattr(place, "STORE_LIMIT", 0.2)
    ended = threading.Event()

    async def silent() -> None:
        await asyncio.sleep(60)

    class Silent(AsyncFailing):
        async def read(self, *arguments: Any) -> Entry | None:  # type: ignore[override]
            await silent()
            return None

    with pytest.raises(StoreUnavailable, match="no answer"):
        if kind == "threads":
            Session(account(server), Failing(lambda: ended.wait(60)), KEYS, patience_ms=300).status()
        else:
            asyncio.run(AsyncSession(account(server), Silent(lambda: None), KEYS, patience_ms=300).status())
    ended.set()
    assert platform.logins == 0


def test_a_store_for_coroutines_is_refused_by_threads(server: HttpServer) -> None:
    with pytest.raises(rpa_auth.InvalidArgument, match="AsyncSession"):
        Session(account(server), AsyncFailing(lambda: None), KEYS)  # type: ignore[arg-type]


# --- The component


@both
def test_a_trap_costs_the_calls_of_its_instance_an_error_and_the_next_call_works(
    kind: str, platform: Platform, server: HttpServer
) -> None:
    store = MemoryStore()
    session: Any = (Session if kind == "threads" else AsyncSession)(account(server), store, KEYS)
    home = session._opened.home()
    # What no step expects: an event of a call that has ended.
    home._instance.functions["[method]running.on"] = raising_once(
        home._instance.functions["[method]running.on"]
    )

    def token() -> Any:
        return session.token() if kind == "threads" else asyncio.run(session.token())

    with pytest.raises(rpa_auth.Stopped, match="wasm trap") as stopped:
        token()
    assert stopped.value.may_have_acted is False
    assert token().origin is Origin.LOGIN
    assert session._opened.home() is not home


def raising_once(function: Any) -> Any:
    def call(*arguments: Any) -> Any:
        raise _bridge.BridgeError("wasm trap: unreachable")

    return call


def test_a_session_that_is_gone_has_wiped_what_it_knew(server: HttpServer) -> None:
    session = Session(account(server), MemoryStore(), KEYS)
    home = session._opened.home()
    assert isinstance(home, Home)
    dropped: list[object] = []
    real = home._session

    class Handle:
        def drop(self, store: Any) -> None:
            dropped.append(store)
            real.drop(store)

    home._session = Handle()
    del session, home
    gc.collect()
    assert len(dropped) == 1


def test_no_answer_of_a_session_says_what_stood_in_the_way() -> None:
    session = Session(
        ControlRoomAccount(
            rpa_auth.ControlRoom("https://localhost:1", rpa_auth.ControlRoomApi.V2), CREDENTIALS
        ),
        MemoryStore(),
        KEYS,
    )
    with pytest.raises(rpa_auth.Unreachable) as raised:
        session.token()
    assert raised.value.failure is rpa_auth.TransportFailure.REFUSED
    with RawServer(answer_nothing) as server:
        session = Session(account(server), MemoryStore(), KEYS)
        with pytest.raises(rpa_auth.Unreachable) as raised:
            session.token()
        assert (raised.value.failure.value, raised.value.may_have_acted) == ("closed", True)
        assert server.connections == 1
        with pytest.raises(rpa_auth.CoolingDown) as cooling:
            session.token()
        assert isinstance(cooling.value.cause, rpa_auth.Unreachable)
        assert cooling.value.refusals == 1


# --- Threads that are not to be had


def no_thread(_: Any) -> None:
    raise RuntimeError("can't start new thread")


def test_a_call_for_which_no_thread_starts_costs_an_error_and_no_slot(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, server: HttpServer
) -> None:
    session = Session(account(server), MemoryStore(), KEYS, patience_ms=1000)
    before = session._slots._value
    with monkeypatch.context() as patch:
        patch.setattr(_workers.workers, "_idle", [])
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(rpa_auth.Stopped, match="no more threads") as stopped:
            session.token()
        assert stopped.value.may_have_acted is False
    assert session._slots._value == before
    assert session.token().origin is Origin.LOGIN


def test_a_request_for_which_no_thread_starts_was_not_sent(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, server: HttpServer
) -> None:
    session = Session(account(server), MemoryStore(), KEYS, patience_ms=1000)
    start = threading.Thread.start

    def only_workers(thread: threading.Thread) -> None:
        if "Flight" in repr(getattr(thread, "_target", None)):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", only_workers)
        for call in (session.token, lambda: rpa_auth.authenticate(room(server.origin), CREDENTIALS)):
            with pytest.raises(rpa_auth.Unreachable, match="no more threads") as raised_:
                call()
            assert raised_.value.may_have_acted is False
    assert platform.logins == 0


def test_a_call_that_is_cancelled_before_its_first_step_costs_no_slot(server: HttpServer) -> None:
    async def main() -> int:
        session = AsyncSession(account(server), MemoryStore(), KEYS)
        waiting = asyncio.create_task(session.token())
        await asyncio.sleep(0)
        (task,) = session._tasks
        task.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.sleep(0)
        return session._under_way

    assert asyncio.run(main()) == 0


HANGS = """
import asyncio, threading
import rpa_auth as r
from rpa_auth import session
session.STORE_LIMIT = 0.2
class Hanging:
    def read(self, *_): threading.Event().wait()
    def compare_and_set(self, *_): threading.Event().wait()
room = r.ControlRoom("http://127.0.0.1:9", r.ControlRoomApi.V2, r.TransportOptions(allow_http=True))
ada = r.ControlRoomAccount(room, r.ControlRoomCredentials("ada", r.Password("pa55-w0rd")))
keys = r.SessionKeys(bytes([1] * 32), bytes([2] * 32))
async def main():
    try:
        await r.AsyncSession(ada, Hanging(), keys, patience_ms=300).status()
    except r.StoreUnavailable:
        print("away", flush=True)
asyncio.run(main())
"""


def test_a_store_for_threads_that_hangs_keeps_no_program_of_coroutines_from_its_end() -> None:
    came = subprocess.run(
        [sys.executable, "-c", HANGS],
        env={**os.environ, "PYTHONPATH": str(PACKAGE / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (came.returncode, came.stdout) == (0, "away\n"), came.stderr


# --- Forks


def _in_a_child(session: Session, came: Any) -> None:
    try:
        # What the parent's would go on with are the same random bytes.
        is_anew = session._opened._home is None
        came.put((session.token().token.value, session.status().attempt, is_anew))
    except BaseException as error:
        came.put(repr(error))


def test_a_session_begins_anew_in_a_child(platform: Platform, server: HttpServer, folder: Any) -> None:
    session = Session(account(server), rpa_auth.DirectoryStore(folder / "tokens"), KEYS)
    assert session.token().origin is Origin.LOGIN
    context = multiprocessing.get_context("fork")
    came = context.Queue()
    # Locks that somebody has at that moment are nobody's in the child.
    with session._opened._lock:
        children = [context.Process(target=_in_a_child, args=(session, came)) for _ in range(3)]
        for child in children:
            child.start()
    seen = [came.get(timeout=60) for _ in children]
    for child in children:
        child.join(timeout=60)
    assert seen == [("t0k3n-1", 1, True)] * 3
    assert platform.logins == 1


def _logs_in(origin: str, came: Any) -> None:
    try:
        came.put(rpa_auth.authenticate(room(origin), CREDENTIALS).value)
    except BaseException as error:
        came.put(repr(error))


def test_a_child_has_connections_and_instances_of_its_own(platform: Platform, server: HttpServer) -> None:
    rpa_auth.authenticate(room(server.origin), CREDENTIALS)
    context = multiprocessing.get_context("fork")
    came = context.Queue()
    child = context.Process(target=_logs_in, args=(server.origin, came))
    child.start()
    assert came.get(timeout=60) == "t0k3n-2"
    child.join(timeout=60)
    assert rpa_auth.authenticate(room(server.origin), CREDENTIALS).value == "t0k3n-3"
    assert server.connections == 2


# --- What is left


def test_threads_of_calls_do_not_pile_up(server: HttpServer) -> None:
    session = Session(account(server), MemoryStore(), KEYS)
    client = httpx.Client()
    session.token()
    before = threading.active_count()
    for _ in range(20):
        session.token()
        rpa_auth.authenticate(room(server.origin), CREDENTIALS, client=client)
    ends = time.monotonic() + 30
    while threading.active_count() > before + 2:
        assert time.monotonic() < ends, threading.enumerate()
        time.sleep(0.05)
    client.close()


def test_what_repr_says_of_a_session(server: HttpServer) -> None:
    assert repr(Session(account(server), MemoryStore(), KEYS)) == "Session(ControlRoomAccount)"
    assert repr(AsyncSession(account(server), MemoryStore(), KEYS)) == "AsyncSession(ControlRoomAccount)"
