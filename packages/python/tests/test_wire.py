"""Every case of host-test/cases/wire, with threads and with coroutines: what a call comes to where
the connection, TLS or the answer is at fault.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from support.data import error_data, to_data, to_value
from support.wire_server import WireServer, cases_on

import rpa_auth
from rpa_auth import _contract_shapes as shapes
from rpa_auth import aio
from rpa_auth.errors import AuthError

COUNT = 119
#: How many of them this package cannot run, and in how many it gives something else.
EXCEPTED = 0
DIFFERING = 2

#: Between two calls of a case, in seconds: some clients take a while to have a connection back.
PAUSE = 0.3

CASES, LEFT_OUT, OTHERWISE = cases_on("python")

Came = dict[str, list[Any]]


@pytest.fixture(scope="module", params=["threads", "coroutines"])
def server_and_came(request: pytest.FixtureRequest) -> Iterator[tuple[WireServer, Came]]:
    """Runs every case at once."""
    server = WireServer()
    run = _with_threads if request.param == "threads" else _with_coroutines
    yield server, run(server)
    server.close()


def _with_threads(server: WireServer) -> Came:
    def run(case: dict[str, Any]) -> list[Any]:
        place = server.places[case["name"]]
        came: list[Any] = []
        with httpx.Client(**_settings(place)) as client:
            for call in case["calls"]:
                if came:
                    time.sleep(PAUSE)
                try:
                    came.append(getattr(rpa_auth, call["function"])(*_arguments(call, place), client=client))
                except AuthError as error:
                    came.append(error)
        return came

    with ThreadPoolExecutor(len(CASES)) as pool:
        running = {case["name"]: pool.submit(run, case) for case in CASES}
        return {name: future.result() for name, future in running.items()}


def _with_coroutines(server: WireServer) -> Came:
    async def run(case: dict[str, Any]) -> list[Any]:
        place = server.places[case["name"]]
        came: list[Any] = []
        async with httpx.AsyncClient(**_settings(place)) as client:
            for call in case["calls"]:
                if came:
                    await asyncio.sleep(PAUSE)
                try:
                    came.append(await getattr(aio, call["function"])(*_arguments(call, place), client=client))
                except AuthError as error:
                    came.append(error)
        return came

    async def all_of_them() -> Came:
        came = await asyncio.gather(*(run(case) for case in CASES))
        return {case["name"]: one for case, one in zip(CASES, came, strict=True)}

    return asyncio.run(all_of_them())


def _settings(place: dict[str, str | None]) -> dict[str, Any]:
    """What a program sets up for its client."""
    return {"verify": _trusting(place["ca"]), "proxy": place["proxy"]}


@functools.cache
def _trusting(ca: str | None) -> ssl.SSLContext:
    """Made once: reading certificates takes long, and holds up every coroutine."""
    return ssl.create_default_context(cafile=ca)


def _arguments(call: dict[str, Any], place: dict[str, str | None]) -> list[Any]:
    url = place["url"] or ""
    transport = call.get("transport", {}) | ({"allow-http": True} if url.startswith("http:") else {})
    room = to_value(shapes.CONTROL_ROOM, {"url": url, "api": "v2", "transport": transport})
    if call["function"] == "validate":
        return [room, "t0k3n"]
    password = "x" * call["password-length"] if "password-length" in call else "pa55-w0rd"
    credentials = {"username": "ada", "secret": {"password": password}}
    return [room, to_value(shapes.CONTROL_ROOM_CREDENTIALS, credentials)]


def _wanted(case: dict[str, Any], place: dict[str, str | None]) -> list[Any]:
    """What each call gives, with the addresses of the case."""
    text = (
        json.dumps(case["results"])
        .replace("{origin}", place["url"] or "")
        .replace("{other}", place["other"] or "")
    )
    wanted: list[Any] = json.loads(text)
    return wanted


def _data(result: Any) -> Any:
    if isinstance(result, AuthError):
        return {"error": error_data(result)}
    if isinstance(result, bool):
        return {"valid": result}
    return {"token": to_data(shapes.TOKEN, result)}


def _listed(wanted: Any, came: Any) -> Any:
    """The part of what came that is listed; all of it where something is missing."""
    if not isinstance(wanted, dict) or not isinstance(came, dict) or not wanted.keys() <= came.keys():
        return came
    return {key: _listed(value, came[key]) for key, value in wanted.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any], server_and_came: tuple[WireServer, Came]) -> None:
    server, came = server_and_came
    wanted = _wanted(case, server.places[case["name"]])
    results = [_data(result) for result in came[case["name"]]]
    assert [_listed(*pair) for pair in zip(wanted, results, strict=True)] == wanted


def test_the_servers_have_seen_what_they_should(server_and_came: tuple[WireServer, Came]) -> None:
    server, _ = server_and_came
    assert server.unseen(CASES) == []


def test_the_cases_are_all_there() -> None:
    assert len(CASES) + len(LEFT_OUT) == COUNT
    assert len(LEFT_OUT) == EXCEPTED
    assert len(OTHERWISE) == DIFFERING
