"""Tells what has locks, threads or connections that the process was forked.

A child has the memory of its parent and one of its threads: a lock that another thread had is
never given back, and who writes on the parent's connection is heard by nobody.
"""

from __future__ import annotations

import os
import weakref
from typing import Any, Protocol


class Forked(Protocol):
    """What wants to be told."""

    def after_fork(self) -> None: ...


_told: weakref.WeakSet[Any] = weakref.WeakSet()

#: What belongs to the parent. Kept: to end what one of its threads was in the middle of is not
#: safe.
_parents: list[Any] = []


def register(one: Forked) -> None:
    """Tells `one` in a child, as long as it lives."""
    _told.add(one)


def abandon(what: Any) -> None:
    """Keeps what belongs to the parent as it is."""
    _parents.append(what)


def _after_fork() -> None:
    for one in list(_told):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
