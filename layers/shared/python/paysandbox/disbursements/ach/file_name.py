"""The name of a file of credits, and the trace numbers of its entries. Pure.

A window has up to eight files of up to 999 entries. A file is named after its window and its place: `2026-11-23.1.1`.
Both follow from each other: a trace number says in which file its entry is.
"""

import re
from datetime import date
from typing import Final

from paysandbox.core.record import record

PREFIX: Final = "ach/"
"""Of all files of ACH, in the bucket of reports."""
OUT: Final = "out/"
"""Below it, of what is sent to the bank."""

MAX_PARTS: Final = 8
"""Files of a window. The header's file ID modifier has 36 values for the four windows of a day."""

MAX_ENTRIES: Final = 999
"""Entries of a file."""

_WINDOWS: Final = 4
_FILES_A_DAY: Final = _WINDOWS * MAX_PARTS
_REMEMBERED: Final = 10_000
"""Files before their numbers repeat: those of 312 days. Credits come back within days."""
_MODIFIERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_NAME: Final = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2}[.]([0-3]))[.]([1-8])")
_TRACE: Final = re.compile("[0-9]{8}([0-9]{4})([0-9]{3})")


@record(kw_only=True)
class FileName:
    """The name of a file: the day and the number of its window, and its part, from 1."""

    day: date
    window: int
    part: int = 1

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.window}.{self.part}"

    @property
    def window_name(self) -> str:
        """The name of its window."""
        return f"{self.day.isoformat()}.{self.window}"

    @property
    def modifier(self) -> str:
        """What tells it from the other files of its day, in its header."""
        return _MODIFIERS[self.window * MAX_PARTS + self.part - 1]

    def trace_number(self, bank: str, place: int) -> str:
        """Return the trace number of its entry at a place, from 1. `bank` has 8 digits."""
        if not 1 <= place <= MAX_ENTRIES:
            raise ValueError(f"a file has no entry {place}")
        return f"{bank}{_number(self) % _REMEMBERED:04}{place:03}"


def read_file_name(text: str) -> FileName:
    """Read a file's name. Raises ValueError if it is none."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no file of credits.")
    return FileName(day=date.fromisoformat(match[1][:-2]), window=int(match[2]), part=int(match[3]))


def traced(trace_number: str, day: date) -> tuple[FileName, int]:
    """Return the last file up to a day in which an entry has this trace number, and the entry's place in it, from 1.

    Raises ValueError if no entry has it.
    """
    match = _TRACE.fullmatch(trace_number)
    place = int(match[2]) if match else 0
    if match is None or place == 0:
        raise ValueError("no entry has this trace number")
    last = day.toordinal() * _FILES_A_DAY + _FILES_A_DAY - 1
    number = last - (last - int(match[1])) % _REMEMBERED
    ordinal, of_day = divmod(number, _FILES_A_DAY)
    window, part = divmod(of_day, MAX_PARTS)
    return FileName(day=date.fromordinal(ordinal), window=window, part=part + 1), place


def _number(name: FileName) -> int:
    return name.day.toordinal() * _FILES_A_DAY + name.window * MAX_PARTS + name.part - 1
