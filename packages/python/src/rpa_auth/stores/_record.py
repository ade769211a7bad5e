"""What a file of a directory holds: one line of words, then the value.

    rpa-auth-entry 1 VERSION BOOT SINCE-BOOT-MS WALL-MS KEEP-MS|- LENGTH

A file that is anything else was not written by us, or not by this release. It is an error, and
never overwritten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._contract import Entry
from ._moment import Moment
from ._versions import LONGEST_VALUE

#: Longer than any line that is written.
_LONGEST_LINE = 256

#: The longest file that is one of ours.
LONGEST_RECORD = _LONGEST_LINE + LONGEST_VALUE

_LINE = re.compile(
    rb"rpa-auth-entry 1 (?P<version>[^ \n]+) (?P<boot>[^ \n]+) (?P<since>[0-9]{1,19}) (?P<wall>[0-9]{1,19}) "
    rb"(?P<keep>-|[0-9]{1,19}) (?P<length>[0-9]{1,6})"
)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """An entry as it lies in a file."""

    version: str
    written: Moment
    #: How long it is kept, in milliseconds.
    keep: int | None
    value: bytes

    def entry(self, now: Moment) -> Entry | None:
        """None where it has been kept long enough."""
        age = self.written.age(now)
        if self.keep is not None and age >= self.keep:
            return None
        return Entry(value=self.value, version=self.version, age_ms=age)

    def to_bytes(self) -> bytes:
        written, keep = self.written, "-" if self.keep is None else self.keep
        line = (
            f"rpa-auth-entry 1 {self.version} {written.boot} {written.since_boot} {written.wall} {keep} "
            f"{len(self.value)}\n"
        )
        return line.encode() + self.value

    @classmethod
    def parse(cls, content: bytes) -> Record | None:
        line, end, value = content[:_LONGEST_LINE].partition(b"\n")
        found = _LINE.fullmatch(line)
        if not end or found is None:
            return None
        value = content[len(line) + 1 :]
        if int(found["length"]) != len(value):
            return None
        try:
            version, boot = found["version"].decode(), found["boot"].decode()
        except UnicodeDecodeError:
            return None
        keep = None if found["keep"] == b"-" else int(found["keep"])
        return cls(version, Moment(boot, int(found["since"]), int(found["wall"])), keep, value)
