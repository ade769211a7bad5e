"""The directory in particular: which are taken, whose its files are, and what is left of a writer
that died. The formats are those of docs/stores.md.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.places import PACKAGE

from rpa_auth.stores import DirectoryStore, StoreRefused, StoreUnavailable, directory
from rpa_auth.stores._moment import UNKNOWN, Moment
from rpa_auth.stores._record import Record

KEY = "5d" * 32
ME = 1000
OTHER = 1001
GROUP = 50

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def test_an_entry_lies_in_the_file_that_is_documented(folder: Path) -> None:
    store = DirectoryStore(folder / "tokens")
    version = store.compare_and_set(KEY, None, b"value\n\0", 3600)
    content = (folder / "tokens" / f"{KEY}.entry").read_bytes()
    line, _, value = content.partition(b"\n")
    words = line.decode().split(" ")
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert words[:4] == ["rpa-auth-entry", "1", version, boot]
    assert abs(int(words[4]) - time.clock_gettime(time.CLOCK_BOOTTIME) * 1000) < 60_000
    assert abs(int(words[5]) - time.time() * 1000) < 60_000
    assert words[6:] == ["3600000", "7"]
    assert value == b"value\n\0"
    assert sorted(path.name for path in (folder / "tokens").iterdir()) == [f"{KEY}.entry", "lock-5"]
    for path in (folder / "tokens").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (folder / "tokens").stat().st_mode & 0o7777 == 0o700


def test_a_record_survives_the_way_through_a_file() -> None:
    for keep in (None, 2**32 * 1000):
        record = Record("0f" * 16, Moment.now(), keep, b"\n" * 65536)
        assert Record.parse(record.to_bytes()) == record


def test_a_file_that_is_cut_or_longer_or_of_another_format_is_no_record() -> None:
    content = Record("0f" * 16, Moment.now(), None, b"\n" * 65536).to_bytes()
    for length in (0, 1, 20, 100, 1000, len(content) - 1):
        assert Record.parse(content[:length]) is None, length
    assert Record.parse(content + b"x") is None
    assert Record.parse(content.replace(b"entry 1", b"entry 2")) is None
    assert Record.parse(content.replace(b" - ", b" -1 ")) is None
    assert Record.parse(content.replace(b"0f0f", b"0f\xff0")) is None


def test_a_damaged_file_is_an_error_that_names_it_and_is_not_overwritten(folder: Path) -> None:
    store = DirectoryStore(folder)
    damaged = folder / f"{KEY}.entry"
    damaged.write_bytes(b"rpa-auth-entry 2 of a later release")
    damaged.chmod(0o600)
    with pytest.raises(StoreRefused, match=str(damaged)):
        store.read(KEY, None, 0)
    with pytest.raises(StoreRefused, match="delete it"):
        store.compare_and_set(KEY, None, b"value", None)
    assert damaged.read_bytes() == b"rpa-auth-entry 2 of a later release"


# --- Ages


def test_within_a_boot_the_wall_clock_does_not_count() -> None:
    written = Moment("a", 100_000, 1_000_000_000)
    for wall in (0, 1_000_000_000, 9_000_000_000):
        assert written.age(Moment("a", 107_000, wall)) == 7_000


def test_an_entry_of_an_earlier_boot_is_at_least_as_old_as_this_boot() -> None:
    written = Moment("a", 100_000, 1_000_000_000)
    for wall, age in ((1_000_090_000, 90_000), (1_000_000_000, 30_000), (990_000_000, 10_000_000)):
        assert written.age(Moment("b", 30_000, wall)) == age


def test_without_a_boot_a_clock_that_was_set_back_makes_no_entry_young_for_ever() -> None:
    assert Moment(UNKNOWN, 0, 1_000_000_000).age(Moment(UNKNOWN, 0, 996_400_000)) == 3_600_000


# --- Which directories are taken


def test_a_directory_of_ones_own_or_of_root_that_nobody_else_writes_to_is_taken() -> None:
    for user in (ME, 0):
        for mode in (0o700, 0o750, 0o755, 0o2755, 0o1700):
            assert verdict(user, mode, ME, None) is None, f"{user} {mode:o}"
    # Root helps whoever the service is.
    assert verdict(OTHER, 0o700, 0, None) is None
    for user in (ME, OTHER, 0):
        for mode in (0o770, 0o2770, 0o2775):
            assert verdict(user, mode, ME, GROUP) is None, f"{mode:o}"


def test_any_other_directory_is_refused_with_the_way_out() -> None:
    for user, mode, group, way_out in (
        (OTHER, 0o700, None, "chown"),
        (OTHER, 0o755, None, "group="),
        (ME, 0o770, None, "group="),
        (0, 0o770, None, "chmod g-w"),
        (ME, 0o777, None, "chmod o-w"),
        (ME, 0o1777, None, "chmod o-w"),
        (ME, 0o2777, GROUP, "chmod o-w"),
        (ME, 0o2770, GROUP + 1, "chgrp"),
        (ME, 0o700, GROUP, "chmod g+rwx"),
        (ME, 0o2750, GROUP, "chmod g+rwx"),
        (ME, 0o3770, GROUP, "chmod -t"),
    ):
        assert way_out in (verdict(user, mode, ME, group) or ""), f"{mode:o}"


def verdict(user: int, mode: int, me: int, group: int | None) -> str | None:
    found = os.stat_result((0o40000 | mode, 0, 0, 1, user, GROUP, 0, 0, 0, 0))
    return directory._why_not(found, me, group)


def test_a_directory_is_looked_at_with_each_read_and_write(folder: Path) -> None:
    store = DirectoryStore(folder / "tokens")
    store.compare_and_set(KEY, None, b"value", None)
    (folder / "tokens").chmod(0o777)
    with pytest.raises(StoreRefused, match="chmod o-w"):
        store.read(KEY, None, 0)
    with pytest.raises(StoreRefused, match="chmod o-w"):
        store.compare_and_set(KEY, None, b"value", None)


def test_a_directory_below_one_that_everybody_can_write_to_is_refused_unless_it_is_sticky(
    folder: Path,
) -> None:
    (folder / "above").mkdir()
    (folder / "above").chmod(0o777)
    with pytest.raises(StoreRefused, match="chmod \\+t"):
        DirectoryStore(folder / "above" / "tokens")
    (folder / "above").chmod(0o1777)
    DirectoryStore(folder / "above" / "tokens")


def test_a_file_system_that_machines_share_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "_file_systems", {})
    monkeypatch.setattr(directory, "_look_up_file_system", lambda _: "nfs4")
    with pytest.raises(StoreRefused, match="nfs4"):
        DirectoryStore(folder)
    monkeypatch.undo()
    assert directory._look_up_file_system(folder.stat().st_dev) not in ("", *directory._SHARED_BY_MACHINES)


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_what_is_no_regular_file_is_refused_at_once(what: str, folder: Path) -> None:
    store = DirectoryStore(folder)
    for name in (f"{KEY}.entry", "lock-5"):
        path = folder / name
        if what == "link":
            (folder / "elsewhere").write_bytes(b"")
            path.symlink_to(folder / "elsewhere")
        elif what == "pipe":
            os.mkfifo(path)
        else:
            path.mkdir()
        with pytest.raises(StoreRefused, match=name):
            store.compare_and_set(KEY, None, b"value", None)
        path.rmdir() if what == "folder" else path.unlink()


def test_a_file_that_everybody_can_write_to_is_refused(folder: Path) -> None:
    store = DirectoryStore(folder)
    store.compare_and_set(KEY, None, b"value", None)
    (folder / f"{KEY}.entry").chmod(0o602)
    with pytest.raises(StoreRefused, match="written to by everybody"):
        store.read(KEY, None, 0)


def test_a_path_that_is_no_directory_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    for path in (folder / "file", folder / "file" / "below", Path("/proc/no/such")):
        with pytest.raises((StoreRefused, StoreUnavailable), match=str(path.parts[1])):
            DirectoryStore(path)


def test_a_directory_that_was_deleted_is_made_again(folder: Path) -> None:
    store = DirectoryStore(folder / "tokens")
    first = store.compare_and_set(KEY, None, b"value", None)
    for path in (folder / "tokens").iterdir():
        path.unlink()
    (folder / "tokens").rmdir()
    assert store.read(KEY, None, 0) is None
    assert store.compare_and_set(KEY, first, b"value", None) is None
    assert store.compare_and_set(KEY, None, b"again", None) is not None
    assert (folder / "tokens").stat().st_mode & 0o7777 == 0o700


@as_root
def test_what_root_writes_belongs_to_whom_the_directory_belongs_to(folder: Path) -> None:
    (folder / "tokens").mkdir(mode=0o700)
    os.chown(folder / "tokens", 65534, 65534)
    store = DirectoryStore(folder / "tokens")
    store.compare_and_set(KEY, None, b"value", None)
    for path in (folder / "tokens").iterdir():
        assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


@as_root
def test_a_group_shares_a_directory_that_is_made_for_it(folder: Path) -> None:
    store = DirectoryStore(folder / "tokens", group=GROUP)
    store.compare_and_set(KEY, None, b"value", None)
    made = (folder / "tokens").stat()
    assert (made.st_mode & 0o7777, made.st_gid) == (0o2770, GROUP)
    for path in (folder / "tokens").iterdir():
        assert (path.stat().st_mode & 0o777, path.stat().st_gid) == (0o660, GROUP)


# --- Writers that die, or stand still

WRITES_ON = """
import sys
from rpa_auth.stores import DirectoryStore
store, number = DirectoryStore(sys.argv[1]), 0
entry = store.read(sys.argv[2], None, 0)
version = entry.version if entry else None
while True:
    number += 1
    version = store.compare_and_set(sys.argv[2], version, b"%d" % number * 1000, None)
    print(number, flush=True)
"""


def test_a_writer_that_is_killed_leaves_a_whole_entry_and_no_lock(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src")}
    store = DirectoryStore(folder)
    for _ in range(3):
        command = [sys.executable, "-c", WRITES_ON, str(folder), KEY]
        writer = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        last = 0
        while last < 20:
            last = int(writer.stdout.readline())
        writer.kill()
        rest = writer.communicate()[0].split()
        last = int(rest[-1]) if rest else last
        entry = store.read(KEY, None, 0)
        assert entry is not None
        # What was answered stands, or the one write that was under way.
        assert entry.value in (b"%d" % last * 1000, b"%d" % (last + 1) * 1000)
        assert store.compare_and_set(KEY, entry.version, entry.value, None) is not None


def test_a_lock_that_somebody_keeps_makes_a_writer_wait_and_then_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    store = DirectoryStore(folder)
    version = store.compare_and_set(KEY, None, b"value", None)
    with open(folder / "lock-5", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        timer = threading.Timer(0.2, lambda: fcntl.flock(held, fcntl.LOCK_UN))
        timer.start()
        version = store.compare_and_set(KEY, version, b"second", None)
        assert version is not None
        timer.join()
        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr(directory, "_LOCK_WAIT", 0.1)
        with pytest.raises(StoreUnavailable, match="is it stopped"):
            store.compare_and_set(KEY, version, b"third", None)
        # A lock file that was deleted keeps nobody out.
        (folder / "lock-5").unlink()
        assert store.compare_and_set(KEY, version, b"third", None) is not None


def test_what_killed_writers_left_and_what_has_run_out_is_swept(folder: Path) -> None:
    first, same_lock, other_lock = KEY, "5" + secrets.token_hex(32)[1:], "6" + secrets.token_hex(32)[1:]
    store = DirectoryStore(folder)
    for key in (same_lock, other_lock):
        (folder / f"{key}.new").write_bytes(b"half")
    old = "5" + secrets.token_hex(32)[1:]
    DirectoryStore(folder).compare_and_set(old, None, b"old", 0)
    (folder / "notes.txt").write_bytes(b"somebody's own")
    store.compare_and_set(first, None, b"value", None)
    left = {path.name for path in folder.iterdir()} - {"lock-5"}
    assert left == {f"{first}.entry", f"{other_lock}.new", "notes.txt"}
