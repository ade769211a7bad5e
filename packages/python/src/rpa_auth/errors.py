"""Why a call gave no result.

Each error of the contract is an exception, and each says in words what to do. None of them
holds a secret: not in its text, its fields, its causes, or the frames that it came through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from ._contract import (
    Contest,
    Cooldown,
    NoAnswer,
    Oddity,
    Redirection,
    Rejection,
    RejectionKind,
    Throttling,
    TransportFailure,
)
from ._shapes import Case

if TYPE_CHECKING:
    from ._shapes import Shape


class AuthError(Exception):
    """Why a call gave no result. All that this package raises by itself is one of these."""

    #: The contract's name of it, as in docs/errors.md: `credentials-rejected`, say.
    kind: str = "other"
    #: What to do about it.
    advice: ClassVar[str] = "look at the text"
    #: The HTTP status, where an answer came.
    status: int | None = None
    #: The platform's code: `UM1114`, `1000` or `invalid_client`, say.
    code: str | None = None
    #: The platform's words, in its own language, with every secret of the call struck out.
    message: str | None = None
    #: Seconds until a next call makes sense, where that is known.
    retry_after: int | None = None
    #: Whether the platform may have received a request of this call. None where that is not
    #: known.
    may_have_acted: bool | None = None

    def __init__(self, text: str | None = None) -> None:
        super().__init__(f"{text or 'failed'}. What to do: {self.advice}")

    def __reduce__(self) -> Any:
        return _made_again, (type(self), self.args, self.__dict__)


class InvalidArgument(AuthError):
    """An argument cannot be used. Nothing was sent."""

    kind = "invalid-argument"
    advice = "fix the argument"
    may_have_acted = False
    #: Which argument: `credentials.secret`, say. Empty where it is none of them alone.
    field: str
    #: What is wrong with it. Never holds its value.
    reason: str

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}" if field else reason)


class Rejected(AuthError):
    """The platform refused, or failed: the class says which."""

    may_have_acted = True

    def __init__(self, rejection: Rejection) -> None:
        self.kind = rejection.kind.value
        self.status = rejection.status
        self.code = rejection.code
        self.message = rejection.message
        super().__init__(_of_the_platform(self.kind.replace("-", " "), self))


class CredentialsRejected(Rejected):
    """The credentials are wrong, or the user is disabled, or locked out."""

    advice = (
        "do not try again, a Control Room disables a user after three refused logins; ask a person "
        "whether the secret is right and the user enabled"
    )


class TokenRejected(Rejected):
    """The token expired, was logged out, or was displaced by a later login."""

    advice = "get a new token"


class RequestRejected(Rejected):
    """The request was understood and refused for its content."""

    advice = "fix the input; a login may count as refused all the same"


class Forbidden(Rejected):
    """The caller is known, and not allowed to do this."""

    advice = "ask an administrator; a login may count as refused"


class NotFound(Rejected):
    """There is no such address, API version or tenant."""

    advice = "check the URL and the API version"


class ServerError(Rejected):
    """The platform failed."""

    advice = "try later; a login may count as refused"


class Throttled(AuthError):
    """Too many calls, or out of service for a while."""

    kind = "throttled"
    advice = "wait, then try again"
    may_have_acted = True

    def __init__(self, throttling: Throttling) -> None:
        self.status = throttling.status
        self.retry_after = throttling.retry_after_seconds
        self.code = throttling.code
        self.message = throttling.message
        after = "" if self.retry_after is None else f", try again in {self.retry_after} s"
        super().__init__(_of_the_platform("throttled", self, after))


class Redirected(AuthError):
    """The answer points elsewhere, and was not followed."""

    kind = "redirected"
    advice = "fix the URL"
    may_have_acted = True
    #: Scheme, host and port of the new location, where it has one.
    origin: str | None

    def __init__(self, redirection: Redirection) -> None:
        self.status = redirection.status
        self.origin = redirection.origin
        to = f" to {self.origin}" if self.origin else ""
        super().__init__(f"redirected{to} (status {self.status})")


class UnexpectedResponse(AuthError):
    """Something else answered than this API: a portal, a proxy, a firewall's page."""

    kind = "unexpected-response"
    advice = "look at what stands in front of the platform; a login may count as refused"
    may_have_acted = True
    #: What is wrong with the answer.
    what: str

    def __init__(self, oddity: Oddity) -> None:
        self.status = oddity.status
        self.what = oddity.what
        super().__init__(f"unexpected response (status {self.status}): {self.what}")


class Unreachable(AuthError):
    """No answer came. `may_have_acted` says whether the request may have arrived."""

    kind = "unreachable"
    may_have_acted: bool
    #: What failed.
    failure: TransportFailure
    #: What stood in the way, in the words of the HTTP or TLS library, where they say more.
    why: str | None

    def __init__(self, no_answer: NoAnswer, why: str | None = None) -> None:
        self.failure = no_answer.failure
        self.may_have_acted = no_answer.may_have_acted
        self.why = why
        if self.may_have_acted:
            acted = "the platform may have received the request"
            advice = "look before a next login: this one may have happened, or count as refused"
        else:
            acted = "nothing was sent"
            advice = _ADVICE[self.failure]
        what = _FAILURES[self.failure] + (f" ({why})" if why else "")
        Exception.__init__(self, f"unreachable: {what}; {acted}. What to do: {advice}")


class OtherError(AuthError):
    """Anything else that the contract knows no name for."""

    def __init__(self, text: str | None = None) -> None:
        super().__init__(f"failed: {text}" if text else None)


class Stopped(AuthError):
    """The component was stopped before it gave a result. The next call gets another one."""

    kind = "stopped"
    advice = "report it; where the platform may have acted, look before a next login"
    may_have_acted: bool

    def __init__(self, reason: str, may_have_acted: bool) -> None:
        self.may_have_acted = may_have_acted
        acted = "the platform may have received a request" if may_have_acted else "nothing was sent"
        super().__init__(f"the component was stopped: {reason}; {acted}")


class SessionError(AuthError):
    """Why a shared session gave no token, where it is no error of the platform."""


class CoolingDown(SessionError):
    """The platform refused or failed a short while ago, to any program. Nothing was sent."""

    kind = "cooling-down"
    may_have_acted = False
    #: Logins since the last good one that the platform may have counted as refused.
    refusals: int
    #: What the platform said.
    cause: AuthError

    def __init__(self, cooldown: Cooldown) -> None:
        self.retry_after = cooldown.retry_after_seconds
        self.refusals = cooldown.refusals
        self.cause = cooldown.cause
        if self.retry_after is None:
            advice = (
                "a person must act: see at the platform that the user is enabled, the secret is "
                "right and its directory was not away, then call reset_refusals"
            )
        else:
            advice = f"try again in {self.retry_after} s"
        text = str(self.cause).split(". What to do: ")[0]
        Exception.__init__(self, f"nothing was sent, because a short while ago: {text}. What to do: {advice}")


class Contested(SessionError):
    """Fresh tokens are dead at once: somebody outside logs in with the same user."""

    kind = "contested"
    advice = "find who else logs in with this user; reset_refusals ends the pause"
    may_have_acted = False
    retry_after: int
    #: Tokens in a row that were dead within a minute of their issue.
    refused: int

    def __init__(self, contest: Contest) -> None:
        self.refused = contest.refused
        self.retry_after = contest.retry_after_seconds
        super().__init__(
            f"nothing was sent: {self.refused} tokens were refused within a minute of their issue; "
            f"the next login may go in {self.retry_after} s"
        )


class StillGood(SessionError):
    """The platform says that the token is good: the API refuses the call for another reason."""

    kind = "still-good"
    advice = "look at what the user may do; the token stays"

    def __init__(self) -> None:
        super().__init__("the platform says that the token is good")


class Ended(SessionError):
    """Somebody ended the session for all."""

    kind = "ended"
    advice = "call reopen to start anew"
    may_have_acted = False

    def __init__(self) -> None:
        super().__init__("the session was ended for all")


class Busy(SessionError):
    """Somebody else is getting a token and did not finish in time."""

    kind = "busy"
    advice = "try again"

    def __init__(self) -> None:
        super().__init__("somebody else is getting a token and is not done")


class SessionFailed(SessionError):
    """Anything else that keeps a session from its token."""

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or "the session failed")


class TooManyCalls(SessionError):
    """The session has as many calls under way as it may have, and none of them ended in time."""

    kind = "too-many-calls"
    advice = "call less at one time"
    may_have_acted = False
    #: The most that may be under way at one time.
    limit: int

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"{limit} calls of this session are under way, and none ended in time")


class StoreError(SessionError):
    """The store failed. Without it nothing is sent. A store of one's own raises one of its
    two kinds; the text is read by people, so it must hold no secret.
    """

    #: Why, for people.
    reason: str | None

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        super().__init__(reason or "the store failed")


class StoreUnavailable(StoreError):
    """The store cannot be reached, and may be again by itself. A write may have happened."""

    kind = "store-unavailable"
    advice = "look after the store; the session tries it again within its patience"


class StoreRefused(StoreError):
    """The store does not do this until somebody changes something."""

    kind = "store-other"
    advice = "look after the store"


def _of_the_platform(what: str, error: AuthError, after: str = "") -> str:
    code = f", code {error.code}" if error.code else ""
    said = f": {error.message}" if error.message else ""
    return f"{what} (status {error.status}{code}){after}{said}"


def _made_again(cls: type[AuthError], args: tuple[Any, ...], known: dict[str, Any]) -> AuthError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(known)
    return error


_FAILURES = {
    TransportFailure.DNS: "the name was not found",
    TransportFailure.REFUSED: "the connection was refused, or no route leads there",
    TransportFailure.TLS: "the certificate was refused, or the TLS handshake failed",
    TransportFailure.TIMEOUT: "a limit of time passed",
    TransportFailure.CLOSED: "the connection ended before the answer did",
    TransportFailure.DENIED: "the proxy does not let the call through",
    TransportFailure.OTHER: "it failed on the way",
}

_ADVICE = {
    TransportFailure.DNS: "check the host's name",
    TransportFailure.REFUSED: "check address and port, and that the platform runs",
    TransportFailure.TLS: "give the client the CA that signed the server's certificate",
    TransportFailure.TIMEOUT: "try again",
    TransportFailure.CLOSED: "try again",
    TransportFailure.DENIED: "look at the proxy",
    TransportFailure.OTHER: "look at the text",
}

_REJECTIONS: dict[RejectionKind, type[Rejected]] = {
    RejectionKind.CREDENTIALS_REJECTED: CredentialsRejected,
    RejectionKind.TOKEN_REJECTED: TokenRejected,
    RejectionKind.REQUEST_REJECTED: RequestRejected,
    RejectionKind.FORBIDDEN: Forbidden,
    RejectionKind.NOT_FOUND: NotFound,
    RejectionKind.SERVER_ERROR: ServerError,
}


def _rejected(rejection: Rejection) -> Rejected:
    return _REJECTIONS[rejection.kind](rejection)


def _invalid(text: str) -> InvalidArgument:
    """The contract's text begins with the name of the argument."""
    text = text.replace("allow-http", "allow_http")
    field, colon, reason = text.partition(": ")
    if not colon or " " in field:
        return InvalidArgument("", text)
    return InvalidArgument(field.replace("-", "_"), reason)


class _Cases:
    """The cases of a variant that are exceptions."""

    def __init__(self, cases: dict[str, tuple[type[AuthError], Callable[[Any], AuthError]]]) -> None:
        self._cases = cases

    def case(self, name: str, shape: Shape | None) -> Case:
        cls, make = self._cases[name]
        return Case(name, cls, shape, make, _reason_of)


def _reason_of(error: Any) -> Any:
    """The one variant of exceptions that a component is told is that of stores."""
    return error.reason


def _itself(error: AuthError) -> AuthError:
    return error


AUTH_ERROR = _Cases(
    {
        "invalid-argument": (InvalidArgument, _invalid),
        "rejected": (Rejected, _rejected),
        "throttled": (Throttled, Throttled),
        "redirected": (Redirected, Redirected),
        "unexpected-response": (UnexpectedResponse, UnexpectedResponse),
        "unreachable": (Unreachable, Unreachable),
        "other": (OtherError, OtherError),
    }
)

STORE_ERROR = _Cases(
    {
        "unavailable": (StoreUnavailable, StoreUnavailable),
        "other": (StoreRefused, StoreRefused),
    }
)

SESSION_ERROR = _Cases(
    {
        "auth": (AuthError, _itself),
        "cooling-down": (CoolingDown, CoolingDown),
        "contested": (Contested, Contested),
        "still-good": (StillGood, lambda _: StillGood()),
        "ended": (Ended, lambda _: Ended()),
        "busy": (Busy, lambda _: Busy()),
        "store": (StoreError, _itself),
        "other": (SessionFailed, SessionFailed),
    }
)
