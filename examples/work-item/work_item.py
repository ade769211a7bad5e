"""Starts a work item and waits for its end, with a token that all programs of one user share.

CR_PASSWORD, PLACE_KEY, SEALING_KEY: from the environment
python work_item.py https://cr.example.com ada /var/lib/robots/tokens
"""

import os
import sys
import time

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
    TransportOptions,
)
from rpa_auth.httpx_auth import SessionAuth

QUEUE = "/v3/wlm/queues/4/workitems"


def main(url: str, user: str, folder: str) -> None:
    keys = SessionKeys.from_hex(os.environ["PLACE_KEY"], os.environ["SEALING_KEY"])
    transport = TransportOptions(allow_http=url.startswith("http://127.0.0.1:"))
    room = ControlRoom(url, ControlRoomApi.V2, transport)
    credentials = ControlRoomCredentials(user, Password(os.environ["CR_PASSWORD"]))
    session = Session(ControlRoomAccount(room, credentials), DirectoryStore(folder), keys)

    # A token that the Control Room refuses is renewed, once for all programs.
    accept = {"accept": "application/json"}
    with httpx.Client(base_url=url, auth=SessionAuth(session), headers=accept) as api:
        added = api.post(QUEUE, json={"workItems": [{"invoice": 4711}]}).raise_for_status()
        item_id = added.json()["ids"][0]
        for _ in range(60):
            item = api.get(f"{QUEUE}/{item_id}").raise_for_status().json()
            if item["status"] == "COMPLETED":
                print(f"work item {item_id}: {item['result']}")
                return
            time.sleep(1)
    sys.exit(f"work item {item_id} is not done after a minute")


if __name__ == "__main__":
    main(*sys.argv[1:])
