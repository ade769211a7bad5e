"""The shapes of the contract's types, and of what its functions take and give.

Written by `tools/generate.py` from the WIT: change that, and run it again.
"""

from __future__ import annotations

from . import _contract as t
from . import errors
from ._cases import empty, itself, value_of
from ._shapes import (
    Bool,
    Bytes,
    Case,
    Enumeration,
    Field,
    Handle,
    ListOf,
    Number,
    Option,
    Record,
    ResultOf,
    Text,
    TupleOf,
    Variant,
)

TEXT = Text()
BOOL = Bool()
BYTES = Bytes()
HANDLE = Handle()

HEADER = Record(
    t.Header,
    (
        Field("name", "name", TEXT),
        Field("value", "value", TEXT),
    ),
)

TRANSPORT_OPTIONS = Record(
    t.TransportOptions,
    (
        Field("allow-http", "allow_http", Option(BOOL)),
        Field("connect-timeout-ms", "connect_timeout_ms", Option(Number(32))),
        Field("first-byte-timeout-ms", "first_byte_timeout_ms", Option(Number(32))),
        Field("between-bytes-timeout-ms", "between_bytes_timeout_ms", Option(Number(32))),
        Field("total-timeout-ms", "total_timeout_ms", Option(Number(32))),
        Field("headers", "headers", Option(ListOf(HEADER))),
    ),
)

CONTROL_ROOM_API = Enumeration(t.ControlRoomApi)

CONTROL_ROOM = Record(
    t.ControlRoom,
    (
        Field("url", "url", TEXT),
        Field("api", "api", CONTROL_ROOM_API),
        Field("transport", "transport", Option(TRANSPORT_OPTIONS)),
    ),
)

CONTROL_ROOM_SECRET = Variant(
    "control-room-secret",
    (
        Case("password", t.Password, TEXT, t.Password, value_of),
        Case("api-key", t.ApiKey, TEXT, t.ApiKey, value_of),
    ),
)

CONTROL_ROOM_CREDENTIALS = Record(
    t.ControlRoomCredentials,
    (
        Field("username", "username", TEXT),
        Field("secret", "secret", CONTROL_ROOM_SECRET),
        Field("mfa-code", "mfa_code", Option(Number(32))),
        Field("multiple-login", "multiple_login", Option(BOOL)),
    ),
)

ORCHESTRATOR = Record(
    t.Orchestrator,
    (
        Field("url", "url", TEXT),
        Field("organization", "organization", Option(TEXT)),
        Field("tenant", "tenant", Option(TEXT)),
        Field("authenticate-path", "authenticate_path", Option(TEXT)),
        Field("transport", "transport", Option(TRANSPORT_OPTIONS)),
    ),
)

ROPC_CREDENTIALS = Record(
    t.RopcCredentials,
    (
        Field("tenancy-name", "tenancy_name", Option(TEXT)),
        Field("username-or-email-address", "username_or_email_address", TEXT),
        Field("password", "password", TEXT),
    ),
)

CLIENT_AUTHENTICATION = Enumeration(t.ClientAuthentication)

IDENTITY_SERVER = Record(
    t.IdentityServer,
    (
        Field("token-url", "token_url", TEXT),
        Field("client-authentication", "client_authentication", Option(CLIENT_AUTHENTICATION)),
        Field("transport", "transport", Option(TRANSPORT_OPTIONS)),
    ),
)

CLIENT_CREDENTIALS = Record(
    t.ClientCredentials,
    (
        Field("client-id", "client_id", TEXT),
        Field("client-secret", "client_secret", TEXT),
        Field("scopes", "scopes", ListOf(TEXT)),
    ),
)

LIFETIME_SOURCE = Enumeration(t.LifetimeSource)

TOKEN = Record(
    t.Token,
    (
        Field("value", "value", TEXT),
        Field("header", "header", HEADER),
        Field("lifetime-seconds", "lifetime_seconds", Number(32)),
        Field("lifetime-source", "lifetime_source", LIFETIME_SOURCE),
        Field("expires-at-seconds", "expires_at_seconds", Number(64)),
        Field("multiple-login", "multiple_login", Option(BOOL)),
        Field("scopes", "scopes", Option(ListOf(TEXT))),
    ),
)

USER = Record(
    t.User,
    (
        Field("user-name", "user_name", Option(TEXT)),
        Field("tenancy-name", "tenancy_name", Option(TEXT)),
    ),
)

REJECTION_KIND = Enumeration(t.RejectionKind)

REJECTION = Record(
    t.Rejection,
    (
        Field("kind", "kind", REJECTION_KIND),
        Field("status", "status", Number(16)),
        Field("code", "code", Option(TEXT)),
        Field("message", "message", Option(TEXT)),
    ),
)

THROTTLING = Record(
    t.Throttling,
    (
        Field("status", "status", Number(16)),
        Field("retry-after-seconds", "retry_after_seconds", Option(Number(32))),
        Field("code", "code", Option(TEXT)),
        Field("message", "message", Option(TEXT)),
    ),
)

REDIRECTION = Record(
    t.Redirection,
    (
        Field("status", "status", Number(16)),
        Field("origin", "origin", Option(TEXT)),
    ),
)

ODDITY = Record(
    t.Oddity,
    (
        Field("status", "status", Number(16)),
        Field("what", "what", TEXT),
    ),
)

TRANSPORT_FAILURE = Enumeration(t.TransportFailure)

NO_ANSWER = Record(
    t.NoAnswer,
    (
        Field("failure", "failure", TRANSPORT_FAILURE),
        Field("may-have-acted", "may_have_acted", BOOL),
    ),
)

AUTH_ERROR = Variant(
    "auth-error",
    (
        errors.AUTH_ERROR.case("invalid-argument", TEXT),
        errors.AUTH_ERROR.case("rejected", REJECTION),
        errors.AUTH_ERROR.case("throttled", THROTTLING),
        errors.AUTH_ERROR.case("redirected", REDIRECTION),
        errors.AUTH_ERROR.case("unexpected-response", ODDITY),
        errors.AUTH_ERROR.case("unreachable", NO_ANSWER),
        errors.AUTH_ERROR.case("other", Option(TEXT)),
    ),
)

TIME_LIMITS = Record(
    t.TimeLimits,
    (
        Field("connect-ms", "connect_ms", Number(32)),
        Field("first-byte-ms", "first_byte_ms", Number(32)),
        Field("between-bytes-ms", "between_bytes_ms", Number(32)),
        Field("total-ms", "total_ms", Number(32)),
    ),
)

METHOD = Enumeration(t.Method)

REQUEST = Record(
    t.Request,
    (
        Field("method", "method", METHOD),
        Field("url", "url", TEXT),
        Field("headers", "headers", ListOf(HEADER)),
        Field("body", "body", BYTES),
        Field("limits", "limits", TIME_LIMITS),
    ),
)

ANSWER = Record(
    t.Answer,
    (
        Field("status", "status", Number(16)),
        Field("content-type", "content_type", Option(TEXT)),
        Field("retry-after", "retry_after", Option(TEXT)),
        Field("date", "date", Option(TEXT)),
        Field("location", "location", Option(TEXT)),
        Field("www-authenticate", "www_authenticate", Option(TEXT)),
        Field("body", "body", Option(BYTES)),
        Field("received-at-seconds", "received_at_seconds", Number(64)),
    ),
)

FLOW_CALL = Variant(
    "call",
    (
        Case("authenticate", t.FlowCallAuthenticate, TupleOf((CONTROL_ROOM, CONTROL_ROOM_CREDENTIALS,)), t.FlowCallAuthenticate, value_of),
        Case("validate", t.FlowCallValidate, TupleOf((CONTROL_ROOM, TEXT,)), t.FlowCallValidate, value_of),
        Case("refresh", t.FlowCallRefresh, TupleOf((CONTROL_ROOM, TEXT,)), t.FlowCallRefresh, value_of),
        Case("logout", t.FlowCallLogout, TupleOf((CONTROL_ROOM, TEXT,)), t.FlowCallLogout, value_of),
        Case("ropc-authenticate", t.FlowCallRopcAuthenticate, TupleOf((ORCHESTRATOR, ROPC_CREDENTIALS,)), t.FlowCallRopcAuthenticate, value_of),
        Case("client-credentials-authenticate", t.FlowCallClientCredentialsAuthenticate, TupleOf((IDENTITY_SERVER, CLIENT_CREDENTIALS,)), t.FlowCallClientCredentialsAuthenticate, value_of),
        Case("current-user", t.FlowCallCurrentUser, TupleOf((ORCHESTRATOR, TEXT,)), t.FlowCallCurrentUser, value_of),
    ),
)

FLOW_OUTCOME = Variant(
    "outcome",
    (
        Case("token", t.FlowOutcomeToken, TOKEN, t.FlowOutcomeToken, value_of),
        Case("validated", t.FlowOutcomeValidated, BOOL, t.FlowOutcomeValidated, value_of),
        Case("logged-out", t.FlowOutcomeLoggedOut, None, empty(t.FlowOutcomeLoggedOut), itself),
        Case("user", t.FlowOutcomeUser, USER, t.FlowOutcomeUser, value_of),
    ),
)

FLOW_STEP = Variant(
    "step",
    (
        Case("send", t.FlowStepSend, REQUEST, t.FlowStepSend, value_of),
        Case("done", t.FlowStepDone, FLOW_OUTCOME, t.FlowStepDone, value_of),
    ),
)

ENTRY = Record(
    t.Entry,
    (
        Field("value", "value", BYTES),
        Field("version", "version", TEXT),
        Field("age-ms", "age_ms", Number(64)),
    ),
)

STORE_ERROR = Variant(
    "store-error",
    (
        errors.STORE_ERROR.case("unavailable", Option(TEXT)),
        errors.STORE_ERROR.case("other", Option(TEXT)),
    ),
)

CONTROL_ROOM_ACCOUNT = Record(
    t.ControlRoomAccount,
    (
        Field("control-room", "control_room", CONTROL_ROOM),
        Field("credentials", "credentials", CONTROL_ROOM_CREDENTIALS),
    ),
)

ROPC_ACCOUNT = Record(
    t.RopcAccount,
    (
        Field("orchestrator", "orchestrator", ORCHESTRATOR),
        Field("credentials", "credentials", ROPC_CREDENTIALS),
    ),
)

CLIENT_ACCOUNT = Record(
    t.ClientAccount,
    (
        Field("identity-server", "identity_server", IDENTITY_SERVER),
        Field("credentials", "credentials", CLIENT_CREDENTIALS),
    ),
)

ACCOUNT = Variant(
    "account",
    (
        Case("control-room", t.ControlRoomAccount, CONTROL_ROOM_ACCOUNT, itself, itself),
        Case("ropc", t.RopcAccount, ROPC_ACCOUNT, itself, itself),
        Case("client-credentials", t.ClientAccount, CLIENT_ACCOUNT, itself, itself),
    ),
)

OPTIONS = Record(
    t.Options,
    (
        Field("place-key", "place_key", BYTES),
        Field("next-place-key", "next_place_key", Option(BYTES)),
        Field("former-place-keys", "former_place_keys", ListOf(BYTES)),
        Field("sealing-keys", "sealing_keys", ListOf(BYTES)),
        Field("patience-ms", "patience_ms", Option(Number(32))),
        Field("max-staleness-ms", "max_staleness_ms", Option(Number(32))),
        Field("actor", "actor", Option(TEXT)),
        Field("name", "name", Option(TEXT)),
        Field("lockout-limit", "lockout_limit", Option(Number(32))),
    ),
)

ORIGIN = Enumeration(t.Origin)

GRANT = Record(
    t.Grant,
    (
        Field("token", "token", TOKEN),
        Field("origin", "origin", ORIGIN),
        Field("waited-ms", "waited_ms", Number(32)),
        Field("took-over", "took_over", BOOL),
    ),
)

COOLDOWN = Record(
    t.Cooldown,
    (
        Field("retry-after-seconds", "retry_after_seconds", Option(Number(32))),
        Field("refusals", "refusals", Number(32)),
        Field("cause", "cause", AUTH_ERROR),
    ),
)

CONTEST = Record(
    t.Contest,
    (
        Field("refused", "refused", Number(32)),
        Field("retry-after-seconds", "retry_after_seconds", Number(32)),
    ),
)

SESSION_ERROR = Variant(
    "session-error",
    (
        errors.SESSION_ERROR.case("auth", AUTH_ERROR),
        errors.SESSION_ERROR.case("cooling-down", COOLDOWN),
        errors.SESSION_ERROR.case("contested", CONTEST),
        errors.SESSION_ERROR.case("still-good", None),
        errors.SESSION_ERROR.case("ended", None),
        errors.SESSION_ERROR.case("busy", None),
        errors.SESSION_ERROR.case("store", STORE_ERROR),
        errors.SESSION_ERROR.case("other", Option(TEXT)),
    ),
)

STATE = Enumeration(t.State)

STATUS = Record(
    t.Status,
    (
        Field("state", "state", STATE),
        Field("place", "place", TEXT),
        Field("age-ms", "age_ms", Number(64)),
        Field("lifetime-seconds", "lifetime_seconds", Option(Number(32))),
        Field("retry-after-seconds", "retry_after_seconds", Option(Number(32))),
        Field("refusals", "refusals", Number(32)),
        Field("logins-left", "logins_left", Number(32)),
        Field("attempt", "attempt", Number(64)),
        Field("actor", "actor", Option(TEXT)),
        Field("cause", "cause", Option(AUTH_ERROR)),
    ),
)

STORE_READ = Record(
    t.StoreRead,
    (
        Field("key", "key", TEXT),
        Field("unless-version", "unless_version", Option(TEXT)),
        Field("wait-ms", "wait_ms", Number(32)),
    ),
)

STORE_WRITE = Record(
    t.StoreWrite,
    (
        Field("key", "key", TEXT),
        Field("expected", "expected", Option(TEXT)),
        Field("value", "value", BYTES),
        Field("keep-seconds", "keep_seconds", Option(Number(32))),
    ),
)

SENDING = Record(
    t.Sending,
    (
        Field("request", "request", REQUEST),
        Field("wait-ms", "wait_ms", Number(32)),
    ),
)

SESSION_EVENT = Variant(
    "event",
    (
        Case("begun", t.SessionEventBegun, None, empty(t.SessionEventBegun), itself),
        Case("entry", t.SessionEventEntry, Option(ENTRY), t.SessionEventEntry, value_of),
        Case("written", t.SessionEventWritten, Option(TEXT), t.SessionEventWritten, value_of),
        Case("store-failed", t.SessionEventStoreFailed, STORE_ERROR, t.SessionEventStoreFailed, value_of),
        Case("answer", t.SessionEventAnswer, ANSWER, t.SessionEventAnswer, value_of),
        Case("no-answer", t.SessionEventNoAnswer, NO_ANSWER, t.SessionEventNoAnswer, value_of),
        Case("quiet", t.SessionEventQuiet, None, empty(t.SessionEventQuiet), itself),
    ),
)

SESSION_OUTCOME = Variant(
    "outcome",
    (
        Case("grant", t.SessionOutcomeGrant, GRANT, t.SessionOutcomeGrant, value_of),
        Case("status", t.SessionOutcomeStatus, STATUS, t.SessionOutcomeStatus, value_of),
        Case("done", t.SessionOutcomeDone, None, empty(t.SessionOutcomeDone), itself),
    ),
)

SESSION_STEP = Variant(
    "step",
    (
        Case("read", t.SessionStepRead, STORE_READ, t.SessionStepRead, value_of),
        Case("write", t.SessionStepWrite, STORE_WRITE, t.SessionStepWrite, value_of),
        Case("send", t.SessionStepSend, SENDING, t.SessionStepSend, value_of),
        Case("await", t.SessionStepAwait, Number(32), t.SessionStepAwait, value_of),
        Case("sleep", t.SessionStepSleep, Number(32), t.SessionStepSleep, value_of),
        Case("done", t.SessionStepDone, ResultOf(SESSION_OUTCOME, SESSION_ERROR), t.SessionStepDone, value_of),
    ),
)

NOW = Record(
    t.Now,
    (
        Field("monotonic-ms", "monotonic_ms", Number(64)),
        Field("unix-seconds", "unix_seconds", Number(64)),
    ),
)

# The functions of the components: what each takes, and what it gives.
NEXT = ((FLOW_CALL, ListOf(ANSWER),), ResultOf(FLOW_STEP, AUTH_ERROR))
SESSION_OPEN = ((ACCOUNT, OPTIONS, BYTES,), ResultOf(HANDLE, SESSION_ERROR))
SESSION_TOKEN = ((HANDLE,), HANDLE)
SESSION_RENEW = ((HANDLE, TEXT,), HANDLE)
SESSION_STATUS = ((HANDLE,), HANDLE)
SESSION_END_FOR_ALL = ((HANDLE,), HANDLE)
SESSION_REOPEN = ((HANDLE,), HANDLE)
SESSION_RESET_REFUSALS = ((HANDLE,), HANDLE)
RUNNING_ON = ((HANDLE, SESSION_EVENT, NOW,), SESSION_STEP)
