"""The clients of httpx that are used where the caller gives none."""

from __future__ import annotations

import atexit
import ssl
import threading
from typing import Any

import httpx

from . import _fork

_lock = threading.Lock()
_client: httpx.Client | None = None
_context: ssl.SSLContext | None = None


def sync_client() -> httpx.Client:
    """The process's own: its connections are kept for the next call."""
    global _client
    with _lock:
        if _client is None:
            _client = httpx.Client(verify=_trusted())
            atexit.register(_client.close)
        return _client


def prepare() -> None:
    """Reads what clients trust."""
    with _lock:
        _trusted()


def async_client() -> httpx.AsyncClient:
    """One for a call: connections belong to an event loop, which may end with it."""
    with _lock:
        return httpx.AsyncClient(verify=_trusted())


def is_ready() -> bool:
    """Whether `async_client` gives one at once."""
    return _context is not None


def _trusted() -> ssl.SSLContext:
    """Made once: reading all the certificates takes longer than a login."""
    global _context
    if _context is None:
        _context = httpx.create_ssl_context()
    return _context


class _Forget:
    """Connections of the parent are the parent's."""

    def after_fork(self) -> None:
        global _client, _lock
        _lock = threading.Lock()
        if _client is not None:
            atexit.unregister(_client.close)
        _fork.abandon(_client)
        _client = None


_forget = _Forget()
_fork.register(_forget)


def check(client: object, wanted: type[Any]) -> str | None:
    """Says what is wrong with a client that a caller gave."""
    if not isinstance(client, wanted):
        return f"must be an httpx.{wanted.__name__}, not {type(client).__name__}"
    if client.is_closed:
        return "is closed"
    return None
