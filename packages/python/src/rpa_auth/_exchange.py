"""One request of a component and its answer, over a transport of httpx.

What goes out is what the component says, with what frames it (`Host`, `Content-Length`), and
nothing else. So the client's transport is used and not the client: that would add headers,
cookies and an `Authorization` of its own, keep the cookies of the answer, follow redirects,
call hooks, and write the URL into a log, which may hold a token.

httpx says through a request's extension `trace` what happens below. From it comes which limit
of time holds at a moment, and whether anything of the request may have left.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from ._contract import Answer, Method, NoAnswer, TransportFailure

if TYPE_CHECKING:
    from ._contract import Request

#: The longest answer that is read, in bytes, after its content coding was undone.
LONGEST_ANSWER = 256 * 1024


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer came."""

    no_answer: NoAnswer
    #: What stood in the way, for people, where that is known.
    why: str | None = None


def begin(request: Request, deadline: float, client: httpx.Client | httpx.AsyncClient) -> Exchange | Failed:
    """Begins an exchange. The error of one that httpx does not take may hold the request."""
    try:
        return Exchange(request, deadline, client)
    except Exception:
        return failed(TransportFailure.REFUSED, may_have_acted=False, why="httpx does not take the URL")


def failed(failure: TransportFailure, *, may_have_acted: bool, why: str | None = None) -> Failed:
    return Failed(NoAnswer(failure=failure, may_have_acted=may_have_acted), why)


#: A limit of time has passed. The contract takes each for one after which the platform may
#: have acted.
TIMED_OUT = failed(TransportFailure.TIMEOUT, may_have_acted=True)


class SentAgain(Exception):
    """The client's transport was about to send a request once more."""


class Exchange:
    """The part of an exchange that is the same for threads and for coroutines."""

    def __init__(self, request: Request, deadline: float, client: httpx.Client | httpx.AsyncClient) -> None:
        limits = request.limits
        self._connect = limits.connect_ms / 1000
        self._first_byte = limits.first_byte_ms / 1000
        self._between_bytes = limits.between_bytes_ms / 1000
        #: When all of it has to be over, by `time.monotonic`.
        self._deadline = deadline
        #: Whether anything of the request may have left.
        self.has_left = False
        self._is_securing = False
        self._is_tunneling = False
        self._timeouts: dict[str, float] = {
            "connect": self._connect,
            "pool": self._connect,
            "write": self._first_byte,
            "read": self._first_byte,
        }
        self.request = httpx.Request(
            "GET" if request.method is Method.GET else "POST",
            request.url,
            headers=[(header.name.encode(), header.value.encode()) for header in request.headers],
            content=request.body or None,
            extensions={"timeout": self._timeouts},
        )
        if self.request.url.raw_path != _target(request.url):
            raise ValueError("httpx sends this URL otherwise")
        #: What the client sends with to this address: through a proxy, as a rule, or not.
        self.transport: Any = client._transport_for_url(self.request.url)
        self.phase_ends = time.monotonic() + self._connect
        # One of another kind may do anything before it fails, and does not have to say when it
        # has a connection.
        self._tells = type(self.transport) in (httpx.HTTPTransport, httpx.AsyncHTTPTransport)
        self._is_repeated = False
        if not self._tells:
            self.phase_ends += self._first_byte
        self._answered: tuple[int, Any, int] | None = None
        self._body: Body | None = None

    @property
    def ends(self) -> float:
        """When the present phase has to be over, by `time.monotonic`."""
        return min(self.phase_ends, self._deadline)

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Takes what httpx says of an exchange. Raises `SentAgain` before a byte of a second
        request is written.
        """
        if event.endswith(".start_tls.started"):
            self._is_securing, self._is_tunneling = True, False
        elif event.endswith(".start_tls.complete"):
            self._is_securing = False
        elif event.endswith(".send_request_headers.started"):
            # The request for a tunnel is none of ours.
            if getattr(info.get("request"), "method", b"") == b"CONNECT":
                self._is_tunneling = True
            elif self.has_left:
                self._is_repeated = True
                raise SentAgain
            else:
                self.has_left = True
                self.phase_ends = time.monotonic() + self._first_byte

    def head(self, response: httpx.Response) -> None:
        """The head of the answer is there."""
        self._timeouts["read"] = self._between_bytes
        self.phase_ends = time.monotonic() + self._between_bytes
        self._answered = (response.status_code, response.headers.raw, int(time.time()))
        self._body = Body(_coding(response.headers.raw))

    def piece(self, piece: bytes) -> bool:
        """One piece of the body is there. False where no more of it is wanted."""
        self.phase_ends = time.monotonic() + self._between_bytes
        return self._body is not None and self._body.add(piece)

    def answer(self) -> Answer | Failed:
        """The answer is there as a whole."""
        if self._answered is None or self._body is None:
            return failed(TransportFailure.OTHER, may_have_acted=self.has_left)
        status, headers, received = self._answered
        body = self._body.whole()
        if isinstance(body, Failed):
            return body
        return Answer(
            status=status,
            content_type=_first(headers, b"content-type"),
            retry_after=_first(headers, b"retry-after"),
            date=_first(headers, b"date"),
            location=_first(headers, b"location"),
            www_authenticate=_all(headers, b"www-authenticate"),
            body=body,
            received_at_seconds=received,
        )

    def refused_by_proxy(self, response: httpx.Response) -> Failed | None:
        """A proxy that reads the request itself has refused it, so it went no further."""
        if response.status_code != httpx.codes.PROXY_AUTHENTICATION_REQUIRED or not _is_proxy(self.transport):
            return None
        return failed(
            TransportFailure.DENIED,
            may_have_acted=False,
            why="the proxy wants a user name and a password",
        )

    def failure(self, error: BaseException) -> Failed:
        """What an error of the transport means. Nothing of the error is kept but words of the
        system and of the TLS library: it may hold the request.
        """
        if self._is_repeated:
            why = "the client's transport was about to send the request again"
            return failed(TransportFailure.OTHER, may_have_acted=True, why=why)
        if self._answered is not None:
            return self._broken_off(error)
        if isinstance(error, httpx.TimeoutException):
            return TIMED_OUT
        causes = list(_causes(error))
        if self.has_left or not self._tells:
            return failed(_after(error, causes), may_have_acted=True)
        return self._obstacle(error, causes)

    def _broken_off(self, error: BaseException) -> Failed:
        if isinstance(error, httpx.TimeoutException):
            return TIMED_OUT
        return failed(TransportFailure.CLOSED, may_have_acted=True)

    def _obstacle(self, error: BaseException, causes: list[BaseException]) -> Failed:
        if isinstance(error, httpx.ProxyError):
            status = str(error)[:3]
            said = f"it answered {status}" if status.isdecimal() else "it opened no tunnel"
            return failed(TransportFailure.DENIED, may_have_acted=False, why=f"the proxy: {said}")
        if self._is_tunneling:
            why = "the proxy ended the connection before the tunnel was there, or is no proxy"
            return failed(TransportFailure.DENIED, may_have_acted=False, why=why)
        for cause in causes:
            if isinstance(cause, ssl.SSLError) and not isinstance(cause, (*_ENDED, *_WAITING)):
                return failed(TransportFailure.TLS, may_have_acted=False, why=_tls_words(cause))
        if self._is_securing:
            why = "the connection ended within the TLS handshake"
            return failed(TransportFailure.TLS, may_have_acted=False, why=why)
        for cause in causes:
            if isinstance(cause, socket.gaierror):
                return failed(TransportFailure.DNS, may_have_acted=False)
            if isinstance(cause, OSError) and cause.errno == errno.ETIMEDOUT:
                return TIMED_OUT
        return failed(TransportFailure.REFUSED, may_have_acted=False)


#: What OpenSSL says of a connection that is over.
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError)

#: What it says where more has to come first: whatever ends the wait is shown as its consequence.
_WAITING = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


def _after(error: BaseException, causes: list[BaseException]) -> TransportFailure:
    """What failed on a connection that was there."""
    for cause in causes:
        if isinstance(cause, _ENDED):
            return TransportFailure.CLOSED
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _WAITING):
            return TransportFailure.TLS
    if isinstance(error, (httpx.NetworkError, httpx.ProxyError)):
        return TransportFailure.CLOSED
    if isinstance(error, httpx.RemoteProtocolError) and _is_end(str(error)):
        return TransportFailure.CLOSED
    return TransportFailure.OTHER


def _is_end(words: str) -> bool:
    """Whether what httpx and h11 say of the other side's protocol is that it went away."""
    return "disconnected" in words or "peer closed connection" in words or "ConnectionTerminated" in words


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {error.verify_message}"
    return f"the TLS handshake failed: {(error.reason or 'no reason given').replace('_', ' ').lower()}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what is behind it, as far as it goes."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting.extend(getattr(found, "exceptions", ()))
        waiting.extend(cause for cause in (found.__cause__, found.__context__) if cause is not None)


def is_foul(response: httpx.Response) -> bool:
    """Whether more came than the answer. httpcore would take it for the answer to the next request
    on this connection, so there must be none. Seen by names that are httpx's and httpcore's own.
    """
    found: Any = response.stream
    for name in ("_httpcore_stream", "_stream", "_connection", "_h11_state", "trailing_data"):
        found = getattr(found, name, None)
    return found is not None and found[0] != b""


def _is_proxy(transport: object) -> bool:
    import httpcore

    pool = getattr(transport, "_pool", None)
    return isinstance(pool, (httpcore.HTTPProxy, httpcore.AsyncHTTPProxy))


def _target(url: str) -> bytes:
    """Path and query."""
    _, _, rest = url.partition("://")
    slash = rest.find("/")
    return rest[slash:].encode() if slash >= 0 else b"/"


def _first(headers: Any, name: bytes) -> str | None:
    for key, value in headers:
        if key.lower() == name:
            return _text(value)
    return None


def _all(headers: Any, name: bytes) -> str | None:
    """A header that is a list, with a comma between each two of its lines (RFC 9110, 5.3)."""
    lines = [_text(value) for key, value in headers if key.lower() == name]
    return ",".join(lines) if lines else None


def _text(value: bytes) -> str:
    """The syntax of those that are read is ASCII; a mark stands for any other byte."""
    return value.decode("ascii", "replace")


def _coding(headers: Any) -> str:
    return (_all(headers, b"content-encoding") or "identity").strip().lower()


class Body:
    """The body of an answer, in memory up to the longest that is read.

    No coding was asked for. One that was used all the same is undone where it is one of those
    that HTTP has always had; any other leaves the body as it came.
    """

    def __init__(self, coding: str) -> None:
        self._pieces: list[bytes] = []
        self._length = 0
        self._is_too_long = False
        self._is_broken = False
        self._coding = coding
        self._decoder: Any = None
        if coding in ("gzip", "x-gzip"):
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        elif coding == "deflate":
            self._decoder = zlib.decompressobj()

    def add(self, piece: bytes) -> bool:
        if self._decoder is None:
            return self._keep(piece)
        while piece and not self._decoder.eof:
            try:
                # A small piece may stand for a very long one.
                decoded = self._decoder.decompress(piece, LONGEST_ANSWER + 1)
            except zlib.error:
                if self._is_bare_deflate():
                    continue
                self._is_broken = True
                return False
            if not self._keep(decoded):
                return False
            piece = self._decoder.unconsumed_tail
        return True

    def _is_bare_deflate(self) -> bool:
        """Some servers leave out what zlib puts around a deflated body."""
        if self._coding != "deflate" or self._length:
            return False
        self._coding = "bare deflate"
        self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
        return True

    def _keep(self, piece: bytes) -> bool:
        self._length += len(piece)
        if self._length > LONGEST_ANSWER:
            self._is_too_long = True
            self._pieces.clear()
            return False
        self._pieces.append(piece)
        return True

    def whole(self) -> bytes | Failed | None:
        """None where it is too long."""
        if self._is_too_long:
            return None
        if self._is_broken:
            return failed(TransportFailure.OTHER, may_have_acted=True)
        return b"".join(self._pieces)
