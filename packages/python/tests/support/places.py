"""Where the tests find what the rest of the repository built."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
REPOSITORY = PACKAGE.parents[1]
CASES = REPOSITORY / "host-test" / "cases"

#: The components, as `cargo xtask components` makes them.
COMPONENTS = Path(os.environ.setdefault("RPA_AUTH_COMPONENTS", str(REPOSITORY / "target" / "components")))

#: The programs `simulators` and `rpa-auth`.
PROGRAMS = Path(os.environ.get("RPA_AUTH_PROGRAMS", REPOSITORY / "target" / "debug"))


def program(name: str) -> str:
    path = PROGRAMS / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: build it, or set RPA_AUTH_PROGRAMS")
    return str(path)
