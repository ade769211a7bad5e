"""One token for all programs with the same store and keys."""

import os

import httpx

from rpa_auth import (
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    DirectoryStore,
    Password,
    Session,
    SessionKeys,
)
from rpa_auth.httpx_auth import SessionAuth

room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
keys = SessionKeys.from_hex(os.environ["PLACE_KEY"], os.environ["SEALING_KEY"])
session = Session(ControlRoomAccount(room, ada), DirectoryStore(os.environ["TOKENS"]), keys, actor="invoices")

json = {"Accept": "application/json"}
with httpx.Client(base_url=room.url, headers=json, auth=SessionAuth(session)) as api:
    answer = api.get("/v3/wlm/queues/4/workitems/17")  # renewed once where it is refused with 401
print(answer.status_code, session.status().logins_left)
