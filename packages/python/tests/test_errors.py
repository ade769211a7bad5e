"""Each error of the contract has its exception, and none of them holds a secret."""

from __future__ import annotations

import pickle
import re
import traceback
import types
from typing import Any

import pytest
from support.both import CREDENTIALS, SECRET, both, error_of, room
from support.http_server import HttpServer, Said
from support.places import REPOSITORY

import rpa_auth
from rpa_auth import AuthError, errors
from rpa_auth import _contract_shapes as shapes
from rpa_auth._contract import (
    Contest,
    Cooldown,
    NoAnswer,
    Oddity,
    Redirection,
    Rejection,
    RejectionKind,
    Throttling,
    TransportFailure,
)
from rpa_auth._shapes import Variant

JSON = [("content-type", "application/json")]


def one_of_each() -> list[AuthError]:
    rejections = [
        errors._rejected(Rejection(kind=kind, status=401, code="UM1", message="No."))
        for kind in RejectionKind
    ]
    refused = rejections[0]
    return [
        *rejections,
        errors.InvalidArgument("credentials.secret", "is empty"),
        errors.Throttled(Throttling(status=429, retry_after_seconds=7)),
        errors.Redirected(Redirection(status=302, origin="https://other")),
        errors.UnexpectedResponse(Oddity(status=200, what="a page in HTML")),
        *(errors.Unreachable(NoAnswer(failure=failure, may_have_acted=acted)) for failure in TransportFailure for acted in (True, False)),
        errors.OtherError("what"),
        errors.Stopped("wasm trap", True),
        errors.CoolingDown(Cooldown(retry_after_seconds=None, refusals=2, cause=refused)),
        errors.CoolingDown(Cooldown(retry_after_seconds=15, refusals=2, cause=refused)),
        errors.Contested(Contest(refused=3, retry_after_seconds=30)),
        errors.StillGood(),
        errors.Ended(),
        errors.Busy(),
        errors.SessionFailed(None),
        errors.TooManyCalls(500),
        errors.StoreUnavailable("away"),
        errors.StoreRefused("full"),
    ]  # fmt: skip


def test_every_case_of_the_contract_has_an_exception() -> None:
    for shape in (shapes.AUTH_ERROR, shapes.SESSION_ERROR, shapes.STORE_ERROR):
        assert isinstance(shape, Variant)
        assert all(issubclass(case.cls, AuthError) for case in shape.cases)
    assert {type(error) for error in one_of_each() if isinstance(error, errors.Rejected)} == set(
        errors._REJECTIONS.values()
    )
    assert set(errors._FAILURES) == set(errors._ADVICE) == set(TransportFailure)


def test_the_kinds_are_those_of_the_documented_table() -> None:
    table = (REPOSITORY / "docs" / "errors.md").read_text("utf-8")
    documented = set(
        re.findall(
            r"`([a-z-]+)`",
            "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")),
        )
    )
    assert {error.kind for error in one_of_each()} <= documented


@pytest.mark.parametrize("error", one_of_each(), ids=lambda error: f"{type(error).__name__}")
def test_an_error_says_what_to_do_and_survives_the_way_to_another_process(error: AuthError) -> None:
    assert "What to do: " in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    for name in ("kind", "status", "code", "message", "retry_after", "may_have_acted"):
        assert getattr(again, name) == getattr(error, name)


@both
def test_the_fields_of_a_refusal(kind: str) -> None:
    refusal = b'{"code":"UM1111","details":null,"message":"Wrong pa55-w0rd of ada."}'
    with HttpServer(lambda _: Said(401, JSON, refusal)) as server:
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS)
    assert isinstance(error, rpa_auth.CredentialsRejected) and isinstance(error, rpa_auth.Rejected)
    assert (error.kind, error.status, error.code) == ("credentials-rejected", 401, "UM1111")
    assert error.message is not None and SECRET not in error.message
    assert "do not try again" in str(error)


@both
def test_a_pause_is_told_in_seconds(kind: str) -> None:
    with HttpServer(lambda _: Said(429, [("retry-after", "7")])) as server:
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS)
    assert isinstance(error, rpa_auth.Throttled)
    assert (error.status, error.retry_after, error.may_have_acted) == (429, 7, True)


def reachable(error: BaseException) -> list[Any]:
    """All that can be reached from an exception, through this package's frames too."""
    found: list[Any] = []
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        found.append(one)
        if isinstance(one, BaseException):
            waiting += [one.args, one.__dict__, one.__cause__, one.__context__, one.__traceback__]
        elif isinstance(one, types.TracebackType):
            waiting.append(one.tb_next)
            if (
                "rpa_auth" in one.tb_frame.f_code.co_filename
                and "/tests/" not in one.tb_frame.f_code.co_filename
            ):
                waiting.append(dict(one.tb_frame.f_locals))
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, (list, tuple, set)):
            waiting += one
    return found


@both
@pytest.mark.parametrize("how", ["refused", "answers", "no answer", "argument"])
def test_no_secret_is_reachable_from_an_error(kind: str, how: str) -> None:
    def answer(_: object) -> Said | None:
        return None if how == "no answer" else Said(401, JSON, b'{"code":"UM1111","message":"pa55-w0rd"}')

    with HttpServer(answer) as server:
        origin = "http://127.0.0.1:1" if how == "refused" else server.origin
        where = room(origin) if how != "argument" else "pa55-w0rd"
        error = error_of(kind, "authenticate", where, CREDENTIALS)
    assert error.__cause__ is None and error.__context__ is None
    for one in reachable(error):
        text = one if isinstance(one, (str, bytes)) else repr(one)
        assert SECRET not in str(text), type(one)
    assert SECRET not in "".join(traceback.format_exception(error))


@both
def test_only_the_called_function_is_in_the_frames_of_an_error(kind: str) -> None:
    error = error_of(kind, "authenticate", room("http://127.0.0.1:1"), CREDENTIALS)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/rpa_auth/" in frame.filename]
    assert [frame.name for frame in frames] == ["authenticate", "outcome"]
