"""The token on the calls of `requests`."""

import os

import requests

from rpa_auth import (
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    MemoryStore,
    Password,
    Session,
    SessionKeys,
)
from rpa_auth.requests_auth import SessionAuth

room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
keys = SessionKeys(os.urandom(32), os.urandom(32))
session = Session(ControlRoomAccount(room, ada), MemoryStore(), keys)
with requests.Session() as api:
    api.auth = SessionAuth(session)
    api.headers["Accept"] = "application/json"
    print(api.get(f"{room.url}/v3/wlm/queues/4/workitems/17", timeout=30).status_code)
