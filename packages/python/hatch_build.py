"""Puts into the wheel what is built elsewhere: the components, and the program where there is one.

RPA_AUTH_COMPONENTS names the folder with the components; without it that of a clone of the
repository is taken (`cargo xtask components` fills it). RPA_AUTH_PROGRAM names the program's
file, and RPA_AUTH_PLATFORM the platform that it is for; without them the wheel is for any.
"""

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPONENTS = ("rpa_auth_sans_io.wasm", "rpa_auth_sans_io_session.wasm")


class Built(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        default = Path(self.root, "../../target/components")
        folder = Path(os.environ.get("RPA_AUTH_COMPONENTS", default))
        for name in COMPONENTS:
            file = folder / name
            if not file.is_file():
                raise FileNotFoundError(f"{file} is missing: cargo xtask components builds it")
            build_data["force_include"][str(file)] = f"rpa_auth/{name}"
        program = os.environ.get("RPA_AUTH_PROGRAM")
        if program:
            build_data["shared_scripts"][program] = "rpa-auth"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{os.environ['RPA_AUTH_PLATFORM']}"
