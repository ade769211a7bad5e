"""A shared session for coroutines, over Redis."""

import asyncio
import os

import redis.asyncio

from rpa_auth import (
    AsyncSession,
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    Password,
    SessionKeys,
)
from rpa_auth.stores.redis import AsyncRedisStore


async def main() -> None:
    room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
    ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
    keys = SessionKeys.from_hex(os.environ["PLACE_KEY"], os.environ["SEALING_KEY"])
    async with redis.asyncio.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5) as client:
        session = AsyncSession(ControlRoomAccount(room, ada), AsyncRedisStore(client), keys)
        grants = await asyncio.gather(*(session.token() for _ in range(20)))
    print({grant.origin.value for grant in grants}, len({grant.token.value for grant in grants}))


asyncio.run(main())
