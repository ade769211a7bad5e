"""A service in Rust, a script of Node and a robot in Python share one token over one Redis."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import robot
from support.command import Command
from support.places import REPOSITORY
from support.servers import Redis, Simulators, free_port, is_open

import rpa_auth
from rpa_auth import SessionKeys
from rpa_auth.httpx_auth import SessionAuth

NODE_PACKAGE = REPOSITORY / "packages" / "node"
ITEM = "/v3/wlm/queues/4/workitems/17"


class Service:
    """`rpa-auth serve` with the account of a command."""

    def __init__(self, folder: Path, command: Command) -> None:
        secret = folder / "service-secret"
        secret.write_text("s3rvice-of-the-test-s3rvice-of-the-test")
        secret.chmod(0o600)
        self._port = free_port()
        self._secret = secret.read_text()
        self._child = command.serve(f"127.0.0.1:{self._port}", secret)
        ends = time.monotonic() + 60
        while not is_open(self._port):
            assert self._child.poll() is None and time.monotonic() < ends
            time.sleep(0.02)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(
            f"http://127.0.0.1:{self._port}/robots{path}",
            headers={"authorization": f"Bearer {self._secret}", "accept": "application/json"},
            timeout=60,
        )

    def close(self) -> None:
        self._child.terminate()
        self._child.wait(timeout=30)


class Script:
    """The script of Node, ready to renew."""

    def __init__(self, **told: str) -> None:
        script = NODE_PACKAGE / "test" / "support" / "robot.js"
        assert (NODE_PACKAGE / "dist").is_dir(), "packages/node is not built: npm run build"
        self._child = subprocess.Popen(
            ["node", str(script), json.dumps(told)],
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._child.stdout is not None
        assert self._child.stdout.readline() == "ready\n"

    def renew(self) -> dict[str, Any]:
        out, _ = self._child.communicate("\n", timeout=60)
        came: dict[str, Any] = json.loads(out)
        return came


@pytest.fixture
def closing() -> Iterator[list[Any]]:
    """What is closed at the end."""
    opened: list[Any] = []
    yield opened
    for one in reversed(opened):
        one.close()


def test_all_three_find_a_dead_token_and_one_of_them_logs_in(
    simulators: Simulators, redis_server: Redis, folder: Path, closing: list[Any]
) -> None:
    url, store = simulators.control_room, redis_server.url
    place, sealing = secrets.token_hex(32), secrets.token_hex(32)
    command = Command(folder, url, store, place, sealing)
    own = robot.store_of(store, is_async=False)
    session = rpa_auth.Session(robot.account_at(url), own, SessionKeys.from_hex(place, sealing))
    dead = session.token().token.value
    service = Service(folder, command)
    closing.append(service)
    assert service.get(ITEM).status_code == 200
    script = Script(url=url, redis=store, place=place, sealing=sealing, rejected=dead)
    before = displace(simulators)

    came: dict[str, Any] = {}
    with httpx.Client(base_url=url, auth=SessionAuth(session)) as api:
        threads = [
            threading.Thread(target=lambda: came.update(service=service.get(ITEM))),
            threading.Thread(target=lambda: came.update(script=script.renew())),
            threading.Thread(
                target=lambda: came.update(robot=api.get(ITEM, headers={"accept": "application/json"}))
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=90)
    assert came["service"].status_code == 200, came
    assert came["robot"].status_code == 200, came
    shared = session.token().token.value
    assert came["script"]["token"] == shared != dead
    assert logins(simulators) - before == 1


def logins(simulators: Simulators) -> int:
    return simulators.output().count("POST /v2/authentication\n")


def displace(simulators: Simulators) -> int:
    """Somebody outside logs in with the same user. Returns the logins so far."""
    account = robot.account_at(simulators.control_room)
    rpa_auth.authenticate(account.control_room, account.credentials)
    return logins(simulators)


def test_the_robot_for_a_work_item_starts_one_and_waits_for_it(simulators: Simulators, folder: Path) -> None:
    example = REPOSITORY / "examples" / "work-item" / "work_item.py"
    done = subprocess.run(
        [sys.executable, str(example), simulators.control_room, "ada", str(folder / "tokens")],
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY / "packages" / "python" / "src"),
            "CR_PASSWORD": "password",
            "PLACE_KEY": secrets.token_hex(32),
            "SEALING_KEY": secrets.token_hex(32),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("work item 18: invoice 4711 posted\n", "")
    assert logins(simulators) == 1
