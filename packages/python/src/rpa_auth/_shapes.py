"""What the contract's types look like, for those who walk through values of them.

`_contract_shapes.py` has the shapes themselves: the checks of arguments (`_check.py`) and
the way into the component (`_bridge.py`) both go by them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Shape:
    """The form of one type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """A string of Unicode scalar values."""


@dataclass(frozen=True, slots=True)
class Bool(Shape):
    """True or false."""


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """A whole number from 0 on."""

    bits: int


@dataclass(frozen=True, slots=True)
class Bytes(Shape):
    """A list of bytes."""


@dataclass(frozen=True, slots=True)
class Option(Shape):
    """A value, or none."""

    of: Shape


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """Any number of values."""

    of: Shape


@dataclass(frozen=True, slots=True)
class TupleOf(Shape):
    """Values that stand in an order."""

    of: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class ResultOf(Shape):
    """What came of a call: `Ok` or `Err`."""

    ok: Shape
    err: Shape


@dataclass(frozen=True, slots=True)
class Handle(Shape):
    """What a component keeps for its host."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its name in the contract and in Python."""

    name: str
    attribute: str
    of: Shape


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """A class with named fields."""

    cls: type
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Enumeration(Shape):
    """One name out of several. The value of each member is the contract's name."""

    cls: type[Enum]


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a variant."""

    name: str
    cls: type
    of: Shape | None
    #: Makes the Python value of what the case holds.
    make: Callable[[Any], Any]
    #: Takes what the case holds out of the Python value.
    take: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Variant(Shape):
    """One case out of several, each a class."""

    name: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Ok:
    """A result that is good."""

    value: Any


@dataclass(frozen=True, slots=True)
class Err:
    """A result that is an error."""

    value: Any
