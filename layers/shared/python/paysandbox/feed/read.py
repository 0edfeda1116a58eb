"""Read a page of a merchant's feed, behind a cursor that no stalled writer can make miss an entry, or going back."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.feed.cursor_rule import (
    CURSOR_FORM,
    POSITION_FORM,
    FeedCursor,
    cursor_after_older,
    cursor_text,
    first_horizon,
    next_cursor,
    read_cursor,
    read_from,
)
from paysandbox.feed.entry import SHOWN, RecordedEntry, stamp_of
from paysandbox.feed.feed_table import FeedTable, read_after, read_before, read_newest

_LIST: Final = "get_feed"
_BACK: Final = "before"


@record
class Page:
    """Entries in the order of recording, each id once; the cursor to read on with; and the tag of the answer.

    `previous_cursor` is the one to go back with, or None if there is nothing before the entries, and for a page that
    follows a cursor.
    """

    entries: Sequence[RecordedEntry]
    next_cursor: str
    previous_cursor: str | None
    has_more: bool
    tag: str


def read_newest_page(feed: FeedTable, merchant: str, *, limit: int, wall_now: datetime) -> Page:
    """Return the newest entries, and the cursor after them."""
    found, has_older = read_newest(feed, merchant, since=wall_now - SHOWN, now=wall_now, limit=limit)
    return _page(merchant, found, FeedCursor(first_horizon(wall_now)), has_more=False, has_older=has_older)


def read_older_page(feed: FeedTable, merchant: str, before: str, *, limit: int, wall_now: datetime) -> Page:
    """Return what precedes a previous_cursor. Raises Refused(cursor_invalid) for one that this feed did not issue."""
    position = _position(merchant, before)
    found, has_older = read_before(feed, merchant, position, since=wall_now - SHOWN, limit=limit)
    return _page(merchant, found, cursor_after_older(position, wall_now), has_more=True, has_older=has_older)


def read_page(feed: FeedTable, merchant: str, after: str, *, limit: int, wall_now: datetime) -> Page:
    """Return what follows a cursor. Raises Refused(cursor_invalid) for one that this merchant's feed did not issue."""
    read = read_from(_cursor(merchant, after), wall_now)
    found, has_more = read_after(feed, merchant, read.after, now=wall_now, limit=limit)
    last = found[-1].position if found else None
    return _page(merchant, found, next_cursor(read, last, has_more=has_more), has_more=has_more)


def _cursor(merchant: str, text: str) -> FeedCursor:
    try:
        return read_cursor(position_of(text, (_LIST, merchant), CURSOR_FORM, "after"))
    except (Refused, ValueError):
        raise Refused(Code.CURSOR_INVALID, "Use next_cursor of an earlier answer, unchanged.", "after") from None


def _position(merchant: str, text: str) -> str:
    try:
        position = position_of(text, (_LIST, merchant, _BACK), POSITION_FORM, "before")
        stamp_of(position)  # a time that exists
    except (Refused, ValueError):
        raise Refused(Code.CURSOR_INVALID, "Use previous_cursor of an earlier answer, unchanged.", "before") from None
    return position


def _page(
    merchant: str,
    found: Sequence[RecordedEntry],
    cursor: FeedCursor,
    *,
    has_more: bool,
    has_older: bool = False,
) -> Page:
    entries: dict[str, RecordedEntry] = {}
    for recorded in found:
        entries.setdefault(recorded.entry.id, recorded)
    distinct = [*entries.values()]
    # With the cursor's hour: a client whose feed is quiet gets a new cursor every hour, and so no read takes more than
    # a few partitions.
    identity = [*(recorded.entry.id for recorded in distinct), f"{cursor.horizon:%Y-%m-%dT%H}", cursor.page or ""]
    previous = cursor_of(found[0].position, (_LIST, merchant, _BACK)) if has_older else None
    tag = hashlib.sha256("\n".join([*identity, previous or ""]).encode()).hexdigest()[:32]
    return Page(distinct, cursor_of(cursor_text(cursor), (_LIST, merchant)), previous, has_more, tag)
