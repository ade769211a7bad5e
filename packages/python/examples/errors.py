"""What went wrong, and what to do about it."""

import os

from rpa_auth import (
    AuthError,
    ControlRoom,
    ControlRoomApi,
    ControlRoomCredentials,
    CredentialsRejected,
    Password,
    Throttled,
    Unreachable,
    authenticate,
)

room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
try:
    authenticate(room, ControlRoomCredentials("ada", Password("wrong")))
except CredentialsRejected as error:
    print("ask a person:", error.status, error.code)
except Throttled as error:
    print("wait:", error.retry_after, "s")
except Unreachable as error:
    print("no answer:", error.failure.value, "may have acted:", error.may_have_acted)
except AuthError as error:
    print(error.kind, error)
