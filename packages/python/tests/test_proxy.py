"""A real forward proxy (tinyproxy) that wants a user name and a password."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme
from support.authority import server_context
from support.both import CREDENTIALS, GOOD, both, error_of, made, room
from support.http_server import HttpServer, Said
from support.raw_server import RawServer, answer_nothing
from support.servers import Tinyproxy, free_port

import rpa_auth
from rpa_auth import ControlRoom, ControlRoomApi


def good(_: object) -> Said:
    return Said(200, [("content-type", "application/json")], GOOD)


@pytest.fixture(scope="module")
def proxy() -> Iterator[Tinyproxy]:
    proxy = Tinyproxy()
    yield proxy
    proxy.close()


def ended(error: rpa_auth.AuthError) -> tuple[str, bool]:
    assert isinstance(error, rpa_auth.Unreachable), error
    return error.failure.value, error.may_have_acted


@both
def test_a_login_goes_through_a_tunnel(kind: str, proxy: Tinyproxy) -> None:
    authority, trusting = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trusting)
    with HttpServer(good, server_context(authority)) as server:
        platform = ControlRoom(f"https://localhost:{server.port}", ControlRoomApi.V2)
        token = made(kind, "authenticate", platform, CREDENTIALS, verify=trusting, proxy=proxy.url)
        assert token.value == "t0k3n-one"
        assert f"CONNECT localhost:{server.port}" in proxy.log()


@both
def test_a_login_over_plain_http_is_handed_to_the_proxy(kind: str, proxy: Tinyproxy) -> None:
    with HttpServer(good) as server:
        token = made(kind, "authenticate", room(server.origin), CREDENTIALS, proxy=proxy.url)
        assert token.value == "t0k3n-one"
        assert server.requests[0].values("proxy-authorization") == []


@both
def test_a_proxy_that_wants_another_password_has_passed_nothing_on(kind: str, proxy: Tinyproxy) -> None:
    with HttpServer(good) as server:
        wrong = proxy.url.replace(proxy.PASSWORD, "wrong-pa55")
        platform = room(f"https://127.0.0.1:{server.port}")
        error = error_of(kind, "authenticate", platform, CREDENTIALS, proxy=wrong)
        assert ended(error) == ("denied", False)
        assert server.requests == []
        assert "wrong-pa55" not in str(error)


@both
def test_a_proxy_that_reads_the_request_and_wants_a_password_has_passed_nothing_on(kind: str) -> None:
    with HttpServer(lambda _: Said(407, [("proxy-authenticate", "Basic")])) as proxy:
        error = error_of(kind, "authenticate", room("http://cr.example.com"), CREDENTIALS, proxy=proxy.origin)
        assert ended(error) == ("denied", False)
        # Without a proxy it is an answer of something in between.
        error = error_of(kind, "authenticate", room(proxy.origin), CREDENTIALS)
        assert isinstance(error, rpa_auth.UnexpectedResponse)


@both
def test_a_proxy_that_opens_no_tunnel_has_passed_nothing_on(kind: str) -> None:
    with HttpServer(lambda _: Said(503)) as proxy:
        error = error_of(kind, "authenticate", room("https://127.0.0.1:1"), CREDENTIALS, proxy=proxy.origin)
    assert ended(error) == ("denied", False)
    assert error.why == "the proxy: it answered 503"  # type: ignore[attr-defined]


@both
def test_a_tunnel_to_where_nothing_listens(kind: str, proxy: Tinyproxy) -> None:
    error = error_of(
        kind, "authenticate", room(f"https://127.0.0.1:{free_port()}"), CREDENTIALS, proxy=proxy.url
    )
    assert ended(error) == ("denied", False)


@both
def test_a_proxy_that_is_not_there(kind: str) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    assert ended(error_of(kind, "authenticate", room("https://127.0.0.1:1"), CREDENTIALS, proxy=proxy)) == (
        "refused",
        False,
    )


@both
def test_a_proxy_that_ends_the_connection_before_the_tunnel_has_passed_nothing_on(kind: str) -> None:
    with RawServer(answer_nothing) as proxy:
        error = error_of(kind, "authenticate", room("https://127.0.0.1:1"), CREDENTIALS, proxy=proxy.origin)
    assert ended(error) == ("denied", False)


@both
def test_a_tunnel_that_nobody_opens_meets_the_connects_limit(kind: str) -> None:
    with RawServer(lambda _: silent.wait()) as silent:
        platform = room("https://127.0.0.1:1", connect_timeout_ms=200)
        assert ended(error_of(kind, "authenticate", platform, CREDENTIALS, proxy=silent.origin)) == (
            "timeout",
            True,
        )


@both
def test_the_proxy_of_the_environment_is_used_where_no_client_is_given(
    kind: str, proxy: Tinyproxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from rpa_auth import _clients, aio

    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    # As in a process that begins.
    monkeypatch.setattr(_clients, "_client", None)
    with HttpServer(good) as server:
        if kind == "threads":
            rpa_auth.authenticate(room(server.origin), CREDENTIALS)
            _clients.sync_client().close()
        else:
            asyncio.run(aio.authenticate(room(server.origin), CREDENTIALS))
        assert server.requests[0].values("via") != []
