"""Drives one call of a shared session: the part that threads and coroutines share.

`steps` is a generator. It yields each step of the component, is sent what came of it as an
event, and returns the outcome or the error, as values.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._bridge import BridgeError
from ._check import Problem, check
from ._contract import (
    Answer,
    Entry,
    SessionEvent,
    SessionEventAnswer,
    SessionEventBegun,
    SessionEventEntry,
    SessionEventNoAnswer,
    SessionEventQuiet,
    SessionEventStoreFailed,
    SessionEventWritten,
    SessionStep,
    SessionStepDone,
    SessionStepSend,
)
from ._contract_shapes import ENTRY, TEXT
from ._exchange import Failed
from ._shapes import Err, Ok, Option
from .errors import Stopped, StoreError, StoreRefused, StoreUnavailable, Unreachable

if TYPE_CHECKING:
    from typing import TypeAlias

    from ._home import Home

    Steps: TypeAlias = Generator[SessionStep, "SessionEvent | Told", Ok | Err]

#: How long a store has to answer, in seconds, beside what it may hold back: longer than any of
#: the package's own takes.
STORE_LIMIT = 15.0

#: How soon a store is asked again whose answer came before its time, in seconds.
STORE_PAUSE = 0.1

QUIET = SessionEventQuiet()


def steps(home: Home, function: str, *arguments: str) -> Steps:
    """Makes a call."""
    may_have_acted = False
    # How the last request ended without an answer.
    obstacle: Failed | None = None
    event: SessionEvent = SessionEventBegun()
    running: Any = None
    try:
        running = home.begin(function, *arguments)
        while True:
            step = home.on(running, event)
            if isinstance(step, SessionStepDone):
                return _ended(step.value, obstacle)
            if isinstance(step, SessionStepSend):
                may_have_acted = True
            came = yield step
            if isinstance(came, Told):
                obstacle = came.failed
                event = SessionEventNoAnswer(obstacle.no_answer)
            else:
                event = came
    except BridgeError as error:
        reason = str(error)
    finally:
        if running is not None:
            home.end(running)
    return Err(Stopped(reason, may_have_acted))


@dataclass(frozen=True, slots=True)
class Told:
    """No answer came, and what stood in the way."""

    failed: Failed


def _ended(result: Ok | Err, obstacle: Failed | None) -> Ok | Err:
    """Says why, where it is this call's own request that failed."""
    if isinstance(result, Ok):
        return Ok(getattr(result.value, "value", None))
    error = result.value
    if isinstance(error, Unreachable) and obstacle is not None:
        own = obstacle.no_answer
        if (error.failure, error.may_have_acted) == (own.failure, own.may_have_acted):
            return Err(Unreachable(own, obstacle.why))
    return result


def heard(ended: Answer | Failed | None) -> SessionEvent | Told:
    """What came of a request, or that it goes on."""
    if ended is None:
        return QUIET
    return Told(ended) if isinstance(ended, Failed) else SessionEventAnswer(ended)


def found(entry: object) -> SessionEvent:
    """What came of a read: stores of others may give anything."""
    try:
        check(Option(ENTRY), entry, "entry")
    except Problem as problem:
        return store_failed(StoreUnavailable(f"the store gave no entry: {problem.field} {problem.reason}"))
    return SessionEventEntry(entry if isinstance(entry, Entry) else None)


def written(version: object) -> SessionEvent:
    """What came of a write."""
    try:
        check(Option(TEXT), version, "version")
    except Problem as problem:
        return store_failed(StoreUnavailable(f"the store gave no version: {problem.reason}"))
    return SessionEventWritten(version if isinstance(version, str) else None)


def store_failed(error: BaseException | None) -> SessionEvent:
    """What came of a store that raised; None for one that gave no answer in time. The words of
    an error that is not a store's may hold anything.
    """
    if error is None:
        error = StoreUnavailable(f"it gave no answer within {STORE_LIMIT:.0f} s")
    if not isinstance(error, StoreError):
        error = StoreUnavailable(f"the store raised {type(error).__name__}")
    kind = StoreRefused if isinstance(error, StoreRefused) else StoreUnavailable
    return SessionEventStoreFailed(kind(_short(error.reason)))


def _short(text: str | None) -> str | None:
    return None if text is None else "".join(c for c in str(text)[:512] if not "\ud800" <= c <= "\udfff")


def is_unchanged(event: SessionEvent, unless_version: str | None) -> bool:
    """Whether a read gave the version that was known."""
    return (
        isinstance(event, SessionEventEntry)
        and event.value is not None
        and event.value.version == unless_version
    )
