"""Programs in two languages share one token, in each store that outlives a process."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import robot
from support.command import Command
from support.places import PACKAGE
from support.servers import Postgres, Redis, Simulators

import rpa_auth
from rpa_auth import Session, SessionKeys, State

STORES = ["directory", "redis", "postgres"]


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, folder: Path) -> str:
    if request.param == "directory":
        return f"directory:{folder / 'tokens'}"
    server: Redis | Postgres = request.getfixturevalue(f"{request.param}_server")
    return server.url


class Fleet:
    """What all programs of a test have in common."""

    def __init__(self, url: str, store: str, folder: Path) -> None:
        self.url, self.store = url, store
        self.place, self.sealing = secrets.token_hex(32), secrets.token_hex(32)
        self.command = Command(folder, url, store, self.place, self.sealing)
        self._own = robot.store_of(store, is_async=False)

    def session(self) -> Session:
        keys = SessionKeys.from_hex(self.place, self.sealing)
        return Session(robot.account_at(self.url), self._own, keys, actor="this test")

    def close(self) -> None:
        for one in (self._own, getattr(self._own, "_client", None)):
            close = getattr(one, "close", None)
            if close is not None:
                close()

    def robot(self, *, is_async: bool, **told: str) -> subprocess.Popen[str]:
        told_all = {
            "url": self.url,
            "store": self.store,
            "place": self.place,
            "sealing": self.sealing,
            "is_async": is_async,
            **told,
        }
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(PACKAGE / "src"), str(PACKAGE / "tests")]),
        }
        command = [sys.executable, "-m", "support.robot", json.dumps(told_all)]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )


@pytest.fixture
def fleet(simulators: Simulators, store_url: str, folder: Path) -> Iterator[Fleet]:
    fleet = Fleet(simulators.control_room, store_url, folder)
    yield fleet
    fleet.close()


def logins(simulators: Simulators) -> int:
    return simulators.output().count("POST /v2/authentication\n")


def displace(simulators: Simulators) -> None:
    """Somebody outside logs in with the same user."""
    account = robot.account_at(simulators.control_room)
    rpa_auth.authenticate(account.control_room, account.credentials)


def test_the_command_and_this_package_take_each_others_token(simulators: Simulators, fleet: Fleet) -> None:
    session = fleet.session()
    grant = session.token()
    assert grant.origin is rpa_auth.Origin.LOGIN
    taken = fleet.command("token")
    assert taken["token"]["value"] == grant.token.value, taken
    assert taken["shared"]["origin"] == "store"
    assert fleet.command("status")["status"]["actor"] == "this test"
    # The other way round.
    displace(simulators)
    renewed = fleet.command("renew", "--token-from", "env:TOKEN", TOKEN=grant.token.value)
    again = session.token()
    assert (again.token.value, again.origin) == (renewed["token"]["value"], rpa_auth.Origin.STORE)
    status = session.status()
    assert (status.state, status.actor) == (State.VALID, "the command")
    # This test's own, the one outside, the command's.
    assert logins(simulators) == 3


def test_an_end_of_one_holds_for_the_other(simulators: Simulators, fleet: Fleet) -> None:
    session = fleet.session()
    session.token()
    session.end_for_all()
    assert fleet.command("token")["error"]["kind"] == "ended"
    fleet.command("reopen")
    assert session.token().origin is rpa_auth.Origin.LOGIN
    fleet.command("end")
    with pytest.raises(rpa_auth.Ended):
        session.token()


def test_a_crowd_in_two_languages_with_a_dead_token_logs_in_once(
    simulators: Simulators, fleet: Fleet
) -> None:
    dead = fleet.session().token().token.value
    displace(simulators)
    before = logins(simulators)
    robots = [fleet.robot(is_async=bool(number % 2), rejected=dead) for number in range(3)]
    commands = [fleet.command.begin("renew", "--token-from", "env:TOKEN", TOKEN=dead) for _ in range(2)]
    tokens = set()
    for begun in robots:
        out, err = begun.communicate(timeout=120)
        assert out, err
        tokens.add(json.loads(out)["token"])
    for command in commands:
        came: dict[str, Any] = Command.end(command)
        tokens.add(came["token"]["value"])
    assert len(tokens) == 1 and tokens != {dead}
    assert logins(simulators) - before == 1
