"""Every case of host-test/cases/flows, with threads and with coroutines, over real HTTP."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from support.cases import Script, at, cases
from support.data import error_data, in_pythons_words, to_data, to_value
from support.http_server import HttpServer

import rpa_auth
from rpa_auth import _contract_shapes as shapes
from rpa_auth import aio
from rpa_auth._shapes import TupleOf
from rpa_auth.errors import AuthError

#: Cases that this package cannot do, each with its reason. None.
NOT_HERE: dict[str, str] = {}

CASES = cases("flows")

#: What each function gives, and the name that the cases have for it.
GIVES = {
    "validate": ("valid", shapes.BOOL),
    "logout": ("logged-out", shapes.BOOL),
    "current-user": ("user", shapes.USER),
}


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


def arguments(case: dict[str, Any]) -> list[Any]:
    form = next(c.of for c in shapes.FLOW_CALL.cases if c.name == case["call"])
    assert isinstance(form, TupleOf)
    parameters = list(inspect.signature(getattr(rpa_auth, case["call"].replace("-", "_"))).parameters)
    given = {name.replace("-", "_"): value for name, value in case["arguments"].items()}
    assert set(given) == set(parameters) - {"client"}
    return [to_value(shape, given[name]) for name, shape in zip(parameters, form.of, strict=False)]


def judge(case: dict[str, Any], result: Any, began: int) -> None:
    wanted = case["result"]
    if isinstance(result, AuthError):
        came = {"error": error_data(result)}
        invalid = wanted.get("error", {}).get("invalid-argument")
        if invalid is not None:
            whose = next(iter(case["arguments"])).replace("-", "_") + "."
            said = in_pythons_words(invalid)
            said = whose + said if said.startswith("transport") else said
            wanted = {"error": {"invalid-argument": said}}
    else:
        name, shape = GIVES.get(case["call"], ("token", shapes.TOKEN))
        came = {name: to_data(shape, True if result is None else result)}
        if name == "token":
            expires = came["token"].pop("expires-at-seconds")
            assert began <= expires - came["token"]["lifetime-seconds"] <= int(time.time())
    assert came == wanted


def test_there_are_as_many_cases_as_were_there_when_this_was_written() -> None:
    assert len(CASES) >= 564
    assert set(NOT_HERE) <= {case["name"] for case in CASES}
    print(f"{len(CASES)} cases, {len(NOT_HERE)} of them not here: {NOT_HERE}")


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
    script.begin(case.get("exchange", []))
    name = case["call"].replace("-", "_")
    began = int(time.time())
    result: Any
    try:
        if kind == "threads":
            result = getattr(rpa_auth, name)(*arguments(case), client=client)
        else:
            result = loop.run_until_complete(getattr(aio, name)(*arguments(case), client=async_client))
    except AuthError as error:
        result = error
    judge(case, result, began)
    script.judge()
