"""Every case of host-test/cases/sessions, with threads and with coroutines, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.cases import Script, at, cases
from support.data import error_data, in_pythons_words, to_data, to_value
from support.http_server import HttpServer

from rpa_auth import AsyncSession, AuthError, InvalidArgument, MemoryStore, Session, SessionError, SessionKeys
from rpa_auth import _contract_shapes as shapes

#: Cases that this package cannot do, each with its reason. None.
NOT_HERE: dict[str, str] = {}

CASES = cases("sessions")
KEYS = SessionKeys(bytes([1] * 32), bytes([2] * 32))


@pytest.fixture(scope="module")
def script() -> Script:
    return Script()


@pytest.fixture(scope="module")
def server(script: Script) -> Iterator[HttpServer]:
    with HttpServer(script) as server:
        yield server


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture(scope="module")
def async_client(loop: asyncio.AbstractEventLoop) -> Iterator[httpx.AsyncClient]:
    client = httpx.AsyncClient()
    yield client
    loop.run_until_complete(client.aclose())


def test_there_are_as_many_cases_as_were_there_when_this_was_written() -> None:
    assert len(CASES) >= 158
    assert set(NOT_HERE) <= {case["name"] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("kind", ["threads", "coroutines"])
def test_case(
    kind: str,
    case: dict[str, Any],
    script: Script,
    server: HttpServer,
    client: httpx.Client,
    async_client: httpx.AsyncClient,
    loop: asyncio.AbstractEventLoop,
) -> None:
    case = at(case, server.origin)
    store = MemoryStore()
    sessions: dict[str, Any] = {}
    for name, session in case["session"].items():
        account = to_value(shapes.ACCOUNT, session["account"])
        options = {"patience_ms": 5_000} | {
            option.replace("-", "_"): value for option, value in session.get("options", {}).items()
        }
        refused = case.get("refused", {})
        try:
            if kind == "threads":
                sessions[name] = Session(account, store, KEYS, client=client, **options)
            else:
                sessions[name] = AsyncSession(account, store, KEYS, client=async_client, **options)
        except AuthError as error:
            assert refused.get("by") == name, error
            judge_refusal(refused["error"], error)
        else:
            assert refused.get("by") != name
    for number, call in enumerate(case.get("call", [])):
        script.begin(call.get("exchange", []))
        came = made(sessions[call["by"]], call, loop if kind == "coroutines" else None)
        script.judge()
        judge(call["result"], came, f"call {number}, {call['function']}")


def made(session: Any, call: dict[str, Any], loop: asyncio.AbstractEventLoop | None) -> dict[str, Any]:
    """Makes a call, and gives its result as the data says it."""
    rejected = [call["rejected"]] if "rejected" in call else []
    try:
        result = getattr(session, call["function"].replace("-", "_"))(*rejected)
        if loop is not None:
            result = loop.run_until_complete(result)
    except AuthError as error:
        data = error_data(error)
        return {"error": data if isinstance(error, SessionError) else {"auth": data}}
    if result is None:
        return {"done": True}
    shape, name = (shapes.STATUS, "status") if call["function"] == "status" else (shapes.GRANT, "grant")
    return {name: to_data(shape, result)}


def judge(wanted: dict[str, Any], came: dict[str, Any], what: str) -> None:
    absent = wanted.pop("absent", [])
    assert is_in(wanted, came), f"{what}: {wanted} of {came}"
    # The record that the names in `absent` are fields of.
    inner: Any = came
    while len(inner) == 1 and isinstance(next(iter(inner.values())), dict):
        inner = next(iter(inner.values()))
    for name in absent:
        assert name not in inner, what


def is_in(wanted: Any, came: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(came, dict):
        return all(name in came and is_in(value, came[name]) for name, value in wanted.items())
    return bool(wanted == came)


def judge_refusal(wanted: dict[str, Any], error: AuthError) -> None:
    assert isinstance(error, InvalidArgument)
    field, _, reason = in_pythons_words(wanted["auth"]["invalid-argument"]).partition(": ")
    # The caller gave the options one by one, and the rest as an account.
    whose = field.removeprefix("options.") if field.startswith("options.") else f"account.{field}"
    assert error.field == (field if field.startswith("account") else whose)
    assert error.reason == reason
