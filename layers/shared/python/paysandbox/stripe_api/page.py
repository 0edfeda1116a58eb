"""Stripe's lists: newest first, before or after an object that the caller names.

A list has rows (payments, events), and each row shows some objects (an intent, its charges) or none. The row of the
named object is read again with the page, so that objects of one row may be on two pages.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from paysandbox.aws.sharded_index import ShardedIndex, newest, oldest

T = TypeVar("T")

Objects = Sequence[tuple[str, dict[str, Any]]]
"""What a row shows: objects with their ids, newest first."""

Wanted = Callable[[Objects], Objects]
"""Those of some objects that a filter lets through."""

MAX_READS: Final = 6
"""Of rows, for one page. A page that is not full then says that there is more, and the next one goes on: after its
last object, so an empty page cannot. Until there is an object, reading goes on."""

_MOST_ROWS: Final = 100
"""Of one read. Where rows show no objects, each read takes in twice as many as the one before."""


def _every(objects: Objects) -> Objects:
    return objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """An object that the caller names, and the sort key of its row. `newer`: what is before it is wanted."""

    object_id: str
    position: str
    newer: bool


def page(
    shelf: ShardedIndex[T],
    objects_of: Callable[[T], Objects],
    *,
    limit: int,
    around: Around | None,
    wanted: Wanted = _every,
) -> tuple[list[dict[str, Any]], bool]:
    """At most `limit` of the `wanted` objects, newest first, and whether there are more on the far side of them.

    The named object need not be wanted: it says where to go on.
    """
    newer = around is not None and around.newer
    found: list[tuple[str, dict[str, Any]]] = []
    for number, (rows, more) in enumerate(_reads(shelf, limit + 1, around), start=1):
        shown = [one for row in rows for one in objects_of(row)]
        found = shown + found if newer else found + shown
        left = wanted(_beyond(found, around))
        if len(left) > limit or not more or (left and number >= MAX_READS):
            return [body for _, body in (left[-limit:] if newer else left[:limit])], more or len(left) > limit
    raise AssertionError("the last rows are those after which there are no more")


def page_of_row(
    objects: Objects, *, limit: int, around: Around | None, wanted: Wanted = _every
) -> tuple[list[dict[str, Any]], bool]:
    """The same of one row's objects."""
    left = wanted(_beyond([*objects], around))
    newer = around is not None and around.newer
    return [body for _, body in (left[-limit:] if newer else left[:limit])], len(left) > limit


def _reads(shelf: ShardedIndex[T], count: int, around: Around | None) -> Iterator[tuple[list[T], bool]]:
    """Rows, newest first, farther and farther from the named object, and whether there are more."""
    if around is not None and around.newer:
        since = max(around.position, shelf.since or around.position)
        while True:
            rows, position = oldest(replace(shelf, since=since), limit=count)
            yield rows[::-1], position is not None
            since, count = position or since, min(2 * count, _MOST_ROWS)
    # Between the sort key and the next one there is none: an end that is included takes in the row itself.
    until = min(around.position, shelf.until or around.position) if around else shelf.until
    cursor = None
    while True:
        rows, cursor = newest(replace(shelf, until=until), limit=count, cursor=cursor)
        yield rows, cursor is not None
        count = min(2 * count, _MOST_ROWS)


def _beyond(found: Objects, around: Around | None) -> Objects:
    if around is None:
        return found
    place = next((place for place, (name, _) in enumerate(found) if name == around.object_id), None)
    if place is None:
        return found
    return found[:place] if around.newer else found[place + 1 :]
