"""A program that asks a shared session for its token, told by JSON on its command line. Prints
what came as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import rpa_auth


def store_of(url: str, *, is_async: bool) -> Any:
    if url.startswith("directory:"):
        return rpa_auth.DirectoryStore(url.removeprefix("directory:"))
    if url.startswith("redis:"):
        import redis
        import redis.asyncio

        from rpa_auth.stores.redis import AsyncRedisStore, RedisStore

        return (
            AsyncRedisStore(redis.asyncio.Redis.from_url(url))
            if is_async
            else RedisStore(redis.Redis.from_url(url))
        )
    from rpa_auth.stores.postgres import AsyncPostgresStore, PostgresStore

    return AsyncPostgresStore(url) if is_async else PostgresStore(url)


def account_at(url: str, password: str = "password") -> rpa_auth.ControlRoomAccount:
    return rpa_auth.ControlRoomAccount(
        rpa_auth.ControlRoom(url, rpa_auth.ControlRoomApi.V2, rpa_auth.TransportOptions(allow_http=True)),
        rpa_auth.ControlRoomCredentials("ada", rpa_auth.Password(password)),
    )


def said(grant: rpa_auth.Grant) -> dict[str, Any]:
    return {"token": grant.token.value, "origin": grant.origin.value}


def main(told: dict[str, Any]) -> dict[str, Any]:
    account, keys = account_at(told["url"]), rpa_auth.SessionKeys.from_hex(told["place"], told["sealing"])
    store = store_of(told["store"], is_async=told["is_async"])
    if not told["is_async"]:
        session = rpa_auth.Session(account, store, keys, actor="a robot")
        return said(session.renew(told["rejected"]) if "rejected" in told else session.token())

    async def run() -> dict[str, Any]:
        session = rpa_auth.AsyncSession(account, store, keys, actor="an asynchronous robot")
        came = said(await (session.renew(told["rejected"]) if "rejected" in told else session.token()))
        for one in (getattr(store, "aclose", None), getattr(getattr(store, "_client", None), "aclose", None)):
            if one is not None:
                await one()
        return came

    return asyncio.run(run())


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
