"""How a case of a variant is made of what it holds, and what it holds is taken out."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

value_of: Callable[[Any], Any] = attrgetter("value")


def itself(value: Any) -> Any:
    """What is told by its own class."""
    return value


def empty(cls: type) -> Callable[[Any], Any]:
    """A case that holds nothing."""
    one = cls()
    return lambda _: one
