"""The server of the cases of the wire: the program `simulators`, which runners in every language
start.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from typing import Any

from support.cases import cases
from support.places import CASES, program

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: How long it may take to notice what a client did, in seconds.
LATE = 10.0


def cases_on(host: str) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """The cases as a host runs them, the names of those that it cannot run, and the names of
    those where it gives something else.
    """
    found = {
        case["name"]: case | {"results": [call["result"] for call in case["calls"]]} for case in cases("wire")
    }
    said = tomllib.loads((CASES / "hosts" / f"{host}.toml").read_text("utf-8"))
    left_out: set[str] = set()
    for exception in said.get("except", []):
        assert exception["why"]
        for name in exception["cases"]:
            del found[name]
            left_out.add(name)
    otherwise: set[str] = set()
    for difference in said.get("differs", []):
        assert difference["why"]
        instead = {key: difference[key] for key in ("results", "seen") if key in difference}
        for name in difference["cases"]:
            assert instead and name not in otherwise, f"{name} differs once, and in something"
            found[name] |= instead
            otherwise.add(name)
    return list(found.values()), left_out, otherwise


class WireServer:
    """Serves each case, until it is closed."""

    def __init__(self) -> None:
        command = [program("simulators"), "wire", "--cases", str(CASES / "wire")]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._program.stdout is not None
        said = json.loads(self._program.stdout.readline())
        self._control: str = said["control"]
        #: Where each case is served, by its name.
        self.places: dict[str, dict[str, str | None]] = said["cases"]

    def unseen(self, cases: list[dict[str, Any]]) -> list[str]:
        """Waits until each of these cases has seen what it should, and says what some have not."""
        late = time.monotonic() + LATE
        while True:
            seen = self._seen()
            wrong = [case for case in cases if not case["seen"].items() <= seen[case["name"]].items()]
            if not wrong or time.monotonic() > late:
                return [f"{case['name']}: {seen[case['name']]}, not {case['seen']}" for case in wrong]
            time.sleep(0.05)

    def close(self) -> None:
        self._program.communicate()

    def _seen(self) -> Any:
        with urllib.request.urlopen(self._control) as answer:
            return json.load(answer)
