"""The same call with threads and with coroutines."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

import rpa_auth
from rpa_auth import (
    AuthError,
    ControlRoom,
    ControlRoomApi,
    ControlRoomCredentials,
    Password,
    TransportOptions,
    aio,
)

SECRET = "pa55-w0rd"
CREDENTIALS = ControlRoomCredentials("ada", Password(SECRET))
GOOD = b'{"token":"t0k3n-one"}'

both = pytest.mark.parametrize("kind", ["threads", "coroutines"])


def room(origin: str, **transport: Any) -> ControlRoom:
    return ControlRoom(origin, ControlRoomApi.V2, TransportOptions(allow_http=True, **transport))


def made(kind: str, function: str, *arguments: Any, **client: Any) -> Any:
    """What a call gives, with a client of httpx that has these settings."""
    if kind == "threads":
        with httpx.Client(**client) as threaded:
            return getattr(rpa_auth, function)(*arguments, client=threaded)

    async def main() -> Any:
        async with httpx.AsyncClient(**client) as own:
            return await getattr(aio, function)(*arguments, client=own)

    return asyncio.run(main())


def error_of(kind: str, function: str, *arguments: Any, **client: Any) -> AuthError:
    with pytest.raises(AuthError) as raised:
        made(kind, function, *arguments, **client)
    return raised.value


def unreachable(kind: str, *arguments: Any, **client: Any) -> tuple[str, bool]:
    """How a login ended without an answer."""
    error = error_of(kind, "authenticate", *arguments, **client)
    assert isinstance(error, rpa_auth.Unreachable), error
    return error.failure.value, error.may_have_acted
