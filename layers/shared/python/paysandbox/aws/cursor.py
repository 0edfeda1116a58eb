"""Cursors: where a list goes on, tied to the list and its filters. Callers send them back unchanged."""

import base64
import binascii
import hashlib
import json
import re
from typing import Final

from paysandbox.core.errors import Code, Refused

LAST: Final = "~"
"""Behind every sort key of a list: those begin with a year."""

_MARK_LENGTH: Final = 8


def cursor_of(position: str, tied_to: tuple[str | None, ...]) -> str:
    """The cursor of a sort key, for a list that is told by `tied_to`: its name, whose it is, and its filters."""
    return base64.urlsafe_b64encode((_mark(tied_to) + position).encode()).decode().rstrip("=")


def position_of(cursor: str, tied_to: tuple[str | None, ...], form: re.Pattern[str]) -> str:
    """The sort key that a cursor holds, which has that form.

    Raises Refused(cursor_invalid) for one that this list did not make under these filters.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    position = text[_MARK_LENGTH:]
    # Written again, because decoding overlooks much: another spelling of a cursor is not one of ours.
    if not form.fullmatch(position) or cursor_of(position, tied_to) != cursor:
        raise Refused(
            Code.CURSOR_INVALID, "Use next_cursor of the previous page, unchanged, with the same filters.", "cursor"
        )
    return position


def just_below(position: str) -> str:
    """A text that is before this sort key and behind every other key before it: BETWEEN includes both its ends."""
    return position[:-1] + chr(ord(position[-1]) - 1) + LAST


def _mark(tied_to: tuple[str | None, ...]) -> str:
    """Ties a cursor to its list and filters, so that it is not taken for another's."""
    return hashlib.sha256(json.dumps(tied_to).encode()).hexdigest()[:_MARK_LENGTH]
