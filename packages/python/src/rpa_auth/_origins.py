"""Which servers a session's token may be sent to: scheme, host and port."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from ._contract import Account, ControlRoomAccount, RopcAccount
from .errors import InvalidArgument

_PORTS = {"http": 80, "https": 443}


def origin_of(url: httpx.URL | str) -> tuple[str, str, int | None]:
    """Scheme, host and port, each as it is compared."""
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host.lower(), parsed.port or _PORTS.get(parsed.scheme)


def origins(account: Account, also: Iterable[str]) -> frozenset[tuple[str, str, int | None]]:
    """The platform's own, and what the caller names. Raises where there is none: an account of
    an identity server does not say where the API is.
    """
    urls = [also] if isinstance(also, str) else list(also)
    if isinstance(account, ControlRoomAccount):
        urls.append(account.control_room.url)
    elif isinstance(account, RopcAccount):
        urls.append(account.orchestrator.url)
    found = set()
    for url in urls:
        try:
            origin = origin_of(url)
        except (httpx.InvalidURL, TypeError):
            origin = ("", "", None)
        if origin[0] not in _PORTS or not origin[1]:
            raise InvalidArgument("origins", "each must be https://host[:port]")
        found.add(origin)
    if not found:
        raise InvalidArgument("origins", "must name the API: the account says only where tokens come from")
    return frozenset(found)
