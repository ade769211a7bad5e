"""What is refused before the component is asked: named in the caller's words, never repeated."""

from __future__ import annotations

from typing import Any

import pytest
from support.both import both, error_of

import rpa_auth
from rpa_auth import (
    ApiKey,
    ClientCredentials,
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    Header,
    IdentityServer,
    InvalidArgument,
    MemoryStore,
    Orchestrator,
    Password,
    RopcCredentials,
    Session,
    SessionKeys,
    TransportOptions,
)

SECRET = "hunter2-pa55"
ROOM = ControlRoom("https://cr.example.com", ControlRoomApi.V2)
ADA = ControlRoomCredentials("ada", Password(SECRET))
A_KEY: Any = bytes(32)


def refused(kind: str, function: str, *arguments: Any) -> InvalidArgument:
    error = error_of(kind, function, *arguments)
    assert isinstance(error, InvalidArgument)
    assert error.may_have_acted is False
    for text in (str(error), repr(error), repr(error.args), repr(error.__dict__)):
        assert SECRET not in text
    return error


@both
@pytest.mark.parametrize(
    ("arguments", "field", "reason"),
    [
        ((ROOM, ControlRoomCredentials("ada", SECRET)), "credentials.secret", "must be Password or ApiKey, not str"),  # type: ignore[arg-type]
        ((ROOM, SECRET), "credentials", "must be ControlRoomCredentials, not str"),
        ((SECRET, ADA), "control_room", "must be ControlRoom, not str"),
        ((None, ADA), "control_room", "must be ControlRoom, not nothing (None)"),
        ((ROOM, ControlRoomCredentials("ada", Password(None))), "credentials.secret", "must be a text (str), not nothing (None)"),  # type: ignore[arg-type]
        ((ROOM, ControlRoomCredentials("ada", ApiKey(b"hunter2-pa55"))), "credentials.secret", "must be a text (str), not bytes"),  # type: ignore[arg-type]
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET + "\ud800"))), "credentials.secret", "holds half of a surrogate pair, which is no character; look where it comes from"),
        ((ROOM, ControlRoomCredentials("a\udfff", Password(SECRET))), "credentials.username", "holds half of a surrogate pair, which is no character; look where it comes from"),
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET), mfa_code="123456")), "credentials.mfa_code", "must be a whole number (int), not str"),  # type: ignore[arg-type]
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET), mfa_code=True)), "credentials.mfa_code", "must be a whole number (int), not bool"),
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET), mfa_code=-1)), "credentials.mfa_code", "must be from 0 to 4294967295"),
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET), mfa_code=2**32)), "credentials.mfa_code", "must be from 0 to 4294967295"),
        ((ROOM, ControlRoomCredentials("ada", Password(SECRET), multiple_login="yes")), "credentials.multiple_login", "must be True or False, not str"),  # type: ignore[arg-type]
        ((ControlRoom("https://h", "v2"), ADA), "control_room.api", "must be one of ControlRoomApi.V1, ControlRoomApi.V2, not str"),  # type: ignore[arg-type]
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(allow_http="no")), ADA), "control_room.transport.allow_http", "must be True or False, not str"),  # type: ignore[arg-type]
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(total_timeout_ms=-5)), ADA), "control_room.transport.total_timeout_ms", "must be from 0 to 4294967295"),
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(total_timeout_ms=1.5)), ADA), "control_room.transport.total_timeout_ms", "must be a whole number (int), not float"),  # type: ignore[arg-type]
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(headers={"X-Key": SECRET})), ADA), "control_room.transport.headers", "must be a list or a tuple, not dict"),  # type: ignore[arg-type]
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(headers=[Header("X", "1"), ("X-Key", SECRET)])), ADA), "control_room.transport.headers[1]", "must be Header, not tuple"),  # type: ignore[list-item]
        ((ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(headers=[Header("X-Key", 7)])), ADA), "control_room.transport.headers[0].value", "must be a text (str), not int"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind(kind: str, arguments: Any, field: str, reason: str) -> None:
    error = refused(kind, "authenticate", *arguments)
    assert (error.field, error.reason) == (field, reason)


@both
def test_other_functions_name_their_arguments_as_they_are_called(kind: str) -> None:
    for function, arguments, field in [
        ("validate", (ROOM, None), "token"),
        ("validate", (ADA, SECRET), "control_room"),
        ("current_user", (ROOM, SECRET), "orchestrator"),
        ("ropc_authenticate", (Orchestrator("https://h"), ADA), "credentials"),
        (
            "client_credentials_authenticate",
            (IdentityServer("https://h/connect/token"), ClientCredentials("app", SECRET, "OR.Folders")),
            "credentials.scopes",
        ),
        (
            "client_credentials_authenticate",
            (IdentityServer("https://h/connect/token"), ClientCredentials("app", SECRET, ["one", 2])),  # type: ignore[list-item]
            "credentials.scopes[1]",
        ),
    ]:
        assert refused(kind, function, *arguments).field == field


@both
def test_what_the_component_refuses_is_named_in_the_callers_words(kind: str) -> None:
    headers = [Header("Host", SECRET)]
    for function, arguments, field in [
        ("authenticate", (ControlRoom("cr", ControlRoomApi.V2), ADA), "control_room.url"),
        ("authenticate", (ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(headers=headers)), ADA), "control_room.transport.headers"),
        ("authenticate", (ROOM, ControlRoomCredentials("", Password(SECRET))), "credentials.username"),
        ("ropc_authenticate", (Orchestrator("https://h", transport=TransportOptions(total_timeout_ms=0)), RopcCredentials(username_or_email_address="a", password=SECRET)), "orchestrator.transport.total_timeout_ms"),
        ("client_credentials_authenticate", (IdentityServer("https://h"), ClientCredentials("app", SECRET)), "identity_server.token_url"),
    ]:  # fmt: skip
        assert refused(kind, function, *arguments).field == field


def test_a_missing_field_is_pythons_own_error_without_a_value() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'secret'"):
        ControlRoomCredentials(SECRET)  # type: ignore[call-arg]
    with pytest.raises(TypeError) as raised:
        RopcCredentials("Default", "ada", SECRET)  # type: ignore[call-arg]
    assert SECRET not in str(raised.value)


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ADA.username = "eve"  # type: ignore[misc]
    # Python 3.11 has another error for a field that is not there.
    with pytest.raises((AttributeError, TypeError)):
        ADA.pasword = "typo"  # type: ignore[attr-defined]


def test_a_text_of_any_characters_comes_through() -> None:
    error = error_of(
        "threads",
        "authenticate",
        ControlRoom("https://h", ControlRoomApi.V2),
        ControlRoomCredentials("ada\n", Password("ü\U0001f511")),
    )
    assert isinstance(error, InvalidArgument)
    assert error.field == "credentials.username"


def test_a_session_names_its_arguments_as_they_are_called() -> None:
    account = ControlRoomAccount(ROOM, ADA)
    keys = SessionKeys(bytes([1] * 32), bytes([2] * 32))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"account": ADA}, "account"),
        ({"account": ControlRoomAccount(ROOM, SECRET)}, "account.credentials"),  # type: ignore[arg-type]
        (
            {"account": ControlRoomAccount(ControlRoom("cr", ControlRoomApi.V2), ADA)},
            "account.control_room.url",
        ),
        (
            {
                "account": ControlRoomAccount(
                    ControlRoom("https://h", ControlRoomApi.V2, TransportOptions(total_timeout_ms=0)), ADA
                )
            },
            "account.control_room.transport.total_timeout_ms",
        ),
        (
            {"account": ControlRoomAccount(ROOM, ControlRoomCredentials("", Password(SECRET)))},
            "account.credentials.username",
        ),
        (
            {"account": ControlRoomAccount(ROOM, ControlRoomCredentials("ada", Password(SECRET), 123456))},
            "account.credentials.mfa_code",
        ),
        (
            {"account": ControlRoomAccount(ROOM, ControlRoomCredentials("a" * 300_000, Password(SECRET)))},
            "account",
        ),
        ({"store": "memory:"}, "store"),
        ({"keys": SECRET}, "keys"),
        ({"keys": SessionKeys(SECRET, bytes(32))}, "keys.place"),  # type: ignore[arg-type]
        ({"keys": SessionKeys(bytes([1] * 31), bytes([2] * 32))}, "keys.place"),
        ({"keys": SessionKeys(bytes(32), bytes([2] * 32))}, "keys.place"),
        ({"keys": SessionKeys(bytes([1] * 32), bytes([1] * 32))}, "keys.sealing"),
        ({"keys": SessionKeys(bytes([1] * 32), [])}, "keys.sealing"),
        ({"keys": SessionKeys(bytes([1] * 32), bytes([2] * 32), next_place=b"short")}, "keys.next_place"),
        (
            {"keys": SessionKeys(bytes([1] * 32), bytes([2] * 32), former_places=A_KEY)},
            "keys.former_places",
        ),
        ({"patience_ms": -1}, "patience_ms"),
        ({"patience_ms": "5s"}, "patience_ms"),
        ({"actor": "a" * 257}, "actor"),
        ({"name": ""}, "name"),
        ({"lockout_limit": 1}, "lockout_limit"),
        ({"client": SECRET}, "client"),
    ]
    for changed, field in cases:
        arguments: dict[str, Any] = {"account": account, "store": MemoryStore(), "keys": keys, **changed}
        with pytest.raises(InvalidArgument) as raised:
            Session(**arguments)
        assert raised.value.field == field, raised.value
        assert SECRET not in str(raised.value)


def test_keys_are_64_hexadecimal_digits() -> None:
    keys = SessionKeys.from_hex("0f" * 32, "A1" * 32)
    assert (keys.place, keys.sealing) == (bytes([0x0F] * 32), bytes([0xA1] * 32))
    for bad in ("", "0f", "0g" * 32, "+1" * 32, "0" * 65, " f" * 32, None, 7):
        for arguments, field in (((bad, "0f" * 32), "place"), (("0f" * 32, bad), "sealing")):
            with pytest.raises(InvalidArgument, match=r"hexadecimal|text") as raised:
                SessionKeys.from_hex(*arguments)
            assert raised.value.field == field


def test_a_token_that_is_none_is_refused_for_a_renewal() -> None:
    session = Session(
        ControlRoomAccount(ROOM, ADA), MemoryStore(), SessionKeys(bytes([1] * 32), bytes([2] * 32))
    )
    for bad in (None, 7, "\ud800", "t" * 300_000):
        with pytest.raises(InvalidArgument) as raised:
            session.renew(bad)  # type: ignore[arg-type]
        assert raised.value.field == "rejected"
    assert rpa_auth.State.NONE is session.status().state
