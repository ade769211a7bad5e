"""The same for coroutines of asyncio."""

import asyncio
import os

from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, aio


async def main() -> None:
    room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
    ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
    token = await aio.authenticate(room, ada)
    print(await aio.validate(room, token))


asyncio.run(main())
