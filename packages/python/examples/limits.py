"""Limits of time, and a header for a gateway in front."""

import os

from rpa_auth import (
    ControlRoom,
    ControlRoomApi,
    ControlRoomCredentials,
    Header,
    Password,
    TransportOptions,
    authenticate,
)

patient = TransportOptions(
    connect_timeout_ms=3_000,
    first_byte_timeout_ms=20_000,
    total_timeout_ms=25_000,
    headers=[Header("X-Gateway-Key", os.environ["GATEWAY_KEY"])],
)
room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2, patient)
token = authenticate(room, ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"])))
print(token.lifetime_seconds)
