"""The keys of shared sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ._check import Problem
from ._values import Value
from .errors import InvalidArgument

_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys(Value):
    """The keys that everybody who shares sessions has, of 32 random bytes each.

    The place key hides which account an entry of the store belongs to. The sealing keys encrypt
    what stands there: the first one seals, all of them open. Both are rotated without an outage,
    in steps that each reach everybody before the next begins:

    |   | sealing key                         | place key                                  |
    |---|-------------------------------------|--------------------------------------------|
    | 1 | `SessionKeys(place, [old, new])`    | `SessionKeys(old, seal, next_place=new)`   |
    | 2 | `SessionKeys(place, [new, old])`    | `SessionKeys(new, seal, former_places=[old])` |
    | 3 | `SessionKeys(place, [new])`         | `SessionKeys(new, seal)`                   |

    In step 2 whoever calls takes the entry along. Go to step 3 once each account was called.
    """

    place: bytes
    """Hides whose token an entry holds."""
    sealing: bytes | Sequence[bytes]
    """One key, or several: the first seals."""
    next_place: bytes | None = None
    """The place key that others will use next."""
    former_places: Sequence[bytes] = ()
    """Place keys under which entries may still stand."""

    _secret: ClassVar[frozenset[str]] = frozenset({"place", "sealing", "next_place", "former_places"})

    @classmethod
    def from_hex(cls, place: str, sealing: str) -> SessionKeys:
        """The same from 64 hexadecimal digits each, as `openssl rand -hex 32` makes them."""
        problem = _not_hex("place", place) or _not_hex("sealing", sealing)
        if problem is not None:
            raise problem
        return cls(bytes.fromhex(place), bytes.fromhex(sealing))

    def _sealing_keys(self) -> list[bytes]:
        if isinstance(self.sealing, (bytes, bytearray)):
            return [bytes(self.sealing)]
        return list(self.sealing)


def check_keys(keys: object) -> None:
    """Raises a `Problem` where these cannot be used."""
    if not isinstance(keys, SessionKeys):
        raise Problem("keys", f"must be SessionKeys, not {type(keys).__name__}")
    _check_key("keys.place", keys.place)
    if keys.next_place is not None:
        _check_key("keys.next_place", keys.next_place)
    _check_list("keys.former_places", keys.former_places)
    if not isinstance(keys.sealing, (bytes, bytearray)):
        _check_list("keys.sealing", keys.sealing)
    sealing = keys._sealing_keys()
    if not sealing:
        raise Problem("keys.sealing", "has no key")
    for key in sealing:
        _check_key("keys.sealing", key)


def _check_list(name: str, keys: object) -> None:
    if not isinstance(keys, (list, tuple)):
        raise Problem(name, f"must be a list or a tuple of keys, not {type(keys).__name__}")
    for key in keys:
        _check_key(name, key)


def _check_key(name: str, key: object) -> None:
    if not isinstance(key, (bytes, bytearray)):
        raise Problem(name, f"must be {_LENGTH} bytes, not {type(key).__name__}")
    if len(key) != _LENGTH:
        raise Problem(name, f"must have {_LENGTH} bytes; `openssl rand -hex {_LENGTH}` makes them")


def _not_hex(name: str, text: object) -> InvalidArgument | None:
    if not isinstance(text, str):
        return InvalidArgument(name, f"must be a text (str), not {type(text).__name__}")
    digits = set("0123456789abcdefABCDEF")
    if len(text) != 2 * _LENGTH or not set(text) <= digits:
        reason = f"must be {2 * _LENGTH} hexadecimal digits; `openssl rand -hex {_LENGTH}` makes them"
        return InvalidArgument(name, reason)
    return None
