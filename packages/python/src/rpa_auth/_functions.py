"""The calls, for threads.

    token = rpa_auth.authenticate(room, credentials)

Each is one call: nothing is kept between two calls. It sends one request, `validate` a second one
at most, never a request twice, and follows no redirect. What it raises is an `AuthError`.

`client` is an `httpx.Client` of yours: its CA, client certificate, proxy and pool of
connections are used, and nothing else of it: no header, cookie, hook, or `auth`. Without one, what
httpx does by itself holds: the CAs of certifi or `SSL_CERT_FILE`, the proxy of `HTTPS_PROXY`.

Written by `tools/generate.py` from the WIT: change that, and run it again.
"""

from __future__ import annotations

import httpx

from ._sync import run
from ._contract import (
    ClientCredentials,
    ControlRoom,
    ControlRoomCredentials,
    FlowCallAuthenticate,
    FlowCallClientCredentialsAuthenticate,
    FlowCallCurrentUser,
    FlowCallLogout,
    FlowCallRefresh,
    FlowCallRopcAuthenticate,
    FlowCallValidate,
    IdentityServer,
    Orchestrator,
    RopcCredentials,
    Token,
    User,
)
from ._flow import outcome, text_of


def authenticate(
    control_room: ControlRoom, credentials: ControlRoomCredentials, *, client: httpx.Client | None = None
) -> Token:
    """Gets a token from a Control Room. It may displace the user's earlier
    token, whoever uses that; and three refused logins disable the user.
    """
    made = run(FlowCallAuthenticate((control_room, credentials)), ("control_room", "credentials"), client)
    del control_room, credentials
    result: Token = outcome(made)
    return result


def validate(
    control_room: ControlRoom, token: Token | str, *, client: httpx.Client | None = None
) -> bool:
    """Asks a Control Room whether a token is still good. False for a token that
    expired, was logged out or was displaced. An empty token, or one with
    characters that no token has, is `InvalidArgument`.

    The vendor documents two forms of this call: where the Control Room does
    not have the first, or misses the header that only the other one has, the
    other one is sent, once.
    """
    made = run(FlowCallValidate((control_room, text_of(token))), ("control_room", "token"), client)
    del control_room, token
    result: bool = outcome(made)
    return result


def refresh(
    control_room: ControlRoom, token: Token | str, *, client: httpx.Client | None = None
) -> Token:
    """Exchanges a token that is still good for a new one, without credentials.
    Take the old one for dead from then on. One that is not good any more is
    `TokenRejected`.
    """
    made = run(FlowCallRefresh((control_room, text_of(token))), ("control_room", "token"), client)
    del control_room, token
    result: Token = outcome(made)
    return result


def logout(
    control_room: ControlRoom, token: Token | str, *, client: httpx.Client | None = None
) -> None:
    """Makes a Control Room forget a token at once. One that is not good any
    more is `TokenRejected`.
    """
    made = run(FlowCallLogout((control_room, text_of(token))), ("control_room", "token"), client)
    del control_room, token
    outcome(made)


def ropc_authenticate(
    orchestrator: Orchestrator, credentials: RopcCredentials, *, client: httpx.Client | None = None
) -> Token:
    """Gets a token from an Orchestrator for a user name and password. Ten
    refused logins lock the user out by default. There is no logout: the
    token lives until it expires, and calling again renews it.
    """
    made = run(FlowCallRopcAuthenticate((orchestrator, credentials)), ("orchestrator", "credentials"), client)
    del orchestrator, credentials
    result: Token = outcome(made)
    return result


def client_credentials_authenticate(
    identity_server: IdentityServer, credentials: ClientCredentials, *, client: httpx.Client | None = None
) -> Token:
    """Gets a token for an external application: the flow for business users
    and for organizations with a directory of their own.
    """
    made = run(FlowCallClientCredentialsAuthenticate((identity_server, credentials)), ("identity_server", "credentials"), client)
    del identity_server, credentials
    result: Token = outcome(made)
    return result


def current_user(
    orchestrator: Orchestrator, token: Token | str, *, client: httpx.Client | None = None
) -> User:
    """Who the token speaks for. A token that is not good any more is
    `TokenRejected`.
    """
    made = run(FlowCallCurrentUser((orchestrator, text_of(token))), ("orchestrator", "token"), client)
    del orchestrator, token
    result: User = outcome(made)
    return result
