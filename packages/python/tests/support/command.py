"""The command `rpa-auth`: another program, in another language, with the same store and keys."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from support.places import program


class Command:
    """The command with an account in a folder of its own."""

    def __init__(self, folder: Path, url: str, store: str, place: str, sealing: str) -> None:
        self._folder = folder / "config"
        self._store_password = urlsplit(store).password or ""
        self._folder.mkdir(mode=0o700)
        keys = self._folder / "keys.toml"
        keys.write_text(f'place = "{place}"\nsealing = ["{sealing}"]\n')
        keys.chmod(0o600)
        account = self._folder / "robots.toml"
        account.write_text(
            f'platform = "control-room"\nurl = "{url}"\nallow-http = true\nuser = "ada"\n'
            f'password-from = "env:CR_PASSWORD"\nkeys = "{keys}"\nactor = "the command"\n{store_lines(store)}'
        )
        account.chmod(0o600)
        self._account = str(account)

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            # What one of them has compiled is there for the next.
            "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
            "CR_PASSWORD": "password",
            "STORE_PASSWORD": self._store_password,
            **variables,
        }
        command = [program("rpa-auth"), *arguments, "--account", self._account, "--json"]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    @staticmethod
    def end(begun: subprocess.Popen[str]) -> dict[str, Any]:
        out, err = begun.communicate(timeout=120)
        assert out, err
        said: dict[str, Any] = json.loads(out)
        return said

    def __call__(self, *arguments: str, **variables: str) -> dict[str, Any]:
        return self.end(self.begin(*arguments, **variables))


def store_lines(store: str) -> str:
    """The command takes no password in a URL."""
    url = urlsplit(store)
    if not url.password:
        return f'store = "{store}"\n'
    user = f"{url.username}@" if url.username else ""
    plain = f"{url.scheme}://{user}{url.hostname}:{url.port}{url.path}"
    return f'store = "{plain}"\nstore-password-from = "env:STORE_PASSWORD"\n'
