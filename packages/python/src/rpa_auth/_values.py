"""What the generated classes have in common: a `repr` without secrets, and no way to be
written down by accident.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

if TYPE_CHECKING:
    from typing_extensions import Self

HIDDEN = "[redacted]"


class Value:
    """A value of the contract."""

    __slots__ = ()

    #: The fields that `repr` does not show.
    _secret: ClassVar[frozenset[str]] = frozenset()
    #: The fields that are a URL, which may have user info in it.
    _urls: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self._shown(name)}" for name in _names(self))
        return f"{type(self).__name__}({shown})"

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        if value is None:
            return "None"
        if name in self._secret:
            return HIDDEN
        if name in self._urls and isinstance(value, str):
            return repr(value.rsplit("@", 1)[-1])
        return repr(value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Any:
        if self._secret:
            raise TypeError(
                f"{type(self).__name__} holds a secret and is not pickled: pass it on in a way "
                "that says so (a Token has to_json)"
            )
        return _made_again, (type(self), {name: getattr(self, name) for name in _names(self)})


class Internal(Value):
    """What passes between the component and the driver. It shows nothing of itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled")


class TokenText:
    """What a token can do beyond holding its fields."""

    __slots__ = ()

    def to_json(self) -> str:
        """Returns the token as JSON, to hand it to another program on purpose.

        The text is a secret: whoever reads it can use the token. Its names are those of
        the fields, as the command `rpa-auth` prints them.
        """
        data = {name: getattr(self, name) for name in _names(self)}
        data["header"] = {"name": data["header"].name, "value": data["header"].value}
        data["lifetime_source"] = data["lifetime_source"].value
        if data["scopes"] is not None:
            data["scopes"] = list(data["scopes"])
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Reads what `to_json` wrote. `lifetime_seconds` is what it was then:
        `expires_at_seconds` says how long the token still lives.

        Raises `ValueError`, which repeats nothing of the text.
        """
        token: Self | None = _read(cls, text)
        if token is None:
            raise ValueError("this is not the JSON of a token")
        return token


def _read(cls: type[Any], text: str | bytes) -> Any:
    from ._check import Problem, check
    from ._contract import Header, LifetimeSource
    from ._contract_shapes import TOKEN

    try:
        data = json.loads(text)
        known = {field.name: data[field.name] for field in fields(cls)}
        known["header"] = Header(known["header"]["name"], known["header"]["value"])
        known["lifetime_source"] = LifetimeSource(known["lifetime_source"])
        if isinstance(known["scopes"], list):
            known["scopes"] = tuple(known["scopes"])
        token = cls(**known)
        check(TOKEN, token, "token")
    except (ValueError, TypeError, KeyError, RecursionError, Problem):
        return None
    return token


def _made_again(cls: type[Any], known: dict[str, Any]) -> Any:
    return cls(**known)


def _names(value: object) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast(Any, value)))
