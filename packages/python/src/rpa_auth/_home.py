"""Where a session is open: an instance of the component, and what it remembers there."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from wasmtime import WasmtimeError

from . import _contract_shapes as shapes
from . import _engine
from ._bridge import BridgeError
from ._contract import Now, Options, SessionEvent, SessionStep
from ._shapes import Err, Ok
from .errors import Stopped

if TYPE_CHECKING:
    from ._contract import Account

_FUNCTIONS = {
    "[static]session.open": shapes.SESSION_OPEN,
    "[method]session.token": shapes.SESSION_TOKEN,
    "[method]session.renew": shapes.SESSION_RENEW,
    "[method]session.status": shapes.SESSION_STATUS,
    "[method]session.end-for-all": shapes.SESSION_END_FOR_ALL,
    "[method]session.reopen": shapes.SESSION_REOPEN,
    "[method]session.reset-refusals": shapes.SESSION_RESET_REFUSALS,
    "[method]running.on": shapes.RUNNING_ON,
}


class Home:
    """A session that is open. The component wipes what it knew when this is gone.

    Any number of calls are under way in it, each a step at a time. After a trap it is gone, and
    all its calls end with an error.
    """

    def __init__(self, instance: _engine.Instance, session: Any) -> None:
        self._lock = threading.Lock()
        self._instance: _engine.Instance | None = instance
        self._session = session
        #: Why it is gone.
        self._reason = ""

    @classmethod
    def open(cls, account: Account, options: Options) -> Home | Err:
        """Opens a session with entropy of its own."""
        try:
            instance = _engine.runtime().load(_engine.SESSIONS).instance(_FUNCTIONS)
            opened = instance.functions["[static]session.open"](account, options, os.urandom(32))
        except BridgeError as error:
            return Err(Stopped(str(error), may_have_acted=False))
        return cls(instance, opened.value) if isinstance(opened, Ok) else opened

    @property
    def is_there(self) -> bool:
        """Whether its instance was not stopped."""
        return self._instance is not None

    def begin(self, function: str, *arguments: str) -> Any:
        """Begins a call. Raises `BridgeError` where the instance is stopped."""
        return self._call(f"[method]session.{function}", self._session, *arguments)

    def on(self, running: Any, event: SessionEvent) -> SessionStep:
        """What comes next in a call, after what came of its last step."""
        now = Now(monotonic_ms=time.monotonic_ns() // 1_000_000, unix_seconds=int(time.time()))
        step: SessionStep = self._call("[method]running.on", running, event, now)
        return step

    def _call(self, function: str, *arguments: Any) -> Any:
        with self._lock:
            instance = self._instance
            if instance is None:
                raise BridgeError(self._reason)
            try:
                return instance.functions[function](*arguments)
            except BaseException as error:
                # Not only a trap: what was interrupted within a call is of no use any more.
                self._instance = None
                self._reason = str(error) if isinstance(error, BridgeError) else "it was interrupted"
                raise

    def end(self, running: Any) -> None:
        """Gives up what a call keeps, whether it has ended or not."""
        with self._lock:
            instance = self._instance
            if instance is None:
                return
            try:
                running.drop(instance.store)
            except WasmtimeError as error:
                self._instance = None
                self._reason = str(error)

    def __del__(self) -> None:
        instance = getattr(self, "_instance", None)
        if instance is not None:
            # The store may be gone first, and its memory with it.
            with contextlib.suppress(WasmtimeError, ValueError):
                self._session.drop(instance.store)
