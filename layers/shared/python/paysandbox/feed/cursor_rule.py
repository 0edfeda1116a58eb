"""How a reader of the feed moves on without missing an entry.

A writer stamps an entry and writes it at most STALL later. So at any time, all entries with a stamp older than STALL
are visible, and younger ones may still appear, in any order. A cursor therefore never passes the time STALL before the
read that made it: the last minute is read again each time, and a reader drops the ids that it has.

A read of more entries than one answer holds goes on page by page. Its pages are read later than its first, so the
cursor carries the horizon of the first one to the end.

A reader may also go back from an entry. Nothing older is missed by one that follows the feed as well: what a stalled
writer adds there later is younger than the horizon at which that reader began.
"""

import re
from datetime import datetime, timedelta
from typing import Final

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.feed.entry import SHOWN, stamp_of

STALL: Final = timedelta(seconds=60)
"""How long a writer may take from the stamp of an entry to its write."""

_STAMP: Final = r"2\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z"
_POSITION: Final = rf"{_STAMP}#[!-{{}}]{{1,160}}"
POSITION_FORM: Final = re.compile(_POSITION)
"""The text of an entry's position."""
CURSOR_FORM: Final = re.compile(rf"{_STAMP}(\|{_POSITION})?")
"""The text of a cursor: its horizon and, within a read of several pages, the position of the last entry."""


@record
class FeedCursor:
    """Where to read on. Everything up to `horizon` (wall time, UTC) was read; `page` is within a read of many pages."""

    horizon: datetime
    page: str | None = None


@record
class Read:
    """One read: the position after which it begins, and the horizon of the cursor that it ends with."""

    after: str
    horizon: datetime


def cursor_text(cursor: FeedCursor) -> str:
    """Return a cursor's text."""
    horizon = format_timestamp(cursor.horizon)
    return horizon if cursor.page is None else f"{horizon}|{cursor.page}"


def read_cursor(text: str) -> FeedCursor:
    """Read a cursor's text, which has the form CURSOR_FORM. Raises ValueError for a time that does not exist."""
    horizon, _, page = text.partition("|")
    if page:
        parse_timestamp(page.partition("#")[0])
    return FeedCursor(parse_timestamp(horizon), page or None)


def first_horizon(now: datetime) -> datetime:
    """Return the horizon of a read that begins now: older entries are all visible."""
    return now - STALL


def read_from(cursor: FeedCursor, now: datetime) -> Read:
    """Return the read that goes on from a cursor. One older than SHOWN begins there."""
    earliest = now - SHOWN
    if cursor.page is not None:
        return Read(max(cursor.page, format_timestamp(earliest)), cursor.horizon)
    start = max(cursor.horizon, earliest)
    return Read(format_timestamp(start), max(start, first_horizon(now)))


def cursor_after_older(before: str, now: datetime) -> FeedCursor:
    """Return the cursor after the entries before a position: it reads everything that follows them."""
    return FeedCursor(min(stamp_of(before), first_horizon(now)))


def next_cursor(read: Read, last: str | None, *, has_more: bool) -> FeedCursor:
    """Return the cursor after a read whose last entry has the position `last`. It never goes back."""
    return FeedCursor(read.horizon, last if has_more else None)
