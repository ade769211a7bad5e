"""Where a shared token lies.

`MemoryStore` is for one process, `DirectoryStore` for the processes of one machine. For many
machines there are `rpa_auth.stores.redis` and `rpa_auth.stores.postgres`, over the clients of
those servers. A store of one's own is a class with two methods: `Store`, or `AsyncStore`.
"""

from .._contract import Entry
from ..errors import StoreError, StoreRefused, StoreUnavailable
from ._protocol import AsyncStore, Store
from ._versions import LONGEST_VALUE, random_version
from .directory import DirectoryStore
from .memory import MemoryStore

__all__ = [
    "LONGEST_VALUE",
    "AsyncStore",
    "DirectoryStore",
    "Entry",
    "MemoryStore",
    "Store",
    "StoreError",
    "StoreRefused",
    "StoreUnavailable",
    "random_version",
]
