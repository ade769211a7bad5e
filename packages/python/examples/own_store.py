"""A store of one's own: two methods."""

import sqlite3
import time
from contextlib import closing

from rpa_auth import Entry, StoreUnavailable
from rpa_auth.stores import random_version


class SqliteStore:
    """Entries in a table of SQLite, for the processes of one machine."""

    def __init__(self, path: str) -> None:
        self._path = path
        with closing(self._connect()) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, version, value, written, ends)"
            )

    def _connect(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(self._path, timeout=5, isolation_level="IMMEDIATE")
        except sqlite3.OperationalError:
            raise StoreUnavailable("the file cannot be opened") from None

    def read(self, key: str, unless_version: str | None, wait_ms: int) -> Entry | None:
        now = time.time()
        with closing(self._connect()) as database, database:
            found = database.execute(
                "SELECT version, value, written, ends FROM entries WHERE key = ?", [key]
            ).fetchone()
        if found is None or (found[3] is not None and found[3] <= now):
            return None
        return Entry(version=found[0], value=found[1], age_ms=max(0, int((now - found[2]) * 1000)))

    def compare_and_set(
        self, key: str, expected: str | None, value: bytes, keep_seconds: int | None
    ) -> str | None:
        now, version = time.time(), random_version()
        ends = None if keep_seconds is None else now + keep_seconds
        with closing(self._connect()) as database, database:
            database.execute("DELETE FROM entries WHERE ends <= ?", [now])
            if expected is None:
                statement = "INSERT OR IGNORE INTO entries (version, value, written, ends, key) VALUES (?, ?, ?, ?, ?)"
                changed = database.execute(statement, [version, value, now, ends, key])
            else:
                statement = "UPDATE entries SET version = ?, value = ?, written = ?, ends = ? WHERE key = ? AND version = ?"
                changed = database.execute(statement, [version, value, now, ends, key, expected])
        return version if changed.rowcount else None
