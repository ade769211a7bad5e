"""One token for everybody who uses the same account, kept in a store."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from . import _async, _clients, _fork, _sync
from ._check import Problem, check
from ._contract import (
    Account,
    Answer,
    Grant,
    Options,
    SessionEvent,
    SessionStepAwait,
    SessionStepRead,
    SessionStepSend,
    SessionStepSleep,
    SessionStepWrite,
    Status,
    StoreRead,
    StoreWrite,
    Token,
)
from ._contract_shapes import ACCOUNT, OPTIONS
from ._contract_shapes import TEXT as _TEXT
from ._exchange import Failed, begin
from ._flow import outcome, text_of
from ._home import Home
from ._shapes import Err, Ok
from ._steps import (
    QUIET,
    STORE_LIMIT,
    STORE_PAUSE,
    Told,
    found,
    heard,
    is_unchanged,
    steps,
    store_failed,
    written,
)
from ._workers import NO_THREAD, from_a_coroutine, workers
from .errors import AuthError, InvalidArgument, Stopped, TooManyCalls
from .keys import SessionKeys, check_keys
from .stores import AsyncStore, Store

if TYPE_CHECKING:
    from ._steps import Steps

#: How long a call may take where nothing is said, in milliseconds: the contract's default.
_PATIENCE_MS = 30_000

#: How many calls for a token a session may have under way at one time.
_CALLS = 500

#: How long account, options and token may be together, in bytes.
_LONGEST = 256 * 1024


class _Opened:
    """What a session was given, and where it is open."""

    def __init__(self, account: Account, keys: SessionKeys, options: dict[str, Any]) -> None:
        try:
            check(ACCOUNT, account, "account")
            check_keys(keys)
            self._options = _options(keys, options)
        except Problem as problem:
            self.problem: AuthError | None = InvalidArgument(problem.field, problem.reason)
            return
        self.problem = None
        self._account = account
        self.patience = (options["patience_ms"] or _PATIENCE_MS) / 1000
        self._lock = threading.Lock()
        self._home: Home | None = None
        _fork.register(self)
        # Checks the arguments; calls nobody.
        opened = self.home()
        if isinstance(opened, Err):
            self.problem = opened.value

    def home(self) -> Home | Err:
        """Where it is open: anew after a trap, and in a process that was forked."""
        with self._lock:
            if self._home is None or not self._home.is_there:
                if _length(self._account) > _LONGEST:
                    return Err(InvalidArgument("account", f"is longer than {_LONGEST} bytes"))
                opened = Home.open(self._account, self._options)
                if isinstance(opened, Err):
                    return Err(_in_the_callers_words(opened.value, self._account))
                self._home = opened
            return self._home

    def steps(self, function: str, *arguments: str) -> Steps | Err:
        """Begins a call."""
        for argument in arguments:
            try:
                check(_TEXT, argument, "rejected")
            except Problem as problem:
                return Err(InvalidArgument(problem.field, problem.reason))
            if len(argument) > _LONGEST:
                return Err(InvalidArgument("rejected", f"is longer than {_LONGEST} bytes"))
        home = self.home()
        return home if isinstance(home, Err) else steps(home, function, *arguments)

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        _fork.abandon(self._home)
        self._home = None


class Session:
    """One account's token, shared with everybody who has the same store and keys: for threads.

    Any number of threads call it at one time. **A call that is interrupted goes on**, within its
    patience: a login that others wait for is not lost with the one who began it. A process that
    ends gives it up; another caller takes over after ten seconds. After `os.fork` the child's
    session begins anew by itself.

    Raises `InvalidArgument` where an argument cannot be used; nobody is called.
    """

    def __init__(
        self,
        account: Account,
        store: Store,
        keys: SessionKeys,
        *,
        client: httpx.Client | None = None,
        patience_ms: int | None = None,
        max_staleness_ms: int | None = None,
        actor: str | None = None,
        name: str | None = None,
        lockout_limit: int | None = None,
    ) -> None:
        """`client`: as for the calls, see `rpa_auth.authenticate`.

        `patience_ms`: how long a call may take, 30 000 unless said otherwise. A login of its own
        that has left is heard to its end all the same.

        `max_staleness_ms`: how old a token from this session's own memory may be without a look at
        the store, 0 unless said otherwise. Also bounds how late it notices `end_for_all`.

        `actor`: a name that operators see in `status`: which program or machine.

        `name`: what tells this account from others, instead of the URL: for a platform that is
        known by several addresses.

        `lockout_limit`: refused logins in a row after which the platform disables the user, from
        2 to 99: 3 for a Control Room and 10 for an Orchestrator unless said otherwise. One login
        fewer is made without a person.
        """
        opened = _Opened(
            account,
            keys,
            {
                "patience_ms": patience_ms,
                "max_staleness_ms": max_staleness_ms,
                "actor": actor,
                "name": name,
                "lockout_limit": lockout_limit,
            },
        )
        problem = opened.problem or _store_problem(store, wants_coroutines=False)
        wrong = None if client is None else _clients.check(client, httpx.Client)
        if problem is None and wrong is not None:
            problem = InvalidArgument("client", wrong)
        if problem is not None:
            raise problem
        self.account = account
        self._opened = opened
        self._store = store
        self._client = client
        self._slots = threading.BoundedSemaphore(_CALLS)
        _fork.register(self)

    def __repr__(self) -> str:
        return f"Session({type(self.account).__name__})"

    def token(self) -> Grant:
        """The current token: from the store, or by one login or refresh that every waiting
        caller shares.
        """
        made = self._granted("token")
        grant: Grant = outcome(made)
        return grant

    def renew(self, rejected: Token | str) -> Grant:
        """The API refused `rejected`. Gives the current token if that is another one already;
        else asks the platform whether it is still good, and where it isn't renews it, once for
        everybody. Where it is, `StillGood` is raised and the token stays. An Orchestrator is not
        asked: there the old token serves the others until a new one is there.
        """
        made = self._granted("renew", text_of(rejected))
        del rejected
        grant: Grant = outcome(made)
        return grant

    def status(self) -> Status:
        """What operators may see. Reads the store and changes nothing."""
        made = self._call("status")
        status: Status = outcome(made)
        return status

    def end_for_all(self) -> None:
        """Leaves a mark so that nobody who shares the session uses the token again, and logs it
        out where the platform can. Can be repeated until it succeeds. Not for the end of one
        job: it stops all of them.
        """
        made = self._call("end-for-all")
        outcome(made)

    def reopen(self) -> None:
        """Takes the mark of the end away."""
        made = self._call("reopen")
        outcome(made)

    def reset_refusals(self) -> None:
        """Forgets the refused logins and ends a contest, after a person has set the account
        right.
        """
        made = self._call("reset-refusals")
        outcome(made)

    def after_fork(self) -> None:
        self._slots = threading.BoundedSemaphore(_CALLS)

    def _granted(self, function: str, *arguments: str) -> Ok | Err:
        slots = self._slots
        if not slots.acquire(timeout=self._opened.patience):
            return Err(TooManyCalls(_CALLS))
        return self._call(function, *arguments, done=slots.release)

    def _call(self, function: str, *arguments: str, done: Callable[[], None] | None = None) -> Ok | Err:
        """Makes one call, that goes on where nobody waits for it any more."""

        def made() -> Ok | Err:
            try:
                begun = self._opened.steps(function, *arguments)
                if isinstance(begun, Err):
                    return begun
                return _Run(self._store, self._client or _clients.sync_client()).run(begun)
            finally:
                if done is not None:
                    done()

        if threading.current_thread() is not threading.main_thread():
            return made()
        # Ctrl-C is raised in the main thread, wherever that is at the moment.
        try:
            work = workers.begin(made)
        except RuntimeError:
            if done is not None:
                done()
            return Err(Stopped(NO_THREAD, may_have_acted=False))
        work.wait()
        result: Ok | Err = work.result()
        return result


class _Run:
    """The steps of one call, done from a thread."""

    def __init__(self, store: Store, client: httpx.Client) -> None:
        self._store = store
        self._client = client
        self._flight: _sync.Flight | None = None
        self._failed: Failed | None = None

    def run(self, begun: Steps) -> Ok | Err:
        try:
            step = next(begun)
            while True:
                step = begun.send(self._do(step))
        except StopIteration as ended:
            result: Ok | Err = ended.value
        finally:
            begun.close()
            if self._flight is not None:
                self._flight.give_up()
        return result

    def _do(self, step: Any) -> SessionEvent | Told:
        match step:
            case SessionStepRead(value=read):
                return self._read(read)
            case SessionStepWrite(value=write):
                return self._write(write)
            case SessionStepSend(value=sending):
                deadline = time.monotonic() + sending.request.limits.total_ms / 1000
                exchange = begin(sending.request, deadline, self._client)
                if isinstance(exchange, Failed):
                    return Told(exchange)
                flight = _sync.fly(exchange)
                if isinstance(flight, Failed):
                    return Told(flight)
                self._flight = flight
                return self._hear(sending.wait_ms)
            case SessionStepAwait(value=wait_ms):
                return self._hear(wait_ms)
            case SessionStepSleep(value=wait_ms):
                time.sleep(wait_ms / 1000)
                return QUIET
        raise AssertionError(f"{type(step).__name__} is no step")

    def _hear(self, wait_ms: int) -> SessionEvent | Told:
        if self._flight is None:
            time.sleep(wait_ms / 1000)
            return QUIET
        ended = self._flight.wait(time.monotonic() + wait_ms / 1000)
        if ended is not None:
            self._flight = None
        return heard(ended)

    def _read(self, read: StoreRead) -> SessionEvent:
        ends = time.monotonic() + read.wait_ms / 1000
        event = self._at_the_store(
            lambda: self._store.read(read.key, read.unless_version, read.wait_ms), found, read.wait_ms / 1000
        )
        if is_unchanged(event, read.unless_version):
            time.sleep(max(0.0, min(ends - time.monotonic(), STORE_PAUSE)))
        return event

    def _write(self, write: StoreWrite) -> SessionEvent:
        return self._at_the_store(
            lambda: self._store.compare_and_set(write.key, write.expected, write.value, write.keep_seconds),
            written,
            0.0,
        )

    def _at_the_store(
        self, ask: Callable[[], object], told: Callable[[object], SessionEvent], wait: float
    ) -> SessionEvent:
        """Asks a store, which may take no longer than its limit."""
        error: BaseException
        try:
            if getattr(self._store, "never_blocks", False):
                return told(ask())
            work = workers.begin(ask)
            if not work.wait(wait + STORE_LIMIT):
                return store_failed(None)
            return told(work.result())
        except Exception as raised:
            error = raised
        return store_failed(error)


class AsyncSession:
    """One account's token, shared with everybody who has the same store and keys: for
    coroutines of asyncio.

    Any number of tasks call it at one time. **A call whose task is cancelled goes on**, within
    its patience, as long as the event loop runs. See `Session` for the rest.

    A store for threads (`MemoryStore`, `DirectoryStore`, one of your own) serves as well: it is
    asked on other threads.

    Making the first session of a process compiles the component or reads its compiled form, some
    tenths of a second in which the loop stands still: make it before the loop begins, or by
    `await asyncio.to_thread(AsyncSession, ...)`.
    """

    def __init__(
        self,
        account: Account,
        store: AsyncStore | Store,
        keys: SessionKeys,
        *,
        client: httpx.AsyncClient | None = None,
        patience_ms: int | None = None,
        max_staleness_ms: int | None = None,
        actor: str | None = None,
        name: str | None = None,
        lockout_limit: int | None = None,
    ) -> None:
        """As for `Session`."""
        opened = _Opened(
            account,
            keys,
            {
                "patience_ms": patience_ms,
                "max_staleness_ms": max_staleness_ms,
                "actor": actor,
                "name": name,
                "lockout_limit": lockout_limit,
            },
        )
        problem = opened.problem or _store_problem(store, wants_coroutines=None)
        wrong = None if client is None else _clients.check(client, httpx.AsyncClient)
        if problem is None and wrong is not None:
            problem = InvalidArgument("client", wrong)
        if problem is not None:
            raise problem
        self.account = account
        self._opened = opened
        self._store: AsyncStore = store if _is_async(store) else _OnThreads(store)  # type: ignore[assignment,arg-type]
        self._client = client
        self._under_way = 0
        #: Calls that nobody may wait for: the loop itself keeps no task alive.
        self._tasks: set[asyncio.Task[Ok | Err]] = set()

    def __repr__(self) -> str:
        return f"AsyncSession({type(self.account).__name__})"

    async def token(self) -> Grant:
        """See `Session.token`."""
        made = await self._granted("token")
        grant: Grant = outcome(made)
        return grant

    async def renew(self, rejected: Token | str) -> Grant:
        """See `Session.renew`."""
        made = await self._granted("renew", text_of(rejected))
        del rejected
        grant: Grant = outcome(made)
        return grant

    async def status(self) -> Status:
        """See `Session.status`."""
        made = await self._call("status")
        status: Status = outcome(made)
        return status

    async def end_for_all(self) -> None:
        """See `Session.end_for_all`."""
        made = await self._call("end-for-all")
        outcome(made)

    async def reopen(self) -> None:
        """See `Session.reopen`."""
        made = await self._call("reopen")
        outcome(made)

    async def reset_refusals(self) -> None:
        """See `Session.reset_refusals`."""
        made = await self._call("reset-refusals")
        outcome(made)

    async def _granted(self, function: str, *arguments: str) -> Ok | Err:
        ends = time.monotonic() + self._opened.patience
        while self._under_way >= _CALLS:
            if time.monotonic() >= ends:
                return Err(TooManyCalls(_CALLS))
            await asyncio.sleep(STORE_PAUSE)
        self._under_way += 1

        def done() -> None:
            self._under_way -= 1

        return await self._call(function, *arguments, done=done)

    async def _call(self, function: str, *arguments: str, done: Callable[[], None] | None = None) -> Ok | Err:
        """Makes one call in a task of its own, that goes on where nobody waits any more."""
        task = asyncio.create_task(self._made(function, *arguments))
        self._tasks.add(task)
        if done is not None:
            # Not by the task: one that is cancelled at once does nothing.
            task.add_done_callback(lambda _: done())
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _made(self, function: str, *arguments: str) -> Ok | Err:
        begun = self._opened.steps(function, *arguments)
        if isinstance(begun, Err):
            return begun
        return await _AsyncRun(self._store, self._client).run(begun)


class _AsyncRun:
    """The steps of one call, done from a task."""

    def __init__(self, store: AsyncStore, client: httpx.AsyncClient | None) -> None:
        self._store = store
        self._client = client
        self._flight: asyncio.Task[Answer | Failed] | None = None

    async def run(self, begun: Steps) -> Ok | Err:
        try:
            step = next(begun)
            while True:
                step = begun.send(await self._do(step))
        except StopIteration as ended:
            result: Ok | Err = ended.value
        finally:
            begun.close()
            if self._flight is not None:
                self._flight.cancel()
        return result

    async def _do(self, step: Any) -> SessionEvent | Told:
        match step:
            case SessionStepRead(value=read):
                return await self._read(read)
            case SessionStepWrite(value=write):
                return await self._write(write)
            case SessionStepSend(value=sending):
                self._flight = asyncio.create_task(self._sent(sending.request))
                return await self._hear(sending.wait_ms)
            case SessionStepAwait(value=wait_ms):
                return await self._hear(wait_ms)
            case SessionStepSleep(value=wait_ms):
                await asyncio.sleep(wait_ms / 1000)
                return QUIET
        raise AssertionError(f"{type(step).__name__} is no step")

    async def _sent(self, request: Any) -> Answer | Failed:
        deadline = time.monotonic() + request.limits.total_ms / 1000
        if self._client is not None:
            return await _async.send(self._client, request, deadline)
        async with _clients.async_client() as own:
            return await _async.send(own, request, deadline)

    async def _hear(self, wait_ms: int) -> SessionEvent | Told:
        if self._flight is None:
            await asyncio.sleep(wait_ms / 1000)
            return QUIET
        ended, _ = await asyncio.wait({self._flight}, timeout=wait_ms / 1000)
        if not ended:
            return QUIET
        answer, self._flight = self._flight.result(), None
        return heard(answer)

    async def _read(self, read: StoreRead) -> SessionEvent:
        ends = time.monotonic() + read.wait_ms / 1000
        event = await _at_the_store(
            lambda: self._store.read(read.key, read.unless_version, read.wait_ms), found, read.wait_ms / 1000
        )
        if is_unchanged(event, read.unless_version):
            await asyncio.sleep(max(0.0, min(ends - time.monotonic(), STORE_PAUSE)))
        return event

    async def _write(self, write: StoreWrite) -> SessionEvent:
        return await _at_the_store(
            lambda: self._store.compare_and_set(write.key, write.expected, write.value, write.keep_seconds),
            written,
            0.0,
        )


async def _at_the_store(
    ask: Callable[[], Any], told: Callable[[object], SessionEvent], wait: float
) -> SessionEvent:
    error: BaseException
    try:
        with anyio.move_on_after(wait + STORE_LIMIT):
            return told(await ask())
        return store_failed(None)
    except Exception as raised:
        error = raised
    return store_failed(error)


class _OnThreads:
    """A store for threads, for coroutines. It is never asked to wait: a thread that waits for
    somebody else's login is a thread that another task may need.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._never_blocks = getattr(store, "never_blocks", False)

    async def read(self, key: str, unless_version: str | None, wait_ms: int) -> Any:
        return await self._asked(lambda: self._store.read(key, unless_version, 0))

    async def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> Any:
        return await self._asked(lambda: self._store.compare_and_set(key, expected, value, keep_seconds))

    async def _asked(self, ask: Callable[[], Any]) -> Any:
        if self._never_blocks:
            return ask()
        # Not anyio's threads: one that hangs would keep the program from its end.
        async with anyio.to_thread.current_default_thread_limiter():
            return await from_a_coroutine(ask)


def _is_async(store: object) -> bool:
    return inspect.iscoroutinefunction(getattr(store, "read", None))


def _store_problem(store: object, *, wants_coroutines: bool | None) -> AuthError | None:
    for name in ("read", "compare_and_set"):
        if not callable(getattr(store, name, None)):
            return InvalidArgument("store", f"has no method {name}: see rpa_auth.stores.Store")
    if wants_coroutines is False and _is_async(store):
        return InvalidArgument("store", "is one for coroutines: take it with an AsyncSession")
    return None


def _options(keys: SessionKeys, options: dict[str, Any]) -> Options:
    made = Options(
        place_key=bytes(keys.place),
        next_place_key=None if keys.next_place is None else bytes(keys.next_place),
        former_place_keys=[bytes(key) for key in keys.former_places],
        sealing_keys=keys._sealing_keys(),
        **options,
    )
    for field in OPTIONS.fields:
        check(field.of, getattr(made, field.attribute), field.attribute)
    return made


#: What the component calls the options, and what the caller does.
_WORDS = {
    "options.place_key": "keys.place",
    "options.next_place_key": "keys.next_place",
    "options.former_place_keys": "keys.former_places",
    "options.sealing_keys": "keys.sealing",
}


def _in_the_callers_words(error: AuthError, account: Account) -> AuthError:
    if not isinstance(error, InvalidArgument):
        return error
    field = error.field
    if field in _WORDS:
        field = _WORDS[field]
    elif field.startswith("options."):
        field = field.removeprefix("options.")
    elif field.startswith("transport"):
        field = f"account.{type(account).__match_args__[0]}.{field}"
    elif field and not field.startswith("account"):
        field = f"account.{field}"
    return InvalidArgument(field, error.reason)


def _length(value: Any) -> int:
    """How long all texts of a value are together, in bytes."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, (list, tuple)):
        return sum(_length(item) for item in value)
    fields = getattr(value, "__dataclass_fields__", {})
    return sum(_length(getattr(value, name)) for name in fields)
