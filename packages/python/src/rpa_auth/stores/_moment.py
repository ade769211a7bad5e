"""When an entry of a directory was written, by a clock that all processes of a machine share.

On Linux that is `CLOCK_BOOTTIME` with the id of the boot: it goes on in suspend and nobody can
set it. An entry of an earlier boot is at least as old as this boot, so that a lease of a holder
that died with the machine ends, whatever the wall clock says. Elsewhere, and beyond a reboot, the
wall clock counts. One that was set back would make an old entry young for ever; so the distance
between both times is taken.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache

from ._versions import uptime_ms, wall_clock

#: Stands where the boot is not known.
UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in milliseconds."""

    boot: str
    since_boot: int
    wall: int

    @classmethod
    def now(cls) -> Moment:
        return cls(_boot(), uptime_ms(), wall_clock())

    def age(self, now: Moment) -> int:
        """How long before `now` this was, in milliseconds."""
        by_wall = abs(now.wall - self.wall)
        if UNKNOWN in (self.boot, now.boot):
            return by_wall
        if self.boot == now.boot:
            return abs(now.since_boot - self.since_boot)
        return max(by_wall, now.since_boot)


@cache
def _boot() -> str:
    if sys.platform != "linux":
        return UNKNOWN
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            boot = file.read().strip()
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    return boot if 0 < len(boot) <= 64 and " " not in boot else UNKNOWN
