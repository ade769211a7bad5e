"""A token that is handed to another program on purpose."""

import os
import subprocess
import sys

from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, Token, authenticate

if len(sys.argv) == 1:
    room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
    token = authenticate(room, ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"])))
    print(token)  # shows no secret
    subprocess.run([sys.executable, __file__, "child"], input=token.to_json(), text=True, check=True)
else:
    token = Token.from_json(sys.stdin.read())
    print("taken over:", token.header.name)
