"""A token of a Control Room, for a user name and a password."""

import os

from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, authenticate

room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
token = authenticate(room, ada)
print(token.header.name, token.lifetime_seconds)
