"""A company's CA, as a test makes one, and servers with certificates of it."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


def server_context(
    authority: trustme.CA, *names: str, clients_of: trustme.CA | None = None
) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or ("localhost",))).configure_cert(context)
    if clients_of is not None:
        clients_of.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def pem_of(authority: trustme.CA, folder: Path, name: str = "ca.pem") -> str:
    """The CA's certificate in a file, as companies hand them out."""
    path = folder / name
    authority.cert_pem.write_to_path(path)
    return str(path)
