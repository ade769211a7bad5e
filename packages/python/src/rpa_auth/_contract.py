"""The contract's types, with its words.

Written by `tools/generate.py` from the WIT: change that, and run it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from ._values import Internal, TokenText, Value

if TYPE_CHECKING:
    from ._shapes import Err, Ok
    from .errors import AuthError, StoreError


@dataclass(frozen=True, slots=True, repr=False)
class Header(Value):
    """A header of a request (RFC 9110, section 5)."""

    name: str
    """A token in the sense of RFC 9110, section 5.6.2."""
    value: str
    """Visible ASCII, spaces and tabs. Anything else, a line break above
    all, is `InvalidArgument`.
    """

    _secret: ClassVar[frozenset[str]] = frozenset({"value"})


@dataclass(frozen=True, slots=True, repr=False)
class TransportOptions(Value):
    """How an HTTP call may be made. Where it is none, every field is.

    Limits are in milliseconds; 0 is `InvalidArgument`. When one passes, the
    call ends with `unreachable`, `timeout`, and `may_have_acted` true.
    """

    allow_http: bool | None = None
    """Permits an `http:` URL. Without it such a URL is `InvalidArgument`
    and nothing is sent, because credentials would travel in the clear.
    """
    connect_timeout_ms: int | None = None
    """To open the connection. Default 10 000. Kept by the host. Over `wasi:http`
    the host is asked to only where it is given, because some end the wait for
    the answer by it too; else the sum of this limit and the next one holds for
    both.
    """
    first_byte_timeout_ms: int | None = None
    """From the request to the first byte of the answer. Default 30 000."""
    between_bytes_timeout_ms: int | None = None
    """Between two pieces of the answer. Default 30 000."""
    total_timeout_ms: int | None = None
    """For the whole call, however the time is spent. Default 60 000."""
    headers: Sequence[Header] | None = None
    """Sent with every request, for a gateway in front of the platform. A
    name that the call itself uses, or that frames the message, is
    `InvalidArgument`. The values count as secrets of the call.
    """


class ControlRoomApi(Enum):
    """Which paths a Control Room has for getting and refreshing a token."""

    V1 = "v1"
    """Enterprise 11, and Automation 360 before v.31: `/v1/authentication`."""
    V2 = "v2"
    """Automation 360 from v.31 on: `/v2/authentication`. The v1 login ends
    with v.33. Validate and logout stay under v1.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class ControlRoom(Value):
    """An Automation Anywhere Control Room."""

    url: str
    """`https://host[:port][/prefix]`; a trailing slash makes no difference.
    User info, query, fragment, an empty host, dot segments and control
    characters are `InvalidArgument`, and so is a prefix that holds an
    endpoint or a page of the server: `/v2/authentication`, say, or `/odata`.
    """
    api: ControlRoomApi
    """Which of the two sets of paths it has. The wrong one is `NotFound`
    or `RequestRejected`, depending on the release.
    """
    transport: TransportOptions | None = None
    """How to call it."""

    _urls: ClassVar[frozenset[str]] = frozenset({"url"})


@dataclass(frozen=True, slots=True, repr=False)
class Password(Value):
    """The user's password."""

    value: str

    _secret: ClassVar[frozenset[str]] = frozenset({"value"})


@dataclass(frozen=True, slots=True, repr=False)
class ApiKey(Value):
    """The key as the Control Room shows it, no character doubled."""

    value: str

    _secret: ClassVar[frozenset[str]] = frozenset({"value"})


ControlRoomSecret: TypeAlias = Password | ApiKey
"""What proves the user's identity to a Control Room.

A name or a secret that cannot be right costs no login: it is
`InvalidArgument` where it is empty, holds a line break or another control
character, or begins with a byte order mark. So it is for all `credentials`.
"""


@dataclass(frozen=True, slots=True, repr=False)
class ControlRoomCredentials(Value):
    """Who logs in to a Control Room."""

    username: str
    """The user name. What cannot be right: see `ControlRoomSecret`."""
    secret: ControlRoomSecret
    """What proves it."""
    mfa_code: int | None = None
    """For a role with two-factor authentication. The platform takes a
    number, so leading zeros do not count.
    """
    multiple_login: bool | None = None
    """Asks for a token that lives beside the user's other sessions. It
    does not stop a second such call from replacing the first token.
    None leaves the question out of the request.
    """

    _secret: ClassVar[frozenset[str]] = frozenset({"mfa_code"})


@dataclass(frozen=True, slots=True, repr=False)
class Orchestrator(Value):
    """A UiPath Orchestrator, standalone or in Automation Suite."""

    url: str
    """`https://host[:port][/prefix]`, as for a Control Room."""
    organization: str | None = None
    """With `tenant`: appended to `url` as `/{organization}/{tenant}`, each
    percent-encoded. Neither for a standalone Orchestrator or the host
    tenant; one alone is `InvalidArgument`.
    """
    tenant: str | None = None
    """See `organization`."""
    authenticate_path: str | None = None
    """Instead of `api/account/authenticate`, for gateways and releases
    that have it elsewhere: `orchestrator_/api/account/authenticate`.
    Only `ropc_authenticate` looks at it.
    """
    transport: TransportOptions | None = None
    """How to call it."""

    _urls: ClassVar[frozenset[str]] = frozenset({"url"})


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class RopcCredentials(Value):
    """Resource owner password credentials (RFC 6749, section 4.3, in the form
    that UiPath gave it).
    """

    tenancy_name: str | None = None
    """The tenant's name, `Host` for the host administrator. None leaves it
    out. What cannot be right: see `ControlRoomSecret`.
    """
    username_or_email_address: str
    """Likewise."""
    password: str
    """Likewise."""

    _secret: ClassVar[frozenset[str]] = frozenset({"password"})


class ClientAuthentication(Enum):
    """How a client proves itself to an identity server (RFC 6749, section 2.3.1)."""

    REQUEST_BODY = "request-body"
    """In the form. The default."""
    BASIC = "basic"
    """In the `Authorization` header."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class IdentityServer(Value):
    """The identity server that gives tokens to external applications."""

    token_url: str
    """The whole token endpoint, as in `https://host/identity_/connect/token`,
    sent to as it is. Without a path, or with one that ends in `/identity`
    or `/identity_`, it is `InvalidArgument`.
    """
    client_authentication: ClientAuthentication | None = None
    """Default `request_body`."""
    transport: TransportOptions | None = None
    """How to call it."""

    _urls: ClassVar[frozenset[str]] = frozenset({"token_url"})


@dataclass(frozen=True, slots=True, repr=False)
class ClientCredentials(Value):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

    client_id: str
    """What cannot be right: see `ControlRoomSecret`."""
    client_secret: str
    """Likewise."""
    scopes: Sequence[str] = ()
    """What is asked for. An empty list leaves it out, and the identity
    server decides. A scope that is empty or holds a space, a quotation
    mark or a backslash is `InvalidArgument` (RFC 6749, section 3.3).
    """

    _secret: ClassVar[frozenset[str]] = frozenset({"client_secret"})


class LifetimeSource(Enum):
    """Where a token's lifetime was learnt: the first of these that has one."""

    CLAIMS = "claims"
    """`exp` minus `iat` of the token itself (RFC 7519, section 4.1), counted
    from the moment of receipt: clocks may differ.
    """
    RESPONSE = "response"
    """A field of the answer that carried the token."""
    DOCUMENTED_DEFAULT = "documented-default"
    """The platform's documented default: 1200 s for a Control Room, 1800 s
    for ROPC, 3600 s for client credentials.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Token(TokenText, Value):
    """A token."""

    value: str
    """The token itself. Its signature was not verified."""
    header: Header
    """`X-Authorization: {value}` or `Authorization: Bearer {value}`, to
    put on every call to the platform.
    """
    lifetime_seconds: int
    """Lifetime left when this record was made. Never 0."""
    lifetime_source: LifetimeSource
    """Where that was learnt."""
    expires_at_seconds: int
    """Unix time on this machine's clock."""
    multiple_login: bool | None = None
    """What a Control Room's token says of itself: whether it lives beside
    the user's other sessions. None where it says nothing, and for the
    tokens of an Orchestrator.
    """
    scopes: Sequence[str] | None = None
    """What an identity server granted, where it said so."""

    _secret: ClassVar[frozenset[str]] = frozenset({"value"})


@dataclass(frozen=True, slots=True, repr=False)
class User(Value):
    """Who a token speaks for. Both none where the Orchestrator answered 204."""

    user_name: str | None = None
    """None for an application."""
    tenancy_name: str | None = None
    """What `RopcCredentials.tenancy_name` wants."""


class RejectionKind(Enum):
    """What the platform refused, and so what to do."""

    CREDENTIALS_REJECTED = "credentials-rejected"
    """The credentials. Trying them again counts toward the account's
    lock-out. Ask a person.
    """
    TOKEN_REJECTED = "token-rejected"
    """The token: expired, logged out, or displaced by a later login. Get a
    new one.
    """
    REQUEST_REJECTED = "request-rejected"
    """The request, understood and refused for its content: a scope, a
    grant, the kind of account. Fix the input. For a login it may count
    toward the lock-out all the same.
    """
    FORBIDDEN = "forbidden"
    """The caller, who is known but not allowed to do this. Ask a person. A
    login may count as refused.
    """
    NOT_FOUND = "not-found"
    """The address: wrong URL, API version or tenant."""
    SERVER_ERROR = "server-error"
    """Nothing: the platform failed. Try later. A login may count as refused."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Rejection(Value):
    """What the platform said when it refused."""

    kind: RejectionKind
    """What it refused."""
    status: int
    """The HTTP status."""
    code: str | None = None
    """`UM1114`, `1000` or `invalid_client`, say; at most 64 characters. One
    that is known has one meaning, whatever the status.
    """
    message: str | None = None
    """The platform's words, at most 512 characters, in its own language,
    from the body or `WWW-Authenticate`, with every secret of the call
    struck out. As in all that a server says, a space stands for each
    control character and each that turns the direction of writing.
    """


@dataclass(frozen=True, slots=True, repr=False)
class Throttling(Value):
    """The platform asks for a pause."""

    status: int
    """The HTTP status: 429 or 503."""
    retry_after_seconds: int | None = None
    """From `Retry-After`, where it came and could be read."""
    code: str | None = None
    """As in `rejection`."""
    message: str | None = None
    """As in `rejection`."""


@dataclass(frozen=True, slots=True, repr=False)
class Redirection(Value):
    """An answer that points elsewhere."""

    status: int
    """The HTTP status: 3xx."""
    origin: str | None = None
    """Scheme, host and port of the new location, where it has one. The
    call's own where it is a page of the same server, a login page as a
    rule: the token is not accepted there, or the path is none of the API's.
    """


@dataclass(frozen=True, slots=True, repr=False)
class Oddity(Value):
    """An answer that this API does not define."""

    status: int
    """The HTTP status."""
    what: str
    """What is wrong with it. Never holds the body."""


class TransportFailure(Enum):
    """What failed between the component and the platform."""

    DNS = "dns"
    """The name was not found."""
    REFUSED = "refused"
    """The connection was refused, or no route leads there."""
    TLS = "tls"
    """The certificate was refused, or the TLS handshake failed."""
    TIMEOUT = "timeout"
    """A limit of time passed."""
    CLOSED = "closed"
    """The connection ended before the answer did."""
    DENIED = "denied"
    """The host does not let the component reach that address."""
    OTHER = "other"
    """Anything else."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class NoAnswer(Value):
    """How a call ended without an answer."""

    failure: TransportFailure
    """What failed."""
    may_have_acted: bool
    """Whether the platform may have received the request: a login may
    have displaced the earlier token, or count as refused. False only
    where the request surely never left.
    """


class TimeLimits(Internal):
    """Limits of time that the host keeps, in milliseconds."""

    __slots__ = ("connect_ms", "first_byte_ms", "between_bytes_ms", "total_ms")
    __match_args__ = ("connect_ms", "first_byte_ms", "between_bytes_ms", "total_ms")

    def __init__(self, connect_ms: int, first_byte_ms: int, between_bytes_ms: int, total_ms: int) -> None:
        self.connect_ms = connect_ms
        self.first_byte_ms = first_byte_ms
        self.between_bytes_ms = between_bytes_ms
        self.total_ms = total_ms


class Method(Enum):
    """The contract's `method`."""

    GET = "get"
    POST = "post"

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class Request(Internal):
    """What to send, as it is: no header added that says something else, no
    redirect followed, never sent twice. Holds secrets: keep it out of logs.
    """

    __slots__ = ("method", "url", "headers", "body", "limits")
    __match_args__ = ("method", "url", "headers", "body", "limits")

    def __init__(self, method: Method, url: str, headers: Sequence[Header], body: bytes, limits: TimeLimits) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits


class Answer(Internal):
    """What came back, a redirect or an error status included."""

    __slots__ = ("status", "content_type", "retry_after", "date", "location", "www_authenticate", "body", "received_at_seconds")
    __match_args__ = ("status", "content_type", "retry_after", "date", "location", "www_authenticate", "body", "received_at_seconds")

    def __init__(self, *, status: int, content_type: str | None = None, retry_after: str | None = None, date: str | None = None, location: str | None = None, www_authenticate: str | None = None, body: bytes | None = None, received_at_seconds: int) -> None:
        self.status = status
        self.content_type = content_type
        self.retry_after = retry_after
        self.date = date
        self.location = location
        self.www_authenticate = www_authenticate
        self.body = body
        self.received_at_seconds = received_at_seconds


class FlowCallAuthenticate(Internal):
    """The case `authenticate` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[ControlRoom, ControlRoomCredentials]) -> None:
        self.value = value


class FlowCallValidate(Internal):
    """The case `validate` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[ControlRoom, str]) -> None:
        self.value = value


class FlowCallRefresh(Internal):
    """The case `refresh` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[ControlRoom, str]) -> None:
        self.value = value


class FlowCallLogout(Internal):
    """The case `logout` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[ControlRoom, str]) -> None:
        self.value = value


class FlowCallRopcAuthenticate(Internal):
    """The case `ropc-authenticate` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[Orchestrator, RopcCredentials]) -> None:
        self.value = value


class FlowCallClientCredentialsAuthenticate(Internal):
    """The case `client-credentials-authenticate` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[IdentityServer, ClientCredentials]) -> None:
        self.value = value


class FlowCallCurrentUser(Internal):
    """The case `current-user` of the contract's `call`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: tuple[Orchestrator, str]) -> None:
        self.value = value


FlowCall: TypeAlias = FlowCallAuthenticate | FlowCallValidate | FlowCallRefresh | FlowCallLogout | FlowCallRopcAuthenticate | FlowCallClientCredentialsAuthenticate | FlowCallCurrentUser
"""One call of `auth` or `orchestrator_auth`, with its arguments."""


class FlowOutcomeToken(Internal):
    """The case `token` of the contract's `outcome`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Token) -> None:
        self.value = value


class FlowOutcomeValidated(Internal):
    """The case `validated` of the contract's `outcome`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value


class FlowOutcomeLoggedOut(Internal):
    """The case `logged-out` of the contract's `outcome`."""

    __slots__ = ()


class FlowOutcomeUser(Internal):
    """The case `user` of the contract's `outcome`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: User) -> None:
        self.value = value


FlowOutcome: TypeAlias = FlowOutcomeToken | FlowOutcomeValidated | FlowOutcomeLoggedOut | FlowOutcomeUser
"""The result of a call that went well."""


class FlowStepSend(Internal):
    """The case `send` of the contract's `step`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Request) -> None:
        self.value = value


class FlowStepDone(Internal):
    """The case `done` of the contract's `step`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: FlowOutcome) -> None:
        self.value = value


FlowStep: TypeAlias = FlowStepSend | FlowStepDone


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Value):
    """What a store gives: see `token_store`, whose words these two are. A component
    cannot export what it imports.
    """

    value: bytes
    version: str
    """Opaque. Never the same twice for a key, even after the entry was
    dropped or the store restarted.
    """
    age_ms: int
    """How long ago this version was written, by the store's own clock."""

    _secret: ClassVar[frozenset[str]] = frozenset({"value"})


@dataclass(frozen=True, slots=True, repr=False)
class ControlRoomAccount(Value):
    """The contract's `control-room-account`."""

    control_room: ControlRoom
    credentials: ControlRoomCredentials
    """Without `mfa_code`: a code cannot be used twice."""


@dataclass(frozen=True, slots=True, repr=False)
class RopcAccount(Value):
    """The contract's `ropc-account`."""

    orchestrator: Orchestrator
    credentials: RopcCredentials


@dataclass(frozen=True, slots=True, repr=False)
class ClientAccount(Value):
    """The contract's `client-account`."""

    identity_server: IdentityServer
    credentials: ClientCredentials


Account: TypeAlias = ControlRoomAccount | RopcAccount | ClientAccount


class Options(Internal):
    """The contract's `options`."""

    __slots__ = ("place_key", "next_place_key", "former_place_keys", "sealing_keys", "patience_ms", "max_staleness_ms", "actor", "name", "lockout_limit")
    __match_args__ = ("place_key", "next_place_key", "former_place_keys", "sealing_keys", "patience_ms", "max_staleness_ms", "actor", "name", "lockout_limit")

    def __init__(self, *, place_key: bytes, next_place_key: bytes | None = None, former_place_keys: Sequence[bytes], sealing_keys: Sequence[bytes], patience_ms: int | None = None, max_staleness_ms: int | None = None, actor: str | None = None, name: str | None = None, lockout_limit: int | None = None) -> None:
        self.place_key = place_key
        self.next_place_key = next_place_key
        self.former_place_keys = former_place_keys
        self.sealing_keys = sealing_keys
        self.patience_ms = patience_ms
        self.max_staleness_ms = max_staleness_ms
        self.actor = actor
        self.name = name
        self.lockout_limit = lockout_limit


class Origin(Enum):
    """How a token came to hand."""

    MEMORY = "memory"
    STORE = "store"
    LOGIN = "login"
    REFRESH = "refresh"

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Grant(Value):
    """A token, and how it came to hand. One with more than a minute left is not
    renewed before its end: until then what was decided about it stays right,
    while nobody writes its entry.
    """

    token: Token
    origin: Origin
    waited_ms: int
    """Spent waiting for somebody else's renewal."""
    took_over: bool
    """Whether this caller replaced a holder that fell silent."""


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Cooldown(Value):
    """The contract's `cooldown`."""

    retry_after_seconds: int | None = None
    """None where a person must act, see `reset_refusals`: the secret is
    wrong, the user is disabled, or the platform's directory was away and
    a right secret was refused.
    """
    refusals: int
    """Logins since the last good one that the platform may have counted as
    refused.
    """
    cause: AuthError


@dataclass(frozen=True, slots=True, repr=False)
class Contest(Value):
    """The contract's `contest`."""

    refused: int
    """Tokens in a row that the platform itself called dead within a minute
    of their issue; at least 3 where a login gave the same dead token again.
    """
    retry_after_seconds: int


class State(Enum):
    """The contract's `state`."""

    NONE = "none"
    """No token is there, and nothing holds a login back."""
    VALID = "valid"
    RENEWING = "renewing"
    COOLING_DOWN = "cooling-down"
    CONTESTED = "contested"
    ENDED = "ended"

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Status(Value):
    """What operators may see. Holds no secret."""

    state: State
    """As this session finds it: another secret may find it otherwise."""
    place: str
    """The first 8 digits of the entry's key: the same for programs that
    share it.
    """
    age_ms: int
    """Since the state was written, by the store's clock."""
    lifetime_seconds: int | None = None
    """Lifetime left of the current token, where there is one."""
    retry_after_seconds: int | None = None
    """When the next login may be sent. None where nothing holds it back,
    or a person must act: see `logins_left` and `cause`.
    """
    refusals: int
    """Logins since the last good one that the platform may have counted as
    refused: those that were, and those without a verdict.
    """
    logins_left: int
    """The number of logins that are left before a person must act."""
    attempt: int
    """Counts the attempts of this account: logins, refreshes and checks."""
    actor: str | None = None
    """The `actor` that wrote the state."""
    cause: AuthError | None = None


class StoreRead(Internal):
    """The contract's `store-read`."""

    __slots__ = ("key", "unless_version", "wait_ms")
    __match_args__ = ("key", "unless_version", "wait_ms")

    def __init__(self, *, key: str, unless_version: str | None = None, wait_ms: int) -> None:
        self.key = key
        self.unless_version = unless_version
        self.wait_ms = wait_ms


class StoreWrite(Internal):
    """The contract's `store-write`."""

    __slots__ = ("key", "expected", "value", "keep_seconds")
    __match_args__ = ("key", "expected", "value", "keep_seconds")

    def __init__(self, *, key: str, expected: str | None = None, value: bytes, keep_seconds: int | None = None) -> None:
        self.key = key
        self.expected = expected
        self.value = value
        self.keep_seconds = keep_seconds


class Sending(Internal):
    """The contract's `sending`."""

    __slots__ = ("request", "wait_ms")
    __match_args__ = ("request", "wait_ms")

    def __init__(self, request: Request, wait_ms: int) -> None:
        self.request = request
        self.wait_ms = wait_ms


class SessionEventBegun(Internal):
    """The call begins: there was no step yet."""

    __slots__ = ()


class SessionEventEntry(Internal):
    """The case `entry` of the contract's `event`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Entry | None) -> None:
        self.value = value


class SessionEventWritten(Internal):
    """The case `written` of the contract's `event`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: str | None) -> None:
        self.value = value


class SessionEventStoreFailed(Internal):
    """The case `store-failed` of the contract's `event`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: StoreError) -> None:
        self.value = value


class SessionEventAnswer(Internal):
    """The case `answer` of the contract's `event`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Answer) -> None:
        self.value = value


class SessionEventNoAnswer(Internal):
    """The case `no-answer` of the contract's `event`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: NoAnswer) -> None:
        self.value = value


class SessionEventQuiet(Internal):
    """The case `quiet` of the contract's `event`."""

    __slots__ = ()


SessionEvent: TypeAlias = SessionEventBegun | SessionEventEntry | SessionEventWritten | SessionEventStoreFailed | SessionEventAnswer | SessionEventNoAnswer | SessionEventQuiet
"""What came of the last step."""


class SessionOutcomeGrant(Internal):
    """The case `grant` of the contract's `outcome`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Grant) -> None:
        self.value = value


class SessionOutcomeStatus(Internal):
    """The case `status` of the contract's `outcome`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Status) -> None:
        self.value = value


class SessionOutcomeDone(Internal):
    """The case `done` of the contract's `outcome`."""

    __slots__ = ()


SessionOutcome: TypeAlias = SessionOutcomeGrant | SessionOutcomeStatus | SessionOutcomeDone


class SessionStepRead(Internal):
    """Read the entry and tell `entry` or `store_failed`. A host whose store
    does not hold the answer back pauses before it tells the same version.
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: StoreRead) -> None:
        self.value = value


class SessionStepWrite(Internal):
    """Write it and tell `written` or `store_failed`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: StoreWrite) -> None:
        self.value = value


class SessionStepSend(Internal):
    """Send it. Tell `answer` or `NoAnswer` when it is over, and `quiet`
    each time that `wait_ms` passes before: the next step is then done
    while the request goes on.
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Sending) -> None:
        self.value = value


class SessionStepAwait(Internal):
    """The request of an earlier step goes on: tell how it ended, or
    `quiet` after so many milliseconds. An answer that came during a
    store step is told now.
    """

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


class SessionStepSleep(Internal):
    """Wait, and tell `quiet`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value


class SessionStepDone(Internal):
    """The case `done` of the contract's `step`."""

    __slots__ = ("value",)
    __match_args__ = ("value",)

    def __init__(self, value: Ok | Err) -> None:
        self.value = value


SessionStep: TypeAlias = SessionStepRead | SessionStepWrite | SessionStepSend | SessionStepAwait | SessionStepSleep | SessionStepDone
"""What to do next."""


class Now(Internal):
    """The host's clocks at the moment of a call."""

    __slots__ = ("monotonic_ms", "unix_seconds")
    __match_args__ = ("monotonic_ms", "unix_seconds")

    def __init__(self, monotonic_ms: int, unix_seconds: int) -> None:
        self.monotonic_ms = monotonic_ms
        self.unix_seconds = unix_seconds
