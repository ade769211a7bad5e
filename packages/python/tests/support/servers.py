"""Real servers on free ports, each a child of the tests."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from support.places import program

#: Who runs a PostgreSQL that root starts: `nobody` everywhere.
NOBODY = 65534


def free_port() -> int:
    """A port that nobody has. It lies below those that a system gives to whoever asks for any,
    so that nobody comes in between by chance.
    """
    while True:
        port = random.randrange(10_000, 30_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A program with a folder of its own. `close` ends it."""

    #: What it is told at its end.
    END = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rpa-auth-test-"))
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, command: list[str], is_ready: Callable[[], bool], user: int | None = None) -> None:
        as_user = {} if user is None else {"user": user, "group": user}
        with open(self.folder / "output", "ab") as output:
            self._child = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **as_user)  # type: ignore[call-overload]
        ends = time.monotonic() + 60
        while not is_ready():
            assert self._child.poll() is None, self.output()
            assert time.monotonic() < ends, self.output()
            time.sleep(0.02)

    def output(self) -> str:
        return (self.folder / "output").read_text("utf-8", "replace")

    def stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(self.END)
            try:
                child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Process):
    """A redis-server that asks for a password."""

    PASSWORD = "r3dis-pa55"

    def __init__(self) -> None:
        super().__init__()
        self.run()

    def run(self) -> None:
        command = [
            "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
            "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--requirepass", self.PASSWORD,
        ]  # fmt: skip
        self.start(command, lambda: is_open(self.port))

    @property
    def url(self) -> str:
        return f"redis://:{self.PASSWORD}@127.0.0.1:{self.port}"


class Postgres(Process):
    """A PostgreSQL, with a role `robot` that has a password."""

    PASSWORD = "p0stgres-pa55"
    #: At once, whoever is connected.
    END = signal.SIGINT

    def __init__(self) -> None:
        super().__init__()
        self._user = NOBODY if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(self.folder, self._user, self._user)
        data = self.folder / "data"
        as_user = {} if self._user is None else {"user": self._user, "group": self._user}
        made = subprocess.run(
            [postgres("initdb"), "--pgdata", str(data), "--auth=trust", "--username=postgres", "--no-sync",
             "--encoding=UTF8", "--locale=C"],
            capture_output=True, cwd="/", **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        assert made.returncode == 0, made
        settings = ["listen_addresses = '127.0.0.1'", "fsync = off", "shared_buffers = 16MB"]
        settings.append(f"unix_socket_directories = '{self.folder}'")
        (data / "postgresql.auto.conf").write_text("\n".join(settings) + "\n")
        logins = ["local all all trust", "host all all 127.0.0.1/32 scram-sha-256"]
        (data / "pg_hba.conf").write_text("\n".join(logins) + "\n")
        self.run()
        self.say(f"CREATE ROLE robot LOGIN PASSWORD '{self.PASSWORD}'; CREATE DATABASE robots OWNER robot")

    def run(self) -> None:
        command = [postgres("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        self.start(command, self._answers, self._user)

    def _answers(self) -> bool:
        asked = [postgres("pg_isready"), "-q", "-h", str(self.folder), "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def say(self, statements: str) -> None:
        for statement in statements.split("; "):
            command = [
                postgres("psql"),
                "-h",
                str(self.folder),
                "-p",
                str(self.port),
                "-U",
                "postgres",
                "-qc",
                statement,
            ]
            subprocess.run(command, check=True, capture_output=True, cwd="/")

    @property
    def url(self) -> str:
        return f"postgres://robot:{self.PASSWORD}@127.0.0.1:{self.port}/robots"


def postgres(name: str) -> str:
    """A program of PostgreSQL: of the newest version that Debian has, or where the shell finds it."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


class Tinyproxy(Process):
    """A forward proxy that wants a user name and a password."""

    USER, PASSWORD = "robot", "open-sesame"

    def __init__(self) -> None:
        super().__init__()
        settings = (
            f"Port {self.port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n"
            f'BasicAuth {self.USER} {self.PASSWORD}\nLogLevel Connect\nLogFile "{self.folder / "log"}"\n'
        )
        (self.folder / "tinyproxy.conf").write_text(settings)
        command = ["tinyproxy", "-d", "-c", str(self.folder / "tinyproxy.conf")]
        self.start(command, lambda: is_open(self.port))

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    @property
    def url(self) -> str:
        return f"http://{self.USER}:{self.PASSWORD}@127.0.0.1:{self.port}"


class Simulators(Process):
    """Both simulated platforms."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        command = [program("simulators"), "--port", "0", *options]
        self.start(command, lambda: "Requests as they come:" in self.output())
        addresses = re.findall(r"^ +(http\S+) ", self.output(), re.MULTILINE)
        self.control_room, self.orchestrator, *_ = addresses

    def ca_file(self) -> str:
        """The file with the CA's certificate, as it says."""
        found = re.search(r"(/\S+\.pem)", self.output())
        assert found is not None, self.output()
        return found[1]
