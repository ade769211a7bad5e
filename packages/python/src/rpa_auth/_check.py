"""Checks arguments before anything else sees them.

What is said of one names it in the caller's words and never repeats its value: the most
natural mistake is a secret in the wrong place.
"""

from __future__ import annotations

from typing import Any

from ._shapes import (
    Bool,
    Bytes,
    Enumeration,
    ListOf,
    Number,
    Option,
    Record,
    Shape,
    Text,
    Variant,
)


class Problem(Exception):
    """What is wrong with an argument."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


def check(shape: Shape, value: Any, path: str) -> None:
    """Raises a `Problem` where `value` is not of the form `shape`."""
    match shape:
        case Option(of=inner):
            if value is not None:
                check(inner, value, path)
        case Text():
            _text(value, path)
        case Bool():
            if not isinstance(value, bool):
                raise _other(path, "True or False", value)
        case Number(bits=bits):
            _number(value, bits, path)
        case Bytes():
            if not isinstance(value, (bytes, bytearray)):
                raise _other(path, "bytes", value)
        case ListOf(of=inner):
            if not isinstance(value, (list, tuple)):
                raise _other(path, "a list or a tuple", value)
            for index, item in enumerate(value):
                check(inner, item, f"{path}[{index}]")
        case Enumeration(cls=cls):
            if not isinstance(value, cls):
                names = ", ".join(f"{cls.__name__}.{member.name}" for member in cls)
                raise _other(path, f"one of {names}", value)
        case Record(cls=cls, fields=fields):
            if not isinstance(value, cls):
                raise _other(path, cls.__name__, value)
            for field in fields:
                check(field.of, getattr(value, field.attribute), f"{path}.{field.attribute}")
        case Variant(cases=cases):
            found = next((case for case in cases if isinstance(value, case.cls)), None)
            if found is None:
                raise _other(path, " or ".join(case.cls.__name__ for case in cases), value)
            if found.of is not None:
                check(found.of, found.take(value), path)
        case _:
            raise AssertionError(f"{type(shape).__name__} is no argument")


def _text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise _other(path, "a text (str)", value)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise Problem(path, "holds half of a surrogate pair, which is no character; look where it comes from")


def _number(value: Any, bits: int, path: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _other(path, "a whole number (int)", value)
    if not 0 <= value < 2**bits:
        raise Problem(path, f"must be from 0 to {2**bits - 1}")


def _other(path: str, wanted: str, value: Any) -> Problem:
    got = "nothing (None)" if value is None else type(value).__name__
    return Problem(path, f"must be {wanted}, not {got}")
