"""What holds of the sources: the types are the contract's, and typed they are."""

from __future__ import annotations

import subprocess
import sys

import generate
from support.places import PACKAGE


def test_what_is_written_from_the_contract_is_current() -> None:
    """Else run `python tools/generate.py`."""
    for path, text in generate.written().items():
        assert path.read_text("utf-8") == text, path


def test_mypy_finds_nothing() -> None:
    came = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    assert came.returncode == 0, came.stdout


def test_ruff_finds_nothing() -> None:
    for command in (["check"], ["format", "--check"]):
        came = subprocess.run(
            [sys.executable, "-m", "ruff", *command], cwd=PACKAGE, capture_output=True, text=True, check=False
        )
        assert came.returncode == 0, came.stdout
