"""A shared session over PostgreSQL."""

import os

from rpa_auth import (
    ControlRoom,
    ControlRoomAccount,
    ControlRoomApi,
    ControlRoomCredentials,
    Password,
    Session,
    SessionKeys,
)
from rpa_auth.stores.postgres import PostgresStore

room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
keys = SessionKeys.from_hex(os.environ["PLACE_KEY"], os.environ["SEALING_KEY"])
store = PostgresStore(os.environ["POSTGRES_URL"])  # or a function that opens a connection
session = Session(ControlRoomAccount(room, ada), store, keys)
print(session.token().origin.value, session.token().origin.value)
store.close()
