"""Sends a component's requests from coroutines of asyncio."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import httpx

from . import _clients, _engine
from ._contract import Answer, FlowCall
from ._exchange import TIMED_OUT, Exchange, Failed, begin, is_foul
from ._flow import calls
from ._shapes import Err, Ok
from .errors import InvalidArgument

if TYPE_CHECKING:
    from ._contract import Request


async def send(client: httpx.AsyncClient, request: Request, deadline: float) -> Answer | Failed:
    """Sends a request and waits for its answer. Whoever cancels it ends its connection."""
    exchange = begin(request, deadline, client)
    if isinstance(exchange, Failed):
        return exchange
    #: What was connected for this exchange. Cancelled within the handshake of TLS, it is closed
    #: by nobody else.
    streams: list[Any] = []
    with anyio.CancelScope() as scope:

        def keep() -> None:
            scope.deadline = anyio.current_time() + (exchange.ends - time.monotonic())

        async def trace(event: str, info: dict[str, Any]) -> None:
            if event.endswith(".connect_tcp.complete"):
                streams.append(info.get("return_value"))
            exchange.trace(event, info)
            keep()

        exchange.request.extensions["trace"] = trace
        keep()
        try:
            return await _sent(exchange, keep)
        except Exception as error:
            failure = exchange.failure(error)
        except BaseException as cancelled:
            # The frames that it came through hold the request.
            cancelled.__traceback__ = None
            await _close(streams)
            raise
        return failure
    return TIMED_OUT


async def _close(streams: list[Any]) -> None:
    with anyio.CancelScope(shield=True):
        for stream in streams:
            with contextlib.suppress(Exception):
                await stream.aclose()


async def _sent(exchange: Exchange, keep: Callable[[], None]) -> Answer | Failed:
    response = await exchange.transport.handle_async_request(exchange.request)
    try:
        refused = exchange.refused_by_proxy(response)
        if refused is not None:
            return refused
        exchange.head(response)
        keep()
        async for piece in response.stream:
            if not exchange.piece(piece):
                break
            keep()
    finally:
        if is_foul(response):
            await response.extensions["network_stream"].aclose()
        await response.stream.aclose()
    return exchange.answer()


async def run(call: FlowCall, names: tuple[str, ...], client: httpx.AsyncClient | None) -> Ok | Err:
    """Makes one call of the component that logs in."""
    # What takes longer than a step of an event loop may is done on a thread, once in a process.
    if not _engine.runtime().is_loaded(_engine.FLOWS):
        await anyio.to_thread.run_sync(_engine.runtime().load, _engine.FLOWS)
    if client is None and not _clients.is_ready():
        await anyio.to_thread.run_sync(_clients.prepare)
    if client is None:
        async with _clients.async_client() as own:
            return await run(call, names, own)
    wrong = _clients.check(client, httpx.AsyncClient)
    if wrong is not None:
        return Err(InvalidArgument("client", wrong))
    steps = calls(call, names)
    try:
        sending = next(steps)
        while True:
            sending = steps.send(await send(client, sending.request, sending.deadline))
    except StopIteration as ended:
        result: Ok | Err = ended.value
    return result
