"""Pagination cursors, bound to a list and its filters. Callers pass them back unchanged."""

import base64
import binascii
import hashlib
import json
import re
from typing import Final

from paysandbox.core.errors import Code, Refused

LAST: Final = "~"
"""Sorts after every sort key of a list, because those start with a year."""

_MARK_LENGTH: Final = 8


def cursor_of(position: str, tied_to: tuple[str | None, ...]) -> str:
    """Encode a sort key as a cursor for the list that `tied_to` identifies: its name, its owner and its filters."""
    return base64.urlsafe_b64encode((_mark(tied_to) + position).encode()).decode().rstrip("=")


def position_of(cursor: str, tied_to: tuple[str | None, ...], form: re.Pattern[str], param: str = "cursor") -> str:
    """Decode a cursor into its sort key, which must match `form`. `param` is the parameter that it was sent in.

    Raises Refused(cursor_invalid) for a cursor that this list did not issue with these filters.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    position = text[_MARK_LENGTH:]
    # Encode it again and compare, because Base64 decoding is lenient: only the exact text that was issued is valid.
    if not form.fullmatch(position) or cursor_of(position, tied_to) != cursor:
        raise Refused(
            Code.CURSOR_INVALID, "Use next_cursor of the previous page, unchanged, with the same filters.", param
        )
    return position


def just_below(position: str) -> str:
    """Return a string that sorts right before this sort key, because BETWEEN includes both its ends."""
    return position[:-1] + chr(ord(position[-1]) - 1) + LAST


def just_above(position: str) -> str:
    """Return a string that sorts right after this sort key: no key has a character before the space."""
    return position + " "


def _mark(tied_to: tuple[str | None, ...]) -> str:
    """Bind a cursor to its list and filters, so that it is not valid for another list."""
    return hashlib.sha256(json.dumps(tied_to).encode()).hexdigest()[:_MARK_LENGTH]
