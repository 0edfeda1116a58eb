"""Stripe's lists: newest first, before or after an object that the caller names.

A list has rows (payments, events), and each row shows some objects (an intent, its charges) or none. The row of the
named object is read again with the page, so that objects of one row may be on two pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from paysandbox.table.newest import Shelf, newest, oldest

T = TypeVar("T")

Objects = Sequence[tuple[str, dict[str, Any]]]
"""What a row shows: objects with their ids, newest first."""

MAX_READS: Final = 6
"""Of rows, for one page. A page that is not full then says that there is more, and the next one goes on."""


@dataclass(frozen=True, slots=True)
class Around:
    """An object that the caller names, and the sort key of its row. `newer`: what is before it is wanted."""

    object_id: str
    position: str
    newer: bool


def page(
    shelf: Shelf[T], objects_of: Callable[[T], Objects], *, limit: int, around: Around | None
) -> tuple[list[dict[str, Any]], bool]:
    """At most `limit` objects, newest first, and whether there are more on the far side of them."""
    newer = around is not None and around.newer
    found: list[tuple[str, dict[str, Any]]] = []
    for rows, more in _reads(shelf, limit + 1, around):
        shown = [one for row in rows for one in objects_of(row)]
        found = shown + found if newer else found + shown
        left = _beyond(found, around)
        if len(left) > limit or not more:
            return [body for _, body in (left[-limit:] if newer else left[:limit])], len(left) > limit
    left = _beyond(found, around)
    return [body for _, body in left], True


def page_of_row(objects: Objects, *, limit: int, around: Around | None) -> tuple[list[dict[str, Any]], bool]:
    """The same of one row's objects."""
    left = _beyond([*objects], around)
    newer = around is not None and around.newer
    return [body for _, body in (left[-limit:] if newer else left[:limit])], len(left) > limit


def _reads(shelf: Shelf[T], count: int, around: Around | None) -> Iterator[tuple[list[T], bool]]:
    """Rows, newest first, farther and farther from the named object, and whether there are more."""
    if around is not None and around.newer:
        since = max(around.position, shelf.since or around.position)
        for _ in range(MAX_READS):
            rows, position = oldest(replace(shelf, since=since), limit=count)
            yield rows[::-1], position is not None
            since = position or since
        return
    # Between the sort key and the next one there is none: an end that is included takes in the row itself.
    until = min(around.position, shelf.until or around.position) if around else shelf.until
    cursor = None
    for _ in range(MAX_READS):
        rows, cursor = newest(replace(shelf, until=until), limit=count, cursor=cursor)
        yield rows, cursor is not None


def _beyond(found: list[tuple[str, dict[str, Any]]], around: Around | None) -> list[tuple[str, dict[str, Any]]]:
    if around is None:
        return found
    place = next((place for place, (name, _) in enumerate(found) if name == around.object_id), None)
    if place is None:
        return found
    return found[:place] if around.newer else found[place + 1 :]
