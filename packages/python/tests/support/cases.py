"""The cases of host-test/cases, as that folder's README says them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from support.http_server import Received, Said
from support.places import CASES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def cases(folder: str) -> list[dict[str, Any]]:
    """All cases of a folder, each with a name of its own."""
    found: list[dict[str, Any]] = []
    for path in sorted((CASES / folder).glob("*.toml")):
        found += tomllib.loads(path.read_text("utf-8"))["case"]
    names = [case["name"] for case in found]
    assert len(names) == len(set(names)), "a name stands twice"
    return found


def at(case: dict[str, Any], origin: str) -> dict[str, Any]:
    """The case with the platform at `origin`."""
    made: dict[str, Any] = _put_in(deepcopy(case), origin)
    return made


def _put_in(value: Any, origin: str) -> Any:
    if isinstance(value, str):
        return value.replace("{origin}", origin)
    if isinstance(value, list):
        return [_put_in(item, origin) for item in value]
    if isinstance(value, dict):
        return {key: _put_in(item, origin) for key, item in value.items()}
    return value


def said(answer: dict[str, Any]) -> Said:
    """The answer of an exchange."""
    body = answer.get("body", answer.get("body-filler", "") * answer.get("body-length", 0))
    return Said(answer["status"], list(_lines(answer.get("headers", {}))), body.encode())


def _lines(headers: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        for line in value if isinstance(value, list) else [value]:
            yield name, line


class Script:
    """Answers the requests of a case in their order."""

    def __init__(self) -> None:
        self._exchanges: list[dict[str, Any]] = []
        self._came: list[Received] = []

    def begin(self, exchanges: list[dict[str, Any]]) -> None:
        self._exchanges, self._came = exchanges, []

    def __call__(self, received: Received) -> Said:
        self._came.append(received)
        number = len(self._came)
        if number > len(self._exchanges):
            return Said(599, body=b"nothing more may be sent")
        return said(self._exchanges[number - 1]["answer"])

    def judge(self) -> None:
        """Holds what came against the case."""
        assert len(self._came) == len(self._exchanges)
        for exchange, came in zip(self._exchanges, self._came, strict=True):
            judge_request(exchange["request"], came)


def judge_request(wanted: dict[str, Any], came: Received) -> None:
    assert (came.method, came.path) == (wanted["method"], wanted["path"])
    for name, value in wanted.get("headers", {}).items():
        assert came.values(name) == [value], name
    if "json" in wanted:
        assert json.loads(came.body) == json.loads(wanted["json"])
    else:
        assert came.body == wanted.get("form", "").encode()
