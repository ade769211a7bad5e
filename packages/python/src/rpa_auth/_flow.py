"""Drives one call of the component that logs in: the part that threads and coroutines share.

`calls` is a generator. It yields each request, is sent what came of it, and returns the
outcome or the error: as a value, because what is raised leaves its frames behind, and those
hold what was sent.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _engine
from ._bridge import BridgeError
from ._check import Problem, check
from ._contract import (
    Answer,
    FlowCall,
    FlowStepDone,
    Request,
    Token,
)
from ._contract_shapes import FLOW_CALL, NEXT
from ._exchange import Failed
from ._shapes import Err, Ok, TupleOf
from .errors import AuthError, InvalidArgument, Stopped, Unreachable

if TYPE_CHECKING:
    from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Sending:
    """A request, and when all of its call has to be over, by `time.monotonic`."""

    request: Request
    deadline: float

    def __repr__(self) -> str:
        return "<Sending>"


if TYPE_CHECKING:
    Calls: TypeAlias = Generator[Sending, "Answer | Failed", "Ok | Err"]


def calls(call: FlowCall, names: tuple[str, ...]) -> Calls:
    """Makes a call, whose arguments the caller knows by `names`."""
    problem = _problem(call, names)
    if problem is not None:
        return Err(problem)
    answers: list[Answer] = []
    deadline: float | None = None
    while True:
        step = _step(call, answers)
        if isinstance(step, Err):
            return Err(_in_the_callers_words(step.value, names))
        if isinstance(step.value, FlowStepDone):
            return Ok(getattr(step.value.value, "value", None))
        request: Request = step.value.value
        if deadline is None:
            # For all requests of the call together.
            deadline = time.monotonic() + request.limits.total_ms / 1000
        came = yield Sending(request, deadline)
        if isinstance(came, Failed):
            return Err(Unreachable(came.no_answer, came.why))
        answers.append(came)


def text_of(token: Token | str) -> str:
    """A call takes a token as it came, or its text."""
    return token.value if isinstance(token, Token) else token


#: The arguments of each function.
_ARGUMENTS = {case.cls: case.of.of for case in FLOW_CALL.cases if isinstance(case.of, TupleOf)}


def _problem(call: FlowCall, names: tuple[str, ...]) -> AuthError | None:
    shapes = _ARGUMENTS[type(call)]
    try:
        for name, shape, value in zip(names, shapes, call.value, strict=True):
            check(shape, value, name)
    except Problem as problem:
        return InvalidArgument(problem.field, problem.reason)
    return None


def _step(call: FlowCall, answers: list[Answer]) -> Ok | Err:
    """Asks for the next step, in an instance that nobody else has meanwhile."""
    runtime = _engine.runtime()
    try:
        try:
            instance = runtime.idle.pop()
        except IndexError:
            instance = runtime.load(_engine.FLOWS).instance({"next": NEXT})
        step: Ok | Err = instance.functions["next"](call, answers)
    except BridgeError as error:
        reason = str(error)
    else:
        runtime.give_back(instance)
        return step
    return Err(Stopped(reason, may_have_acted=bool(answers)))


def _in_the_callers_words(error: AuthError, names: tuple[str, ...]) -> AuthError:
    """The component names the options of the transport without saying whose they are."""
    if isinstance(error, InvalidArgument) and error.field.startswith("transport"):
        return InvalidArgument(f"{names[0]}.{error.field}", error.reason)
    return error


def outcome(result: Ok | Err) -> Any:
    """Gives the value, or raises the error: from where only the caller's frames are."""
    if isinstance(result, Err):
        raise result.value
    return result.value
