import sys

from rpa_auth import (
    ControlRoom,
    ControlRoomApi,
    ControlRoomCredentials,
    Password,
    TransportOptions,
    authenticate,
)

room = ControlRoom(sys.argv[1], ControlRoomApi.V2, TransportOptions(allow_http=True))
print(authenticate(room, ControlRoomCredentials("ada", Password("password"))).value)
