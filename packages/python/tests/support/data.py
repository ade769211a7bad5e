"""Between the values of the case files and the package's, by the contract's shapes."""

from __future__ import annotations

from enum import Enum
from typing import Any

from rpa_auth import errors
from rpa_auth._shapes import (
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


def to_value(shape: Shape, data: Any) -> Any:
    """What the data says; what is absent is None."""
    match shape:
        case Option(of=of):
            return None if data is None else to_value(of, data)
        case Text() | Bool() | Number():
            return data
        case Bytes():
            return bytes(data)
        case ListOf(of=of):
            return [to_value(of, item) for item in data]
        case Enumeration(cls=cls):
            return cls(data)
        case Record(cls=cls, fields=fields):
            known = {field.name for field in fields}
            unknown = set(data) - known
            assert not unknown, f"{unknown} is no field of {cls.__name__}"
            return cls(**{field.attribute: to_value(field.of, data.get(field.name)) for field in fields})
        case Variant(cases=cases):
            name, held = (data, None) if isinstance(data, str) else next(iter(data.items()))
            case = next(case for case in cases if case.name == name)
            return case.make(None if case.of is None else to_value(case.of, held))
    raise AssertionError(f"no data for {shape}")


def to_data(shape: Shape, value: Any) -> Any:
    """A value as the data says it; None is absent."""
    match shape:
        case Option(of=of):
            return None if value is None else to_data(of, value)
        case ListOf(of=of):
            return [to_data(of, item) for item in value]
        case Record(fields=fields):
            said = {field.name: to_data(field.of, getattr(value, field.attribute)) for field in fields}
            return {name: data for name, data in said.items() if data is not None}
        case Variant() if isinstance(value, errors.AuthError):
            return error_data(value)
    return value.value if isinstance(value, Enum) else value


def error_data(error: errors.AuthError) -> Any:
    """An exception as the contract's error."""
    match error:
        case errors.InvalidArgument():
            return {"invalid-argument": f"{error.field}: {error.reason}" if error.field else error.reason}
        case errors.Rejected():
            return {
                "rejected": _some(
                    kind=error.kind, status=error.status, code=error.code, message=error.message
                )
            }
        case errors.Throttled():
            said = _some(status=error.status, code=error.code, message=error.message)
            after = {} if error.retry_after is None else {"retry-after-seconds": error.retry_after}
            return {"throttled": said | after}
        case errors.Redirected():
            return {"redirected": _some(status=error.status, origin=error.origin)}
        case errors.UnexpectedResponse():
            return {"unexpected-response": _some(status=error.status, what=error.what)}
        case errors.Unreachable():
            return {"unreachable": {"failure": error.failure.value, "may-have-acted": error.may_have_acted}}
        case errors.CoolingDown():
            after = {} if error.retry_after is None else {"retry-after-seconds": error.retry_after}
            return {"cooling-down": {"refusals": error.refusals, "cause": error_data(error.cause)} | after}
        case errors.Contested():
            return {"contested": {"refused": error.refused, "retry-after-seconds": error.retry_after}}
        case errors.StoreError():
            name = "unavailable" if isinstance(error, errors.StoreUnavailable) else "other"
            return {"store": {name: error.reason}}
        case errors.SessionError():
            return error.kind
    raise AssertionError(f"no data for {error!r}")


def _some(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def in_pythons_words(text: str) -> str:
    """What the contract says of an argument, with the names that Python's callers know."""
    field, colon, reason = text.partition(": ")
    reason = reason.replace("allow-http", "allow_http")
    return f"{field.replace('-', '_')}{colon}{reason}" if colon and " " not in field else text
