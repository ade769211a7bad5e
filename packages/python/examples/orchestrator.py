"""A token of an Orchestrator for an external application."""

import os

from rpa_auth import ClientCredentials, IdentityServer, client_credentials_authenticate

server = IdentityServer(os.environ["TOKEN_URL"])
app = ClientCredentials(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], ["OR.Folders.Read"])
token = client_credentials_authenticate(server, app)
print(token.header.name, token.scopes)
