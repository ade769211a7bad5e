"""Puts a shared session's token on the calls of `requests` (the extra `requests`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

import httpx
import requests
from requests.auth import AuthBase

from ._origins import origin_of, origins
from .errors import StillGood
from .session import Session


class SessionAuth(AuthBase):
    """Puts the token on each call, and renews it once where the API answers 401.

        requests.get(url, auth=SessionAuth(session))

    See `rpa_auth.httpx_auth.SessionAuth`: the token goes to the account's own platform and to what
    `origins` names, and not along with a redirect to another server.

    The headers of an answer's `request` have the token, as with every `auth` of requests. So such
    an answer is refused by `pickle` and `copy.deepcopy` with a `TypeError`: take out of it what you
    want to keep.
    """

    def __init__(self, session: Session, *, origins: Iterable[str] = ()) -> None:
        if not isinstance(session, Session):
            raise TypeError(f"session must be a Session, not {type(session).__name__}")
        self._session = session
        self._origins = _origins_of(session, origins)

    def __repr__(self) -> str:
        return f"SessionAuth({self._session!r})"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """What requests asks of an `auth`."""
        if _is_in(request.url or "", self._origins):
            _Call(self._session, self._origins).put_on(request)
        return request


def _origins_of(session: Session, also: Iterable[str]) -> Any:
    return origins(session.account, also)


def _is_in(url: str, allowed: Any) -> bool:
    try:
        return origin_of(url) in allowed
    except httpx.InvalidURL:
        return False


class _Call:
    """One call, and the token that it went out with."""

    def __init__(self, session: Session, allowed: Any) -> None:
        self._session = session
        self._allowed = allowed
        self._is_renewed = False

    def __reduce__(self) -> Any:
        # It is in what is kept of a request, whose headers are there, too.
        raise TypeError("a request of rpa_auth.requests_auth has the session's token: it is not pickled")

    def put_on(self, request: requests.PreparedRequest) -> None:
        self._begins_at = _position(request.body)
        self._put(request, self._session.token())
        request.register_hook("response", self._answered)

    def _put(self, request: requests.PreparedRequest, grant: Any) -> None:
        self._token = grant.token
        request.headers[self._token.header.name] = self._token.header.value

    def _answered(self, response: requests.Response, **settings: Any) -> requests.Response:
        request = response.request
        if response.is_redirect:
            self._leads_on(response, request)
            return response
        has_token = request.headers.get(self._token.header.name) == self._token.header.value
        if response.status_code != requests.codes.unauthorized or not has_token or self._is_renewed:
            return response
        self._is_renewed = True
        try:
            grant = self._session.renew(self._token)
        except StillGood:
            return response
        again = request.copy()
        if not self._rewind(again):
            return response
        # The connection is free for the next call.
        response.content  # noqa: B018
        response.close()
        self._put(again, grant)
        answer: requests.Response = response.connection.send(again, **settings)
        answer.history.append(response)
        answer.request = again
        # Where requests is led on, it takes the headers of the first request.
        self._put(request, grant)
        if answer.is_redirect:
            self._leads_on(answer, request)
        return answer

    def _leads_on(self, response: requests.Response, request: requests.PreparedRequest) -> None:
        """requests takes the headers along: an `Authorization` not to another server, any other
        one everywhere.
        """
        target = urljoin(response.url, response.headers["location"])
        if not _is_in(target, self._allowed):
            request.headers.pop(self._token.header.name, None)

    def _rewind(self, request: requests.PreparedRequest) -> bool:
        """Whether the body can be sent once more."""
        body: Any = request.body
        if body is None or isinstance(body, (str, bytes)):
            return True
        if self._begins_at is None:
            return False
        body.seek(self._begins_at)
        return True


def _position(body: Any) -> int | None:
    """Where a file begins to be sent; None where it cannot be sent again."""
    try:
        return int(body.tell())
    except (AttributeError, OSError, TypeError, ValueError):
        return None
