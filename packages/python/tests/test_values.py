"""What values show of themselves, and how a token is written down on purpose."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from typing import Any

import pytest

import rpa_auth
from rpa_auth import (
    ApiKey,
    ClientAccount,
    ClientCredentials,
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    Grant,
    Header,
    IdentityServer,
    LifetimeSource,
    Orchestrator,
    Origin,
    Password,
    RopcAccount,
    RopcCredentials,
    SessionKeys,
    Token,
    TransportOptions,
    User,
    _contract,
)

SECRET = "s3cret-pa55"

TOKEN = Token(
    value=SECRET,
    header=Header("Authorization", f"Bearer {SECRET}"),
    lifetime_seconds=3600,
    lifetime_source=LifetimeSource.RESPONSE,
    expires_at_seconds=1_800_000_000,
    scopes=("OR.Folders", "OR.Jobs"),
)
ROOM = ControlRoom(
    f"https://ada:{SECRET}@h", ControlRoomApi.V2, TransportOptions(headers=[Header("X-Key", SECRET)])
)
ADA = ControlRoomCredentials("ada", Password(SECRET), mfa_code=271_828)

WITH_SECRETS: list[Any] = [
    TOKEN,
    ROOM,
    ADA,
    Password(SECRET),
    ApiKey(SECRET),
    Header("X-Key", SECRET),
    Orchestrator(f"https://ada:{SECRET}@h"),
    IdentityServer(f"https://ada:{SECRET}@h/connect/token"),
    RopcCredentials(username_or_email_address="ada", password=SECRET),
    ClientCredentials("app", SECRET),
    ControlRoomAccount(ROOM, ADA),
    RopcAccount(Orchestrator("https://h"), RopcCredentials(username_or_email_address="ada", password=SECRET)),
    ClientAccount(IdentityServer("https://h/t"), ClientCredentials("app", SECRET)),
    Grant(token=TOKEN, origin=Origin.LOGIN, waited_ms=0, took_over=False),
    SessionKeys(SECRET.encode(), SECRET.encode()),
    _contract.Entry(value=SECRET.encode(), version="v", age_ms=1),
    _contract.FlowCallValidate((ROOM, SECRET)),
    _contract.FlowCallAuthenticate((ROOM, ADA)),
    _contract.SessionStepWrite(_contract.StoreWrite(key="k", value=SECRET.encode())),
]


@pytest.mark.parametrize("value", WITH_SECRETS, ids=lambda value: type(value).__name__)
def test_no_secret_is_shown(value: Any) -> None:
    for text in (repr(value), str(value), f"{value}", f"{[value]!r}"):
        assert SECRET not in text
        assert "271828" not in text


@pytest.mark.parametrize("value", WITH_SECRETS, ids=lambda value: type(value).__name__)
def test_no_secret_is_pickled_or_made_json_by_accident(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            written = pickle.dumps(value, protocol)
        except TypeError as error:
            assert SECRET not in str(error)
        else:
            # A URL with user info is no secret of its own: the component refuses it.
            assert isinstance(value, (Orchestrator, IdentityServer)), written
    with pytest.raises(TypeError):
        json.dumps(value)


def test_what_is_shown_helps_to_read() -> None:
    assert repr(ADA) == (
        "ControlRoomCredentials(username='ada', secret=Password(value=[redacted]), mfa_code=[redacted], "
        "multiple_login=None)"
    )
    assert repr(ROOM) == (
        "ControlRoom(url='h', api=ControlRoomApi.V2, transport=TransportOptions(allow_http=None, "
        "connect_timeout_ms=None, first_byte_timeout_ms=None, between_bytes_timeout_ms=None, "
        "total_timeout_ms=None, headers=[Header(name='X-Key', value=[redacted])]))"
    )


def test_values_without_secrets_are_pickled_and_copied() -> None:
    for value in (
        User("ada", "Default"),
        Orchestrator("https://h"),
        TransportOptions(allow_http=True),
        Origin.STORE,
    ):
        assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(ADA) is ADA
    assert copy.copy(TOKEN) is TOKEN


def test_equal_values_are_equal() -> None:
    assert Password("a") == Password("a")
    key: Any = ApiKey("a")
    assert Password("a") != key
    assert ControlRoomCredentials("ada", Password("a")) != ControlRoomCredentials("ada", Password("b"))


def test_a_token_is_written_and_read_on_purpose() -> None:
    for token in (
        TOKEN,
        Token(
            value="t",
            header=Header("X-Authorization", "t"),
            lifetime_seconds=1,
            lifetime_source=LifetimeSource.CLAIMS,
            expires_at_seconds=2,
            multiple_login=True,
        ),
    ):
        text = token.to_json()
        assert json.loads(text)["value"] == token.value
        assert Token.from_json(text) == token
        assert Token.from_json(text.encode()) == token
    # As the command prints it, with one more name.
    assert Token.from_json(json.dumps(json.loads(TOKEN.to_json()) | {"expires_at": "soon"})) == TOKEN


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", SECRET, '{"value": "s3cret-pa55"}', "[" * 100_000, b"\xff", 7, None]
    + [
        json.dumps(json.loads(TOKEN.to_json()) | change)
        for change in (
            {"value": 7},
            {"header": SECRET},
            {"lifetime_seconds": -1},
            {"scopes": "a"},
            {"lifetime_source": "x"},
        )
    ],
    ids=lambda text: str(text)[:30],
)
def test_what_is_no_token_is_not_read_and_not_shown(text: Any) -> None:
    with pytest.raises(ValueError, match="not the JSON of a token") as raised:
        Token.from_json(text)
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert raised.value.__cause__ is None and raised.value.__context__ is None


def test_what_is_public_is_listed_and_there() -> None:
    for name in rpa_auth.__all__:
        assert hasattr(rpa_auth, name), name
    assert rpa_auth.__all__ == sorted(rpa_auth.__all__)
