"""Sends a component's requests from threads.

A request goes out on a thread of its own, and the caller waits for what that says. So every
limit of time holds whatever the peer sends and the resolver does, Ctrl-C ends a wait at once,
and a session goes on with its steps while its request is under way.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import httpx

from . import _clients
from ._contract import Answer, FlowCall, TransportFailure
from ._exchange import TIMED_OUT, Exchange, Failed, begin, failed, is_foul
from ._flow import calls
from ._shapes import Err, Ok
from ._workers import NO_THREAD
from .errors import InvalidArgument

if TYPE_CHECKING:
    from ._contract import Request


def fly(exchange: Exchange) -> Flight | Failed:
    """Sends a request, where the system starts a thread for it."""
    try:
        return Flight(exchange)
    except RuntimeError:
        return failed(TransportFailure.OTHER, may_have_acted=False, why=NO_THREAD)


class GivenUp(Exception):
    """Nobody waits for this exchange any more."""


class Flight:
    """A request that is under way."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._news: SimpleQueue[Answer | Failed | None] = SimpleQueue()
        self._is_given_up = False
        self._stream: Any = None
        exchange.request.extensions["trace"] = self._trace
        self._ended: Answer | Failed | None = None
        # A daemon: a peer that is silent does not keep the program from its end.
        thread = threading.Thread(target=self._run, daemon=True, name="rpa-auth")
        thread.start()

    def wait(self, until: float) -> Answer | Failed | None:
        """How it ended; none where it goes on at `until`, by `time.monotonic`."""
        while self._ended is None:
            ends = self._exchange.ends
            left = min(until, ends) - time.monotonic()
            try:
                self._ended = self._news.get(timeout=max(left, 0)) if left > 0 else self._news.get_nowait()
            except Empty:
                now = time.monotonic()
                if now >= self._exchange.ends:
                    self.give_up()
                    self._ended = TIMED_OUT
                elif now >= until:
                    return None
        return self._ended

    def give_up(self) -> None:
        """Ends it, as far as that goes from here: what has left has left."""
        self._is_given_up = True
        stream = self._stream
        if stream is not None:
            _cut(stream)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._stream = info.get("return_value")
        if self._is_given_up:
            self.give_up()
            if _goes_on(event):
                raise GivenUp
        before = self._exchange.ends
        self._exchange.trace(event, info)
        self._tell(before)

    def _tell(self, before: float) -> None:
        """Wakes the caller where the phase ends earlier than it waits for."""
        if self._exchange.ends < before:
            self._news.put(None)

    def _run(self) -> None:
        try:
            ended = self._sent()
        except BaseException as error:
            ended = self._exchange.failure(error)
        self._news.put(ended)

    def _sent(self) -> Answer | Failed:
        exchange = self._exchange
        response = exchange.transport.handle_request(exchange.request)
        try:
            self._stream = response.extensions.get("network_stream") or self._stream
            refused = exchange.refused_by_proxy(response)
            if refused is not None:
                return refused
            before = exchange.ends
            exchange.head(response)
            self._tell(before)
            for piece in response.stream:
                if self._is_given_up:
                    raise GivenUp
                if not exchange.piece(piece):
                    break
        finally:
            if is_foul(response):
                response.extensions["network_stream"].close()
            response.stream.close()
        return exchange.answer()


def _goes_on(event: str) -> bool:
    """Whether the transport begins another part of an exchange. An error at any other moment
    would stand in the way of what it does to clean up.
    """
    return event.endswith(".started") and not event.endswith((".close.started", ".response_closed.started"))


def _cut(stream: Any) -> None:
    """Wakes whoever reads from a connection."""
    with contextlib.suppress(Exception):
        found = stream.get_extra_info("socket")
        if found is not None:
            # Not that of TLS, which would wait for the other side.
            socket.socket.shutdown(found, socket.SHUT_RDWR)


def send(client: httpx.Client, request: Request, deadline: float) -> Answer | Failed:
    """Sends a request and waits for its answer."""
    exchange = begin(request, deadline, client)
    if isinstance(exchange, Failed):
        return exchange
    flight = fly(exchange)
    if isinstance(flight, Failed):
        return flight
    try:
        while True:
            ended = flight.wait(float("inf"))
            if ended is not None:
                return ended
    except BaseException:
        flight.give_up()
        raise


def run(call: FlowCall, names: tuple[str, ...], client: httpx.Client | None) -> Ok | Err:
    """Makes one call of the component that logs in."""
    if client is None:
        client = _clients.sync_client()
    wrong = _clients.check(client, httpx.Client)
    if wrong is not None:
        return Err(InvalidArgument("client", wrong))
    steps = calls(call, names)
    try:
        sending = next(steps)
        while True:
            sending = steps.send(send(client, sending.request, sending.deadline))
    except StopIteration as ended:
        result: Ok | Err = ended.value
    return result
