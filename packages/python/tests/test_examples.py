"""The examples run, and README.md shows them as they are."""

from __future__ import annotations

import os
import secrets
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import readme
import trustme
from support.authority import pem_of, server_context
from support.both import GOOD
from support.http_server import HttpServer, Said
from support.places import PACKAGE
from support.servers import Postgres, Redis, Simulators, Tinyproxy

from rpa_auth import Session

EXAMPLES = PACKAGE / "examples"


@pytest.fixture(scope="module")
def simulators() -> Iterator[Simulators]:
    server = Simulators("--tls")
    yield server
    server.close()


@pytest.fixture
def environment(simulators: Simulators, folder: Path) -> dict[str, str]:
    """What the examples find, as a person would set it."""
    return {
        **os.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "SSL_CERT_FILE": simulators.ca_file(),
        "CR_URL": simulators.control_room,
        "CR_PASSWORD": "password",
        "TOKEN_URL": simulators.orchestrator + "/identity/connect/token",
        "CLIENT_ID": "app",
        "CLIENT_SECRET": "secret",
        "GATEWAY_KEY": "g4teway-key",
        "PLACE_KEY": secrets.token_hex(32),
        "SEALING_KEY": secrets.token_hex(32),
        "TOKENS": str(folder / "tokens"),
    }


def run(name: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
    came = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (came.returncode, came.stderr) == (0, "")
    return came.stdout


def test_the_page_shows_every_example_as_it_is() -> None:
    """Else run `python tools/readme.py`."""
    assert readme.written() == readme.README.read_text("utf-8")
    assert readme.quoted() == {path.name for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("first_token.py", "X-Authorization 1200\n"),
        ("asynchronous.py", "True\n"),
        ("orchestrator.py", "Authorization ('OR.Folders.Read',)\n"),
        ("errors.py", "ask a person: 401 UM1110\n"),
        ("limits.py", "1200\n"),
        ("shared_session.py", "200 2\n"),
        ("requests_client.py", "200\n"),
        ("pass_on.py", "taken over: X-Authorization\n"),
    ],
)
def test_an_example_runs(name: str, says: str, environment: dict[str, str]) -> None:
    if name == "requests_client.py":
        environment["REQUESTS_CA_BUNDLE"] = environment["SSL_CERT_FILE"]
    said = run(name, environment)
    assert said.endswith(says), said


def test_the_example_over_redis_logs_in_once(environment: dict[str, str], redis_server: Redis) -> None:
    said = run("async_session.py", environment | {"REDIS_URL": redis_server.url})
    assert said in ("{'login', 'store'} 1\n", "{'store', 'login'} 1\n")


def test_the_example_over_postgresql_takes_the_token_from_the_store(
    environment: dict[str, str], postgres_server: Postgres
) -> None:
    assert run("postgres.py", environment | {"POSTGRES_URL": postgres_server.url}) == "login store\n"


def test_the_example_with_a_client_of_ones_own(environment: dict[str, str], folder: Path) -> None:
    authority = trustme.CA()
    certificate = folder / "robot.pem"
    authority.issue_cert("robot@example.com").private_key_and_cert_chain_pem.write_to_path(certificate)
    context: ssl.SSLContext = server_context(authority, clients_of=authority)
    proxy = Tinyproxy()
    try:
        with HttpServer(lambda _: Said(200, [("content-type", "application/json")], GOOD), context) as server:
            own = {
                "CR_URL": server.origin,
                "COMPANY_CA": pem_of(authority, folder),
                "CLIENT_CERTIFICATE": str(certificate),
                "COMPANY_PROXY": proxy.url,
            }
            assert run("own_client.py", environment | own) == "X-Authorization\n"
            assert f"CONNECT localhost:{server.port}" in proxy.log()
    finally:
        proxy.close()


def test_the_example_of_a_store_keeps_what_a_store_promises(folder: Path) -> None:
    import test_stores
    from own_store import SqliteStore

    path = str(folder / "tokens.db")
    for name, promise in vars(test_stores).items():
        # It checks no keys and no lengths: those of a session are right.
        if (
            name.startswith("test_")
            and "64_kib" not in name
            and "is_no_key" not in name
            and "is_held_back" not in name
        ):
            if name in (
                "test_a_read_that_waits_ends_with_its_wait",
                "test_readers_that_wait_learn_of_a_write",
            ):
                # It never holds an answer back, so the session pauses instead.
                continue
            promise(lambda: SqliteStore(path))


def test_a_store_that_holds_nothing_back_is_asked_again_after_a_pause(
    environment: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import httpx
    from own_store import SqliteStore
    from support.robot import account_at

    from rpa_auth import SessionKeys

    keys = SessionKeys.from_hex(environment["PLACE_KEY"], environment["SEALING_KEY"])
    trusted = ssl.create_default_context(cafile=environment["SSL_CERT_FILE"])
    with httpx.Client(verify=trusted) as client, ThreadPoolExecutor(5) as threads:
        sessions = [
            Session(
                account_at(environment["CR_URL"]), SqliteStore(str(folder / "tokens.db")), keys, client=client
            )
            for _ in range(5)
        ]
        grants = list(threads.map(lambda session: session.token(), sessions))
    assert len({grant.token.value for grant in grants}) == 1
