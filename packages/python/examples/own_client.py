"""A company's CA, a client certificate and a proxy, as httpx has them."""

import os
import ssl

import httpx

from rpa_auth import ControlRoom, ControlRoomApi, ControlRoomCredentials, Password, authenticate

trusted = ssl.create_default_context(cafile=os.environ["COMPANY_CA"])
trusted.load_cert_chain(os.environ["CLIENT_CERTIFICATE"])
with httpx.Client(verify=trusted, proxy=os.environ["COMPANY_PROXY"]) as client:
    room = ControlRoom(os.environ["CR_URL"], ControlRoomApi.V2)
    ada = ControlRoomCredentials("ada", Password(os.environ["CR_PASSWORD"]))
    print(authenticate(room, ada, client=client).header.name)
