"""What the contract's types look like, for those who walk through values of them.

`_contract_shapes.py` has the shapes themselves: the checks of arguments (`_check.py`) and
the way into the component (`_bridge.py`) both go by them. They are no dataclasses: making one of
those takes a millisecond of each start.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any


class Shape:
    """The form of one type. Two are the same where they are one object."""

    __slots__ = ()


class Text(Shape):
    """A string of Unicode scalar values."""

    __slots__ = ()


class Bool(Shape):
    """True or false."""

    __slots__ = ()


class Number(Shape):
    """A whole number from 0 on."""

    __slots__ = ("bits",)

    def __init__(self, bits: int) -> None:
        self.bits = bits


class Bytes(Shape):
    """A list of bytes."""

    __slots__ = ()


class Option(Shape):
    """A value, or none."""

    __slots__ = ("of",)

    def __init__(self, of: Shape) -> None:
        self.of = of


class ListOf(Shape):
    """Any number of values."""

    __slots__ = ("of",)

    def __init__(self, of: Shape) -> None:
        self.of = of


class TupleOf(Shape):
    """Values that stand in an order."""

    __slots__ = ("of",)

    def __init__(self, of: tuple[Shape, ...]) -> None:
        self.of = of


class ResultOf(Shape):
    """What came of a call: `Ok` or `Err`."""

    __slots__ = ("err", "ok")

    def __init__(self, ok: Shape, err: Shape) -> None:
        self.ok = ok
        self.err = err


class Handle(Shape):
    """What a component keeps for its host."""

    __slots__ = ()


class Field:
    """One field of a record: its name in the contract and in Python."""

    __slots__ = ("attribute", "name", "of")

    def __init__(self, name: str, attribute: str, of: Shape) -> None:
        self.name = name
        self.attribute = attribute
        self.of = of


class Record(Shape):
    """A class with named fields."""

    __slots__ = ("cls", "fields")

    def __init__(self, cls: type, fields: tuple[Field, ...]) -> None:
        self.cls = cls
        self.fields = fields


class Enumeration(Shape):
    """One name out of several. The value of each member is the contract's name."""

    __slots__ = ("cls",)

    def __init__(self, cls: type[Enum]) -> None:
        self.cls = cls


class Case:
    """One case of a variant: its class, how a value is made of what it holds, and how that is
    taken out.
    """

    __slots__ = ("cls", "make", "name", "of", "take")

    def __init__(
        self,
        name: str,
        cls: type,
        of: Shape | None,
        make: Callable[[Any], Any],
        take: Callable[[Any], Any],
    ) -> None:
        self.name = name
        self.cls = cls
        self.of = of
        self.make = make
        self.take = take


class Variant(Shape):
    """One case out of several, each a class."""

    __slots__ = ("cases", "name")

    def __init__(self, name: str, cases: tuple[Case, ...]) -> None:
        self.name = name
        self.cases = cases


class Ok:
    """A result that is good."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Err:
    """A result that is an error."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value
