"""What goes over the wire, and what is made of what comes, or does not come."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import logging
import socket
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from support.both import CREDENTIALS, GOOD, SECRET, both, error_of, made, room, unreachable
from support.http_server import HttpServer, Said
from support.raw_server import RawServer, answer_nothing, read_request, reset

import rpa_auth
from rpa_auth import _exchange, _sync, aio

JSON = [("content-type", "application/json")]


def good(_: Any) -> Said:
    return Said(200, JSON, GOOD)


@both
def test_what_goes_out_is_what_the_component_says_and_what_frames_it(kind: str) -> None:
    def hook(_: object) -> None:
        raise AssertionError("a hook sees secrets")

    async def async_hook(_: object) -> None:
        raise AssertionError("a hook sees secrets")

    with HttpServer(good) as server:
        made(
            kind,
            "authenticate",
            room(server.origin),
            CREDENTIALS,
            headers={"X-Own": "1", "User-Agent": "mine", "Authorization": "Basic Zm9v"},
            cookies={"session": "own"},
            auth=("somebody", "else"),
            params={"own": "1"},
            base_url="http://127.0.0.1:1/",
            event_hooks={"request": [hook if kind == "threads" else async_hook], "response": []},
        )
        (came,) = server.requests
    assert (came.method, came.path) == ("POST", "/v2/authentication")
    assert {name.lower() for name, _ in came.headers} == {
        "host", "accept", "content-type", "content-length", "user-agent",
    }  # fmt: skip
    assert came.values("user-agent")[0].startswith("rpa-auth/")
    assert came.values("host") == [f"127.0.0.1:{server.port}"]


@both
def test_no_cookie_of_an_answer_is_kept(kind: str) -> None:
    def answer(_: object) -> Said:
        return Said(200, [*JSON, ("set-cookie", "session=theirs")], GOOD)

    with HttpServer(answer) as server:
        if kind == "threads":
            with httpx.Client() as client:
                for _ in range(2):
                    rpa_auth.authenticate(room(server.origin), CREDENTIALS, client=client)
                assert not client.cookies
        else:

            async def main() -> None:
                async with httpx.AsyncClient() as client:
                    for _ in range(2):
                        await aio.authenticate(room(server.origin), CREDENTIALS, client=client)
                    assert not client.cookies

            asyncio.run(main())
        assert [came.values("cookie") for came in server.requests] == [[], []]


@both
def test_a_redirect_is_not_followed_whatever_the_client_says(kind: str) -> None:
    with HttpServer(good) as other, HttpServer(lambda _: Said(307, [("location", other.origin)])) as server:
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS, follow_redirects=True)
        assert isinstance(error, rpa_auth.Redirected)
        assert (error.status, error.origin) == (307, other.origin)
        assert other.connections == 0 and len(server.requests) == 1


@both
def test_a_url_with_a_token_in_it_is_in_no_log(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with HttpServer(lambda _: Said(200, JSON, b'{"valid":true}')) as server:
        assert made(kind, "validate", room(server.origin), "t0k3n-of-ada") is True
        assert "t0k3n-of-ada" in server.requests[0].path
    assert "t0k3n-of-ada" not in caplog.text


@both
def test_connections_of_the_client_are_used_again(kind: str) -> None:
    with HttpServer(good) as server:
        if kind == "threads":
            with httpx.Client() as client:
                for _ in range(3):
                    rpa_auth.authenticate(room(server.origin), CREDENTIALS, client=client)
        else:

            async def main() -> None:
                async with httpx.AsyncClient() as client:
                    for _ in range(3):
                        await aio.authenticate(room(server.origin), CREDENTIALS, client=client)

            asyncio.run(main())
        assert len(server.requests) == 3
        assert server.connections == 1


@both
@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "bare deflate", "GZip"])
def test_a_coding_that_nobody_asked_for_is_undone(kind: str, coding: str) -> None:
    if "gzip" in coding.lower():
        body = gzip.compress(GOOD)
    elif coding == "deflate":
        body = zlib.compress(GOOD)
    else:
        packer = zlib.compressobj(wbits=-15)
        body = packer.compress(GOOD) + packer.flush()
    headers = [*JSON, ("content-encoding", coding.removeprefix("bare "))]
    with HttpServer(lambda _: Said(200, headers, body)) as server:
        assert made(kind, "authenticate", room(server.origin), CREDENTIALS).value == "t0k3n-one"


@both
def test_a_small_answer_that_stands_for_a_very_long_one_is_not_unpacked(kind: str) -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    headers = [*JSON, ("content-encoding", "gzip")]
    with HttpServer(lambda _: Said(200, headers, bomb)) as server:
        tracemalloc.start()
        try:
            error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert isinstance(error, rpa_auth.UnexpectedResponse)
    assert most < 16 * 1024 * 1024


@both
@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "gzip"])
def test_a_coding_that_cannot_be_undone_is_no_answer_of_this_api(kind: str, coding: str) -> None:
    headers = [*JSON, ("content-encoding", coding)]
    with HttpServer(lambda _: Said(200, headers, b"\x1b\x0f\x00")) as server:
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS)
    assert isinstance(error, (rpa_auth.UnexpectedResponse, rpa_auth.Unreachable))
    assert error.may_have_acted is True


@both
def test_reading_ends_behind_256_kib(kind: str) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
            sent += 65536

    with RawServer(endless) as server:
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS)
    assert isinstance(error, rpa_auth.UnexpectedResponse)
    # What the system's buffers hold has left as well.
    assert sent < 16 * 1024 * 1024


# --- No answer


@both
def test_nothing_listens(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert unreachable(kind, room(f"http://127.0.0.1:{port}"), CREDENTIALS) == ("refused", False)


@both
def test_a_name_that_is_not_there(kind: str) -> None:
    assert unreachable(kind, room("http://no-such-host.invalid"), CREDENTIALS) == ("dns", False)


@both
def test_a_connection_that_ends_before_the_answer(kind: str) -> None:
    with RawServer(answer_nothing) as server:
        assert unreachable(kind, room(server.origin), CREDENTIALS) == ("closed", True)
        assert server.connections == 1


@both
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-ty",
        b"HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n",
        b'HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"tok',
        b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"tok',
    ],
    ids=["at once", "in the head", "behind the head", "in the body", "in a chunk"],
)
@pytest.mark.parametrize("how", ["reset", "closed"])
def test_a_connection_that_breaks_off(kind: str, how: str, said: bytes) -> None:
    def break_off(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)
        if how == "reset":
            # So that what was said arrives before.
            time.sleep(0.05)
            reset(connection)

    with RawServer(break_off) as server:
        assert unreachable(kind, room(server.origin), CREDENTIALS) == ("closed", True)
        assert server.connections == 1


@both
@pytest.mark.parametrize(
    "said",
    [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"],
    ids=["SSH", "status", "zeros"],
)
def test_what_is_no_http(kind: str, said: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(said)
        time.sleep(0.2)

    with RawServer(speak) as server:
        assert unreachable(kind, room(server.origin), CREDENTIALS) == ("other", True)


# --- Limits of time


def drip(connection: socket.socket, where: str) -> None:
    """Gives a good answer, byte by byte, in two seconds or more."""
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    if where == "body":
        connection.sendall(
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % (100 + len(GOOD))
        )
    else:
        connection.sendall(b"x: ")
    for _ in range(100):
        connection.sendall(b" " if where == "body" else b"x")
        time.sleep(0.02)
    if where == "head":
        connection.sendall(b"\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(GOOD))
    connection.sendall(GOOD)


def took(call: Any) -> float:
    began = time.monotonic()
    assert call() == ("timeout", True)
    return time.monotonic() - began


@both
def test_a_server_that_says_nothing_meets_the_first_bytes_limit(kind: str) -> None:
    with RawServer(lambda connection: server.wait()) as server:
        platform = room(server.origin, first_byte_timeout_ms=150)
        assert took(lambda: unreachable(kind, platform, CREDENTIALS)) >= 0.14


@both
def test_a_server_that_pauses_meets_the_limit_between_bytes(kind: str) -> None:
    def pause(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{")
        server.wait()

    with RawServer(pause) as server:
        platform = room(server.origin, between_bytes_timeout_ms=150)
        assert took(lambda: unreachable(kind, platform, CREDENTIALS)) >= 0.14


@both
@pytest.mark.parametrize("where", ["head", "body"])
def test_a_server_that_drips_meets_the_total_limit(kind: str, where: str) -> None:
    """Each byte comes within the limits of its own."""

    with RawServer(lambda connection: drip(connection, where)) as server:
        platform = room(server.origin, total_timeout_ms=300)
        assert took(lambda: unreachable(kind, platform, CREDENTIALS)) >= 0.29


@both
def test_a_head_that_drips_meets_the_first_bytes_limit(kind: str) -> None:
    with RawServer(lambda connection: drip(connection, "head")) as server:
        platform = room(server.origin, first_byte_timeout_ms=200)
        assert took(lambda: unreachable(kind, platform, CREDENTIALS)) >= 0.19


@both
def test_a_server_that_takes_no_connection_meets_the_connects_limit(kind: str) -> None:
    # The backlog is full: nobody answers the handshake of TCP.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        time.sleep(0.1)
        platform = room(f"http://127.0.0.1:{port}", connect_timeout_ms=200)
        try:
            assert took(lambda: unreachable(kind, platform, CREDENTIALS)) >= 0.19
        finally:
            for one in waiting:
                one.close()


def test_the_total_limit_holds_for_a_name_that_nobody_resolves(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    resolve = socket.getaddrinfo

    def slow(*arguments: Any, **options: Any) -> Any:
        ended.wait(30)
        return resolve(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    platform = room("http://localhost:1", total_timeout_ms=200)
    assert took(lambda: unreachable("threads", platform, CREDENTIALS)) >= 0.19
    ended.set()


def test_the_first_bytes_limit_begins_when_the_request_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the connection may take."""
    resolve = socket.getaddrinfo

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return resolve(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with RawServer(lambda connection: drip(connection, "head")) as server:
        platform = room(server.origin, first_byte_timeout_ms=200)
        assert took(lambda: unreachable("threads", platform, CREDENTIALS)) >= 0.49


@both
def test_both_requests_of_a_validate_have_one_total_limit(kind: str) -> None:
    def answer(connection: socket.socket) -> None:
        for _ in range(2):
            read_request(connection)
            time.sleep(0.25)
            connection.sendall(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n")

    with RawServer(answer) as server:
        error = error_of(kind, "validate", room(server.origin, total_timeout_ms=400), "t0k3n")
    assert isinstance(error, rpa_auth.Unreachable)
    assert error.failure is rpa_auth.TransportFailure.TIMEOUT


@pytest.mark.parametrize("pieces", [1, 2], ids=["within a read", "between two pieces"])
def test_a_request_that_is_given_up_ends_its_connection(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    """Wherever its thread is, and whatever that is told while it cleans up."""
    given_up = threading.Event()
    ended = threading.Event()
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    give_up = _sync.Flight.give_up
    piece = _exchange.Exchange.piece

    def told(flight: _sync.Flight) -> None:
        give_up(flight)
        given_up.set()

    def slow(exchange: _exchange.Exchange, came: bytes) -> bool:
        if pieces == 2:
            assert given_up.wait(10)
        return piece(exchange, came)

    def answer(connection: socket.socket) -> None:
        read_request(connection)
        chunks = b"1\r\n{\r\n" * pieces
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunks)
        with contextlib.suppress(ConnectionError):
            assert connection.recv(1) == b""
        ended.set()

    monkeypatch.setattr(_sync.Flight, "give_up", told)
    monkeypatch.setattr(_exchange.Exchange, "piece", slow)
    with RawServer(answer) as server, httpx.Client() as client:
        with pytest.raises(rpa_auth.Unreachable):
            rpa_auth.authenticate(room(server.origin, total_timeout_ms=200), CREDENTIALS, client=client)
        for thread in threading.enumerate():
            if thread.name == "rpa-auth":
                thread.join(10)
        pool: Any = client._transport_for_url(httpx.URL(server.origin))
        assert pool._pool.connections == []
        assert ended.wait(10)
    gc.collect()
    assert unraisable == []


# --- Cancelling


def test_a_task_that_is_cancelled_ends_its_connection_at_once() -> None:
    seen = threading.Event()
    ended = threading.Event()

    def watch(connection: socket.socket) -> None:
        read_request(connection)
        seen.set()
        assert connection.recv(1) == b""
        ended.set()

    frames: list[str] = []

    async def ask(client: httpx.AsyncClient) -> None:
        try:
            # The token is in the URL, which httpx shows of a request.
            await aio.validate(room(server.origin), SECRET, client=client)
        except asyncio.CancelledError as cancelled:
            step = cancelled.__traceback__
            while step is not None:
                if "/tests/" not in step.tb_frame.f_code.co_filename:
                    frames.append(f"{step.tb_frame.f_code.co_name} {step.tb_frame.f_locals!r}")
                step = step.tb_next
            raise

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            task = asyncio.create_task(ask(client))
            await asyncio.to_thread(seen.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert frames
        inner = [frame for frame in frames if not frame.startswith("validate ")]
        assert SECRET not in "".join(inner), inner

    with RawServer(watch) as server:
        asyncio.run(main())
        assert ended.wait(10)


def test_fifty_logins_wait_beside_each_other() -> None:
    together = threading.Barrier(50)

    def answer(_: object) -> Said:
        together.wait(timeout=60)
        return good(None)

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            calls = [aio.authenticate(room(server.origin), CREDENTIALS, client=client) for _ in range(50)]
            assert {token.value for token in await asyncio.gather(*calls)} == {"t0k3n-one"}

    with HttpServer(answer) as server:
        asyncio.run(main())


def test_threads_wait_beside_each_other() -> None:
    together = threading.Barrier(20)

    def answer(_: object) -> Said:
        together.wait(timeout=60)
        return good(None)

    def login(_: int) -> str:
        return rpa_auth.authenticate(room(server.origin), CREDENTIALS).value

    from concurrent.futures import ThreadPoolExecutor

    with HttpServer(answer) as server, ThreadPoolExecutor(20) as threads:
        assert set(threads.map(login, range(20))) == {"t0k3n-one"}


# --- Clients


@both
def test_a_client_of_the_other_kind_or_a_closed_one_is_refused(kind: str) -> None:
    async def call(client: Any) -> None:
        if kind == "threads":
            rpa_auth.authenticate(room("http://127.0.0.1:1"), CREDENTIALS, client=client)
        else:
            await aio.authenticate(room("http://127.0.0.1:1"), CREDENTIALS, client=client)

    closed: Any = httpx.Client() if kind == "threads" else httpx.AsyncClient()
    if kind == "threads":
        closed.close()
    else:
        asyncio.run(closed.aclose())
    other: Any = httpx.AsyncClient() if kind == "threads" else httpx.Client()
    for client, reason in [
        (closed, "is closed"),
        (other, "must be an httpx."),
        ("client", "must be an httpx."),
    ]:
        with pytest.raises(rpa_auth.InvalidArgument, match=reason) as raised:
            asyncio.run(call(client))
        assert raised.value.field == "client"


@both
def test_a_transport_of_another_kind_serves(kind: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=JSON, content=GOOD))
    assert (
        made(kind, "authenticate", room("http://cr.example.com"), CREDENTIALS, transport=transport).value
        == "t0k3n-one"
    )


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that pauses for two seconds, of a transport that keeps no limits."""

    def __init__(self, before: int) -> None:
        self._before = before

    def __iter__(self) -> Iterator[bytes]:
        if self._before:
            yield GOOD[: self._before]
        time.sleep(2)
        yield GOOD[self._before :]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._before:
            yield GOOD[: self._before]
        await asyncio.sleep(2)
        yield GOOD[self._before :]


@both
@pytest.mark.parametrize("before", [0, 5])
def test_limits_hold_for_a_transport_that_keeps_none(kind: str, before: int) -> None:
    def slow(_: object) -> httpx.Response:
        return httpx.Response(200, headers=JSON, stream=Pieces(before))

    transport = httpx.MockTransport(slow)
    platform = room("http://cr.example.com", between_bytes_timeout_ms=200)
    assert unreachable(kind, platform, CREDENTIALS, transport=transport) == ("timeout", True)
    patient = room("http://cr.example.com")
    assert made(kind, "authenticate", patient, CREDENTIALS, transport=transport).value == "t0k3n-one"


def test_a_mark_stands_for_what_is_not_ascii_in_a_header() -> None:
    answer = httpx.Response(302, headers=[(b"Location", b"https://h\xe9/"), (b"location", b"second")])
    assert _exchange._first(answer.headers.raw, b"location") == "https://h\ufffd/"


@both
def test_an_error_of_a_transport_of_another_kind_is_told_as_may_have_acted(kind: str) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError(request.content)

    transport = httpx.MockTransport(fail)
    error = error_of(kind, "authenticate", room("http://cr.example.com"), CREDENTIALS, transport=transport)
    assert (error.kind, error.may_have_acted) == ("unreachable", True)


@both
def test_no_error_of_a_transport_of_another_kind_says_that_nothing_was_sent(kind: str) -> None:
    """It may have tried once before."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    transport = httpx.MockTransport(fail)
    assert unreachable(kind, room("http://cr.example.com"), CREDENTIALS, transport=transport)[1] is True


class Repeating(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(3):
            answer = super().handle_request(request)
            answer.read()
            if answer.status_code != 503:
                break
        return answer


class AsyncRepeating(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(3):
            answer = await super().handle_async_request(request)
            await answer.aread()
            if answer.status_code != 503:
                break
        return answer


@both
def test_a_transport_that_repeats_sends_a_login_once(kind: str) -> None:
    with HttpServer(lambda _: Said(503)) as server:
        transport = Repeating() if kind == "threads" else AsyncRepeating()
        error = error_of(kind, "authenticate", room(server.origin), CREDENTIALS, transport=transport)
        assert len(server.requests) == 1
    assert isinstance(error, rpa_auth.Unreachable)
    assert (error.failure.value, error.may_have_acted) == ("other", True)
    assert "send the request again" in str(error)
