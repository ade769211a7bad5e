"""The component: its values, its instances, and its compiled form on the disk."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.both import CREDENTIALS, GOOD, room
from support.http_server import HttpServer, Said
from support.places import COMPONENTS, PACKAGE

import rpa_auth
from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, _bridge, _cache, _engine
from rpa_auth import _contract as t
from rpa_auth import _contract_shapes as shapes
from rpa_auth._shapes import Err, Ok

ROOM = ControlRoom("https://cr.example.com", ControlRoomApi.V2)
ADA = ControlRoomCredentials("ada", Password("pa55-w0rd"))


@pytest.fixture
def next_step() -> Any:
    return _engine.runtime().load(_engine.FLOWS).instance({"next": shapes.NEXT}).functions["next"]


def test_values_are_those_that_wasmtimes_own_classes_give(next_step: Any) -> None:
    """The way into the component is this package's own; wasmtime's is slower, and says the same."""
    from wasmtime import Store
    from wasmtime.component import Component, Linker, Record, Variant

    def record(**fields: Any) -> Any:
        made = Record()
        for name, value in fields.items():
            setattr(made, name.replace("_", "-"), value)
        return made

    engine = _engine.runtime()._engine
    store = Store(engine)
    component = Component(engine, (COMPONENTS / _engine.FLOWS).read_bytes())
    instance = Linker(engine).instantiate(store, component)
    interface = instance.get_export_index(store, "rpa:auth/flow-steps@0.1.0")
    index = instance.get_export_index(store, "next", interface)
    assert index is not None
    theirs_next = instance.get_func(store, index)
    assert theirs_next is not None
    platform = record(url=ROOM.url, api="v2", transport=None)
    credentials = record(
        username="ada", secret=Variant("password", "pa55-w0rd"), mfa_code=7, multiple_login=None
    )
    theirs = theirs_next(store, Variant("authenticate", (platform, credentials)), [])
    ours = next_step(
        t.FlowCallAuthenticate((ROOM, ControlRoomCredentials("ada", Password("pa55-w0rd"), 7))), []
    )
    request = ours.value.value
    theirs_request = theirs.payload
    assert (request.method.value, request.url, request.body) == (
        theirs_request.method, theirs_request.url, theirs_request.body,
    )  # fmt: skip
    assert [(h.name, h.value) for h in request.headers] == [(h.name, h.value) for h in theirs_request.headers]


@pytest.mark.parametrize("length", [0, 1, 7, 8, 255, 256, 65_537, 262_144])
def test_bytes_of_any_length_come_through(length: int, next_step: Any) -> None:
    body = (bytes(range(256)) * (length // 256 + 1))[:length]
    answer = t.Answer(status=200, body=body, received_at_seconds=1)
    step = next_step(t.FlowCallAuthenticate((ROOM, ADA)), [answer])
    assert isinstance(step, Err) and isinstance(step.value, rpa_auth.UnexpectedResponse)
    # And a token of that length comes back as it went in.
    if 0 < length < 250_000:
        token = "t" * length
        answer = t.Answer(status=200, body=b'{"token":"%s"}' % token.encode(), received_at_seconds=1)
        step = next_step(t.FlowCallAuthenticate((ROOM, ADA)), [answer])
        assert step.value.value.value.value == token


def test_what_was_passed_in_is_overwritten_after_the_call(
    monkeypatch: pytest.MonkeyPatch, next_step: Any
) -> None:
    memories: list[_bridge._Memory] = []
    settle = _bridge._Memory.settle

    def settled(memory: _bridge._Memory) -> int:
        memories.append(memory)
        assert b"pa55-w0rd" in memory.bytes
        return settle(memory)

    monkeypatch.setattr(_bridge._Memory, "settle", settled)
    assert isinstance(next_step(t.FlowCallAuthenticate((ROOM, ADA)), []), Ok)
    assert [bytes(memory.bytes).strip(b"\0") for memory in memories] == [b""]


def test_a_trap_costs_its_call_an_error_and_the_next_call_works() -> None:
    """More arguments than an instance has memory for."""
    huge = ControlRoomCredentials("a" * 20_000_000, Password("pa55-w0rd"))
    _engine.runtime().idle.clear()
    with pytest.raises(rpa_auth.Stopped) as raised:
        rpa_auth.authenticate(room("http://127.0.0.1:1"), huge)
    assert raised.value.may_have_acted is False
    assert not _engine.runtime().idle
    with HttpServer(lambda _: Said(200, [("content-type", "application/json")], GOOD)) as server:
        assert rpa_auth.authenticate(room(server.origin), CREDENTIALS).value == "t0k3n-one"
    assert len(_engine.runtime().idle) == 1


def test_an_instance_is_for_one_thread_at_a_time_and_is_kept() -> None:
    _engine.runtime().idle.clear()

    def login(_: int) -> str:
        answer = {"content-type": "application/json"}
        import httpx

        def slow(_: Any) -> httpx.Response:
            time.sleep(0.01)
            return httpx.Response(200, headers=answer, content=GOOD)

        with httpx.Client(transport=httpx.MockTransport(slow)) as client:
            return rpa_auth.authenticate(room("http://cr.example.com"), CREDENTIALS, client=client).value

    with ThreadPoolExecutor(40) as threads:
        assert set(threads.map(login, range(200))) == {"t0k3n-one"}
    assert 1 <= len(_engine.runtime().idle) <= _engine._KEPT


# --- The compiled form

COMPILED = """
import time, rpa_auth
from rpa_auth import _cache, _engine
kept, loads = [], []
keep, load = _cache.keep, _cache.load
_cache.keep = lambda *a: (kept.append(1), keep(*a))
_cache.load = lambda *a: (loads.append(load(*a)), loads[-1])[1]
_engine.runtime().load(_engine.FLOWS)
print(loads[0] is not None, len(kept))
"""


def starts(folder: Path | str, **variables: str) -> str:
    """Whether a new process found the compiled form, and how often it wrote it."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(PACKAGE / "src"),
        "XDG_CACHE_HOME": str(folder),
        **variables,
    }
    came = subprocess.run(
        [sys.executable, "-c", COMPILED], env=environment, capture_output=True, text=True, check=False
    )
    assert came.returncode == 0, came.stderr
    return came.stdout.strip()


def files(folder: Path) -> list[Path]:
    return sorted((folder / "rpa-auth-python").iterdir())


def test_the_second_process_does_not_compile(folder: Path) -> None:
    assert starts(folder) == "False 1"
    assert starts(folder) == "True 0"
    (kept,) = files(folder)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_what_others_can_write_to_is_not_loaded(folder: Path) -> None:
    starts(folder)
    (kept,) = files(folder)
    for path, mode in ((kept, 0o620), (kept, 0o602), (kept.parent, 0o770), (kept.parent, 0o707)):
        before = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode)
        assert starts(folder).startswith("False"), f"{path} {mode:o}"
        path.chmod(before)
    starts(folder)
    assert starts(folder) == "True 0"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_what_belongs_to_somebody_else_is_not_loaded(folder: Path) -> None:
    starts(folder)
    (kept,) = files(folder)
    for path in (kept, kept.parent):
        os.chown(path, 65534, 65534)
        assert starts(folder).startswith("False"), path
        os.chown(path, 0, 0)


def test_a_link_is_not_followed(folder: Path) -> None:
    starts(folder)
    (kept,) = files(folder)
    moved = folder / "moved"
    kept.rename(moved)
    kept.symlink_to(moved)
    assert starts(folder) == "False 1"
    assert not files(folder)[0].is_symlink()
    real = folder / "real"
    (folder / "rpa-auth-python").rename(real)
    (folder / "rpa-auth-python").symlink_to(real)
    assert starts(folder) == "False 1"


def test_what_is_damaged_is_not_loaded_and_is_replaced(folder: Path) -> None:
    starts(folder)
    (kept,) = files(folder)
    whole = kept.read_bytes()
    for damaged in (
        b"",
        whole[:1000],
        whole[:-1],
        whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:],
        whole + b"x",
    ):
        kept.write_bytes(damaged)
        assert starts(folder) == "False 1"
        assert kept.read_bytes() == whole
    # Whole, and of another engine.
    other = b"no code of any engine"
    kept.write_bytes(hashlib.sha256(other).digest() + other)
    assert starts(folder) == "True 1"
    assert kept.read_bytes() == whole


@pytest.mark.parametrize("place", ["/proc/no/such/folder", "/dev/null"])
def test_it_works_without_a_folder_that_can_be_written_to(place: str) -> None:
    assert starts(place) == "False 1"
    assert starts(place, HOME=place, XDG_CACHE_HOME="") == "False 1"


def test_a_program_without_the_metadata_of_wasmtime_compiles_for_itself(folder: Path) -> None:
    """As one that PyInstaller made."""
    hidden = """
import importlib.metadata as metadata
real = metadata.version
def version(name):
    if name == "wasmtime":
        raise metadata.PackageNotFoundError(name)
    return real(name)
metadata.version = version
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src"), "XDG_CACHE_HOME": str(folder)}
    came = subprocess.run(
        [sys.executable, "-c", hidden + COMPILED],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert came.returncode == 0, came.stderr
    assert came.stdout.strip() == "False 1"
    assert list(folder.iterdir()) == []


def test_a_relative_folder_is_ignored(folder: Path) -> None:
    assert starts("relative", HOME=str(folder)) == "False 1"
    assert (folder / ".cache" / "rpa-auth-python").is_dir()


def test_another_machine_has_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {_cache._name("component"), _cache._name("another")}
    monkeypatch.setattr(_cache, "_features", lambda: "flags: fpu")
    names.add(_cache._name("component"))
    monkeypatch.setattr(_cache, "version", lambda _: "51.0.0")
    names.add(_cache._name("component"))
    assert len(names) == 4


def test_a_component_that_is_missing_is_named(folder: Path) -> None:
    script = "import rpa_auth\nfrom rpa_auth import _engine\n_engine.runtime().load(_engine.FLOWS)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src"), "RPA_AUTH_COMPONENTS": str(folder)}
    came = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert "ImportError: rpa_auth_sans_io.wasm is not in the package" in came.stderr
