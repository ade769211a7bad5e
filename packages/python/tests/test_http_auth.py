"""The token on the calls of httpx and requests: put on, renewed once, and sent nowhere else."""

from __future__ import annotations

import asyncio
import copy
import io
import pickle
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from support.both import CREDENTIALS, room
from support.http_server import HttpServer, Received, Said

import rpa_auth
from rpa_auth import (
    AsyncSession,
    ClientAccount,
    ClientCredentials,
    ControlRoomAccount,
    IdentityServer,
    MemoryStore,
    Session,
    SessionKeys,
)
from rpa_auth.httpx_auth import SessionAuth
from rpa_auth.requests_auth import SessionAuth as RequestsAuth

KEYS = SessionKeys(bytes([1] * 32), bytes([2] * 32))
JSON = [("content-type", "application/json")]
CLIENTS = ["httpx", "httpx.AsyncClient", "requests"]


class Api:
    """A Control Room whose API takes the current token and no other."""

    def __init__(self) -> None:
        self.logins = 0
        self.calls: list[Received] = []
        #: Whether the API refuses the current token, too.
        self.refuses_all = False
        self.redirect: str | None = None

    @property
    def token(self) -> str:
        return f"t0k3n-{self.logins}"

    def __call__(self, received: Received) -> Said:
        if received.path == "/v2/authentication":
            self.logins += 1
            return Said(200, JSON, b'{"token":"%s"}' % self.token.encode())
        if received.path.startswith("/v1/authentication"):
            is_valid = received.path.endswith(self.token)
            return Said(200, JSON, b'{"valid":true}' if is_valid else b'{"valid":false}')
        self.calls.append(received)
        if self.redirect is not None:
            return Said(302, [("location", self.redirect)])
        is_right = received.values("x-authorization") == [self.token] and not self.refuses_all
        return Said(200 if is_right else 401, [], received.body)

    def displace(self) -> None:
        self.logins += 1


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def server(api: Api) -> Iterator[HttpServer]:
    with HttpServer(api) as server:
        yield server


class Caller:
    """One session, and a client of each kind with its token."""

    def __init__(self, kind: str, server: HttpServer, **options: Any) -> None:
        self.kind = kind
        account = ControlRoomAccount(room(server.origin), CREDENTIALS)
        store = MemoryStore()
        self.session: Any = (AsyncSession if kind == "httpx.AsyncClient" else Session)(account, store, KEYS)
        self.options = options

    def calls(self, *requests_: tuple[str, str, dict[str, Any]], **client: Any) -> list[Any]:
        """Makes calls one after the other with one client."""
        if self.kind == "requests":
            with requests.Session() as threaded:
                threaded.auth = RequestsAuth(self.session, **self.options)
                return [threaded.request(m, u, **r) for m, u, r in requests_]
        auth = SessionAuth(self.session, **self.options)
        if self.kind == "httpx":
            with httpx.Client(auth=auth, **client) as plain:
                return [plain.request(m, u, **_of_httpx(r)) for m, u, r in requests_]

        async def main() -> list[Any]:
            async with httpx.AsyncClient(auth=auth, **client) as own:
                return [await own.request(m, u, **_of_httpx(r)) for m, u, r in requests_]

        return asyncio.run(main())

    def get(self, url: str, **client: Any) -> Any:
        return self.calls(("GET", url, {}), **client)[0]


def _of_httpx(told: dict[str, Any]) -> dict[str, Any]:
    return {"content" if name == "data" else name: value for name, value in told.items()}


@pytest.fixture(params=CLIENTS)
def caller(request: pytest.FixtureRequest, server: HttpServer) -> Caller:
    return Caller(request.param, server)


def test_each_call_has_the_token(caller: Caller, api: Api, server: HttpServer) -> None:
    answers = caller.calls(*[("GET", f"{server.origin}/v3/items", {})] * 3)
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [call.values("x-authorization") for call in api.calls] == [["t0k3n-1"]] * 3
    assert api.logins == 1


def test_a_dead_token_is_renewed_once_and_the_call_made_again(
    caller: Caller, api: Api, server: HttpServer
) -> None:
    url = f"{server.origin}/v3/items"

    assert caller.get(url).status_code == 200
    api.displace()
    answer = caller.calls(("POST", url, {"data": b"work"}))[0]
    assert (answer.status_code, answer.content) == (200, b"work")
    assert [call.values("x-authorization") for call in api.calls] == [["t0k3n-1"], ["t0k3n-1"], ["t0k3n-3"]]
    assert [call.body for call in api.calls] == [b"", b"work", b"work"]


def test_a_token_that_is_good_stays_and_the_401_is_given_back(
    caller: Caller, api: Api, server: HttpServer
) -> None:
    api.refuses_all = True
    assert caller.get(f"{server.origin}/v3/items").status_code == 401
    assert (len(api.calls), api.logins) == (1, 1)


def test_a_second_refusal_is_given_back_as_it_is(caller: Caller, api: Api, server: HttpServer) -> None:
    caller.get(f"{server.origin}/v3/items")
    api.displace()
    api.refuses_all = True
    assert caller.get(f"{server.origin}/v3/items").status_code == 401
    assert len(api.calls) == 3


def test_another_server_gets_no_token(caller: Caller, server: HttpServer) -> None:
    with HttpServer(lambda _: Said(401)) as other:
        for url in (f"{other.origin}/v3/items", f"http://localhost:{other.port}/"):
            assert caller.get(url).status_code == 401
        assert [call.values("x-authorization") for call in other.requests] == [[], []]
    # Nor does the same machine under another port or name, and nobody logs in for it.
    assert server.requests == []


def test_a_server_that_is_named_gets_the_token(api: Api, server: HttpServer) -> None:
    for kind in CLIENTS:
        with HttpServer(api) as other:
            caller = Caller(kind, server, origins=[other.origin])
            assert caller.get(f"{other.origin}/v3/items").status_code == 200


@pytest.mark.parametrize("name", ["X-Authorization", "x-authorization"])
def test_a_header_of_the_callers_own_gives_way(
    caller: Caller, api: Api, server: HttpServer, name: str
) -> None:
    caller.calls(("GET", f"{server.origin}/v3/items", {"headers": {name: "old"}}))
    assert api.calls[0].values("x-authorization") == ["t0k3n-1"]


def test_no_token_goes_along_to_where_a_redirect_leads(caller: Caller, api: Api, server: HttpServer) -> None:
    with HttpServer(lambda _: Said(401)) as other:
        api.redirect = f"{other.origin}/v3/items"
        client = {} if caller.kind == "requests" else {"follow_redirects": True}
        answer = caller.get(f"{server.origin}/v3/items", **client)
        assert answer.status_code == 401
        assert [call.values("x-authorization") for call in other.requests] == [[]]
    # Nor is anything made of what the other server says.
    assert [call.path for call in server.requests] == ["/v2/authentication", "/v3/items"]


@pytest.mark.parametrize("leads", ["elsewhere", "to the same server"])
def test_a_redirect_behind_a_renewal_takes_no_token_elsewhere_and_renews_nothing_more(leads: str) -> None:
    logins = 0
    calls: list[Received] = []

    def answer(received: Received) -> Said:
        nonlocal logins
        if received.path == "/v2/authentication":
            logins += 1
            return Said(200, JSON, b'{"token":"t0k3n-%d"}' % logins)
        if received.path.startswith("/v1/authentication"):
            return Said(200, JSON, b'{"valid":false}')
        calls.append(received)
        if received.path == "/v3/first" and len(calls) > 1:
            return Said(
                302, [("location", f"{other.origin}/v3/second" if leads == "elsewhere" else "/v3/second")]
            )
        return Said(401)

    with HttpServer(lambda _: Said(401)) as other, HttpServer(answer) as server:
        caller = Caller("requests", server)
        assert caller.get(f"{server.origin}/v3/first").status_code == 401
        assert [call.values("x-authorization") for call in other.requests] == (
            [[]] if leads == "elsewhere" else []
        )
    tokens = [call.values("x-authorization") for call in calls]
    assert tokens == [["t0k3n-1"], ["t0k3n-2"], ["t0k3n-2"]][: len(tokens)]
    assert len(tokens) == (2 if leads == "elsewhere" else 3)
    assert logins == 2


def test_hooks_and_logs_of_httpx_do_not_see_the_token(server: HttpServer) -> None:
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(f"{request.headers!r} {dict(request.headers)} {request.headers.get('x-authorization')}")

    caller = Caller("httpx", server)
    answer = caller.get(f"{server.origin}/v3/items", event_hooks={"request": [hook]})
    seen.append(repr(answer.request.headers))
    assert answer.status_code == 200
    assert "t0k3n" not in "".join(seen)


@pytest.mark.parametrize("kind", ["httpx", "httpx.AsyncClient"])
def test_copies_and_pickles_of_a_call_of_httpx_do_not_have_the_token(
    kind: str, api: Api, server: HttpServer
) -> None:
    answer = Caller(kind, server).get(f"{server.origin}/v3/items")
    assert api.calls[0].values("x-authorization") == ["t0k3n-1"]
    headers = answer.request.headers
    for held in (answer, answer.request, headers):
        assert b"t0k3n" not in pickle.dumps(held)
    assert pickle.loads(pickle.dumps(answer.request)).headers["host"] == f"127.0.0.1:{server.port}"
    for copied in (headers.copy(), copy.copy(headers), copy.deepcopy(headers)):
        assert copied["host"] == f"127.0.0.1:{server.port}"
        assert "t0k3n" not in repr(copied.raw)
    assert "t0k3n" not in repr(vars(headers))


def test_a_pickle_of_an_answer_of_requests_is_refused_with_the_reason(server: HttpServer) -> None:
    """Its request holds the token in clear."""
    answer = Caller("requests", server).get(f"{server.origin}/v3/items")
    for make in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="has the session's token") as raised:
            make(answer)
        assert "redential" not in str(raised.value)
        assert "t0k3n" not in str(raised.value)


def test_a_body_that_cannot_be_sent_twice_is_sent_once(api: Api, server: HttpServer) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"work"

    for kind in ("httpx", "requests"):
        caller = Caller(kind, server)
        caller.get(f"{server.origin}/v3/items")
        api.displace()
        api.calls.clear()
        # Without a length it would come in chunks, which this server does not read.
        told = (
            {"data": pieces(), "headers": {"content-length": "4"}} if kind == "httpx" else {"data": pieces()}
        )
        if kind == "requests":
            continue
        answer = caller.calls(("POST", f"{server.origin}/v3/items", told))[0]
        assert answer.status_code == 401
        assert len(api.calls) == 1
        # The token was renewed all the same.
        assert caller.get(f"{server.origin}/v3/items").status_code == 200


def test_a_file_is_sent_from_where_it_began(api: Api, server: HttpServer) -> None:
    caller = Caller("requests", server)
    caller.get(f"{server.origin}/v3/items")
    api.displace()
    file = io.BytesIO(b"skipped work")
    file.seek(8)
    answer = caller.calls(("POST", f"{server.origin}/v3/items", {"data": file}))[0]
    assert (answer.status_code, answer.content) == (200, b"work")


def test_an_account_that_does_not_say_where_the_api_is_wants_it_named() -> None:
    account = ClientAccount(
        IdentityServer("https://id.example.com/identity/connect/token"), ClientCredentials("a", "b")
    )
    session = Session(account, MemoryStore(), KEYS)
    for kind in (SessionAuth, RequestsAuth):
        with pytest.raises(rpa_auth.InvalidArgument, match="must name the API"):
            kind(session)
        kind(session, origins=["https://orchestrator.example.com"])
        for bad in ("orchestrator.example.com", "", "ftp://h", "https://", 7):
            with pytest.raises(rpa_auth.InvalidArgument, match="https://host"):
                kind(session, origins=[bad])  # type: ignore[list-item]


def test_a_session_of_the_other_kind_is_refused(server: HttpServer) -> None:
    account = ControlRoomAccount(room(server.origin), CREDENTIALS)
    threaded, own = Session(account, MemoryStore(), KEYS), AsyncSession(account, MemoryStore(), KEYS)
    with pytest.raises(TypeError, match="Session"):
        SessionAuth("session")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Session"):
        RequestsAuth(own)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="needs a Session"):
        httpx.get(server.origin, auth=SessionAuth(own))

    async def main() -> None:
        async with httpx.AsyncClient(auth=SessionAuth(threaded)) as client:
            await client.get(server.origin)

    with pytest.raises(TypeError, match="needs an AsyncSession"):
        asyncio.run(main())


def test_what_repr_says(server: HttpServer) -> None:
    session = Session(ControlRoomAccount(room(server.origin), CREDENTIALS), MemoryStore(), KEYS)
    assert (
        repr(SessionAuth(session))
        == repr(RequestsAuth(session))
        == "SessionAuth(Session(ControlRoomAccount))"
    )
