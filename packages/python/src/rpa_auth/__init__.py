"""Logs in to Automation Anywhere Control Room and UiPath Orchestrator.

    from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, authenticate

    room = ControlRoom("https://cr.example.com", ControlRoomApi.V2)
    token = authenticate(room, ControlRoomCredentials("ada", Password(secret)))

The functions here are for threads; `rpa_auth.aio` has the same for coroutines.
"""

from . import aio
from ._contract import (
    ApiKey,
    ClientAuthentication,
    ClientCredentials,
    ControlRoom,
    ControlRoomApi,
    ControlRoomCredentials,
    ControlRoomSecret,
    Header,
    IdentityServer,
    LifetimeSource,
    Orchestrator,
    Password,
    RejectionKind,
    RopcCredentials,
    Token,
    TransportFailure,
    TransportOptions,
    User,
)
from ._functions import (
    authenticate,
    client_credentials_authenticate,
    current_user,
    logout,
    refresh,
    ropc_authenticate,
    validate,
)
from .errors import (
    AuthError,
    CredentialsRejected,
    Forbidden,
    InvalidArgument,
    NotFound,
    OtherError,
    Redirected,
    Rejected,
    RequestRejected,
    ServerError,
    Stopped,
    Throttled,
    TokenRejected,
    UnexpectedResponse,
    Unreachable,
)

__all__ = [
    "ApiKey",
    "AuthError",
    "ClientAuthentication",
    "ClientCredentials",
    "ControlRoom",
    "ControlRoomApi",
    "ControlRoomCredentials",
    "ControlRoomSecret",
    "CredentialsRejected",
    "Forbidden",
    "Header",
    "IdentityServer",
    "InvalidArgument",
    "LifetimeSource",
    "NotFound",
    "Orchestrator",
    "OtherError",
    "Password",
    "Redirected",
    "Rejected",
    "RejectionKind",
    "RequestRejected",
    "RopcCredentials",
    "ServerError",
    "Stopped",
    "Throttled",
    "Token",
    "TokenRejected",
    "TransportFailure",
    "TransportOptions",
    "UnexpectedResponse",
    "Unreachable",
    "User",
    "aio",
    "authenticate",
    "client_credentials_authenticate",
    "current_user",
    "logout",
    "refresh",
    "ropc_authenticate",
    "validate",
]
