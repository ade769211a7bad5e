"""TLS as companies have it, over real sockets."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import trustme
from support.authority import pem_of, server_context
from support.both import CREDENTIALS, GOOD, both, error_of, made
from support.http_server import HttpServer, Said
from support.places import PACKAGE
from support.raw_server import RawServer, reset

import rpa_auth
from rpa_auth import ControlRoom, ControlRoomApi


def good(_: object) -> Said:
    return Said(200, [("content-type", "application/json")], GOOD)


def room(server: HttpServer | RawServer) -> ControlRoom:
    return ControlRoom(f"https://localhost:{server.port}", ControlRoomApi.V2)


def tls_error(
    kind: str, server: HttpServer | RawServer, trusted: ssl.SSLContext | bool = True
) -> rpa_auth.Unreachable:
    error = error_of(kind, "authenticate", room(server), CREDENTIALS, verify=trusted)
    assert isinstance(error, rpa_auth.Unreachable)
    return error


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@both
def test_a_companys_ca_is_trusted_where_the_client_does(
    kind: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with HttpServer(good, server_context(authority)) as server:
        assert made(kind, "authenticate", room(server), CREDENTIALS, verify=trusting).value == "t0k3n-one"


@both
def test_an_unknown_ca_is_refused_before_anything_is_sent(kind: str, authority: trustme.CA) -> None:
    with HttpServer(good, server_context(authority)) as server:
        error = tls_error(kind, server)
        assert server.requests == []
    assert (error.failure.value, error.may_have_acted) == ("tls", False)
    assert error.why is not None and "unable to get local issuer certificate" in error.why
    assert "the CA that signed" in str(error)


@both
def test_a_certificate_for_another_name_is_refused(
    kind: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with HttpServer(good, server_context(authority, "other.example.com")) as server:
        error = tls_error(kind, server, trusting)
    assert (error.failure.value, error.may_have_acted) == ("tls", False)
    assert error.why is not None and "localhost" in error.why


@both
def test_a_certificate_that_has_expired_is_refused(
    kind: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    past = datetime.datetime(2020, 1, 1)
    authority.issue_cert("localhost", not_before=past, not_after=past + datetime.timedelta(1)).configure_cert(
        context
    )
    with HttpServer(good, context) as server:
        error = tls_error(kind, server, trusting)
    assert (error.failure.value, error.may_have_acted) == ("tls", False)
    assert error.why is not None and "expired" in error.why


@both
def test_a_server_that_wants_a_client_certificate_gets_that_of_the_client(
    kind: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    with HttpServer(good, server_context(authority, clients_of=authority)) as server:
        refused = tls_error(kind, server, trusting)
        # With TLS 1.3 a client hears of it after it has sent.
        assert (refused.failure.value, refused.may_have_acted) in {("tls", True), ("closed", True)}
        assert server.requests == []
        authority.issue_cert("robot@example.com").configure_cert(trusting)
        assert made(kind, "authenticate", room(server), CREDENTIALS, verify=trusting).value == "t0k3n-one"


@both
def test_a_server_that_wants_a_client_certificate_says_so_within_the_handshake_of_tls_1_2(
    kind: str, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    context = server_context(authority, clients_of=authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with HttpServer(good, context) as server:
        error = tls_error(kind, server, trusting)
    assert (error.failure.value, error.may_have_acted) == ("tls", False)


@both
@pytest.mark.parametrize("how", ["speaks no TLS", "ends", "resets"])
def test_what_does_not_come_to_a_handshake_has_sent_nothing(kind: str, how: str) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        if how == "speaks no TLS":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        elif how == "resets":
            reset(connection)

    with RawServer(behave) as server:
        error = tls_error(kind, server)
    assert (error.failure.value, error.may_have_acted) == ("tls", False)


@both
def test_a_handshake_that_stands_still_meets_the_connects_limit(kind: str) -> None:
    with RawServer(lambda _: server.wait()) as server:
        platform = ControlRoom(
            f"https://localhost:{server.port}",
            ControlRoomApi.V2,
            rpa_auth.TransportOptions(connect_timeout_ms=200),
        )
        error = error_of(kind, "authenticate", platform, CREDENTIALS)
    assert isinstance(error, rpa_auth.Unreachable)
    assert (error.failure.value, error.may_have_acted) == ("timeout", True)


def test_without_a_client_the_ca_of_the_environment_is_trusted(authority: trustme.CA, folder: Path) -> None:
    script = (
        "import asyncio, sys, rpa_auth as r\n"
        "room = r.ControlRoom(sys.argv[1], r.ControlRoomApi.V2)\n"
        "ada = r.ControlRoomCredentials('ada', r.Password('pa55-w0rd'))\n"
        "print(r.authenticate(room, ada).value, asyncio.run(r.aio.authenticate(room, ada)).value)\n"
    )
    with HttpServer(good, server_context(authority)) as server:
        environment = {
            **os.environ,
            "SSL_CERT_FILE": pem_of(authority, folder),
            "PYTHONPATH": str(PACKAGE / "src"),
        }
        command = [sys.executable, "-W", "error", "-c", script, f"https://localhost:{server.port}"]
        came = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert came.stdout == "t0k3n-one t0k3n-one\n", came.stderr


def test_threads_share_the_clients_connections_over_tls(
    authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    import httpx

    with HttpServer(good, server_context(authority)) as server, httpx.Client(verify=trusting) as client:
        threads = [
            threading.Thread(
                target=rpa_auth.authenticate, args=(room(server), CREDENTIALS), kwargs={"client": client}
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert len(server.requests) == 8
