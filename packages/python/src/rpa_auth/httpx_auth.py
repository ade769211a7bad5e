"""Puts a shared session's token on the calls of an httpx client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

import httpx

from ._origins import origin_of, origins
from .errors import StillGood
from .session import AsyncSession, Session

if TYPE_CHECKING:
    from ._contract import Grant


class SessionAuth(httpx.Auth):
    """Puts the token on each call, and renews it once where the API answers 401.

        client = httpx.Client(auth=SessionAuth(session))

    Takes a `Session` for `httpx.Client`, an `AsyncSession` for `httpx.AsyncClient`.

    The token goes to the account's own platform and to what `origins` names, each as
    `https://host[:port]`: a call to any other server goes out without it. A redirect that httpx
    follows goes out without it, too. No hook of the client that reads headers by name sees it;
    `headers.raw`, which a transport sends, has it. Copies and pickles do not.

    Where the answer is 401, the session's `renew` asks whether the token is really dead. If the
    platform says that it is good, the 401 is given back; else the call is made once more with
    the new token, if its body can be sent twice.
    """

    def __init__(self, session: Session | AsyncSession, *, origins: Iterable[str] = ()) -> None:
        if not isinstance(session, (Session, AsyncSession)):
            raise TypeError(f"session must be a Session or an AsyncSession, not {type(session).__name__}")
        self._session = session
        self._origins = _origins_of(session, origins)

    def __repr__(self) -> str:
        return f"SessionAuth({self._session!r})"

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What httpx asks of an `Auth`, for threads."""
        session = self._session
        if not isinstance(session, Session):
            raise TypeError("an httpx.Client needs a Session, and this is an AsyncSession")
        if origin_of(request.url) not in self._origins:
            yield request
            return
        grant = session.token()
        response = yield _with_token(request, grant)
        if not _is_refusal(response, request):
            return
        try:
            grant = session.renew(grant.token)
        except StillGood:
            return
        if _is_replayable(request):
            response.read()
            yield _with_token(request, grant)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """What httpx asks of an `Auth`, for coroutines."""
        session = self._session
        if not isinstance(session, AsyncSession):
            raise TypeError("an httpx.AsyncClient needs an AsyncSession, and this is a Session")
        if origin_of(request.url) not in self._origins:
            yield request
            return
        grant = await session.token()
        response = yield _with_token(request, grant)
        if not _is_refusal(response, request):
            return
        try:
            grant = await session.renew(grant.token)
        except StillGood:
            return
        if _is_replayable(request):
            await response.aread()
            yield _with_token(request, grant)


def _origins_of(session: Session | AsyncSession, also: Iterable[str]) -> Any:
    return origins(session.account, also)


def _with_token(request: httpx.Request, grant: Grant) -> httpx.Request:
    header = grant.token.header
    request.headers = _Headers(request.headers, header.name, header.value)
    return request


def _is_refusal(response: httpx.Response, request: httpx.Request) -> bool:
    """Whether the API refused the token. The answer to a redirect had none."""
    return response.status_code == httpx.codes.UNAUTHORIZED and response.request is request


def _is_replayable(request: httpx.Request) -> bool:
    return isinstance(request.stream, httpx.ByteStream)


class _Headers(httpx.Headers):
    """Headers with one more, that only what goes over the wire has: it is in `raw`, which a
    transport sends. What httpx makes of these for a redirect, what hooks read by name, what is
    printed, copied or pickled does not have it. httpx takes an `Authorization` away for another
    server, and no other header.
    """

    def __init__(self, headers: httpx.Headers, name: str, value: str) -> None:
        token = (name.encode("ascii"), value.encode("ascii"))
        # Not in an attribute, which whatever looks through objects would find.
        self._token: Callable[[], tuple[bytes, bytes]] = lambda: token
        super().__init__(headers)
        if name in self:
            del self[name]

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        return [*super().raw, self._token()]

    def copy(self) -> httpx.Headers:
        return httpx.Headers(super().raw)

    def __copy__(self) -> httpx.Headers:
        return self.copy()

    def __deepcopy__(self, memo: object) -> httpx.Headers:
        return self.copy()

    def __reduce__(self) -> Any:
        return httpx.Headers, (super().raw,)
