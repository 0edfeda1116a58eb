"""Stripe's pagination: newest first, before or after an object that the caller names.

A list has rows (payments, events), and each row has any number of objects (an intent, its charges). The row of the
named object is read again with the page, since the objects of one row may be split between two pages.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import dropwhile
from typing import Any, Final, TypeVar

from paysandbox.aws.dynamodb.sharded_index import ShardedIndex, newest, oldest
from paysandbox.core.record import record, replace

T = TypeVar("T")

Objects = Sequence[tuple[str, dict[str, Any]]]
"""The objects of a row with their IDs, newest first."""

ObjectFilter = Callable[[Objects], Objects]
"""Returns the objects that match a filter."""

MAX_READS: Final = 6
"""Reads of rows for one page. A page that is not full after that reports that there is more. The next page continues
after its last object, so a page cannot be empty: reading continues until there is an object."""

_MOST_ROWS: Final = 100
"""Per read. If rows have no matching objects, each read is twice as large as the previous one."""


HeldOf = Callable[[Collection[T]], Callable[[T], bool]]
"""Returns which of the rows that were read together are held back: they are not listed yet, nor is what is newer."""


def _none_held(_: Collection[Any]) -> Callable[[Any], bool]:
    return lambda _: False


def _every(objects: Objects) -> Objects:
    return objects


@record(kw_only=True)
class Around:
    """The object that a page starts from, and the sort key of its row. `newer`: the page is before it in the list."""

    object_id: str
    position: str
    newer: bool


def page(
    index: ShardedIndex[T],
    objects_of: Callable[[T], Objects],
    *,
    limit: int,
    around: Around | None,
    matching: ObjectFilter = _every,
    held_of: HeldOf[T] = _none_held,
) -> tuple[list[dict[str, Any]], bool]:
    """Return at most `limit` of the `matching` objects, newest first, and whether there are more beyond them.

    The named object need not match. It only marks the position. At the newest end, rows that are held back are not
    there yet.
    """
    newer = around is not None and around.newer
    objects: list[tuple[str, dict[str, Any]]] = []
    for number, (rows, more) in enumerate(_reads(index, limit + 1, around, held_of), start=1):
        shown = [entry for row in rows for entry in objects_of(row)]
        objects = shown + objects if newer else objects + shown
        left = matching(_beyond(objects, around))
        if len(left) > limit or not more or (left and number >= MAX_READS):
            return _nearest(left, limit, newer=newer), more or len(left) > limit
    raise AssertionError("the last read reports that there are no more rows")


def page_of_row(
    objects: Objects, *, limit: int, around: Around | None, matching: ObjectFilter = _every
) -> tuple[list[dict[str, Any]], bool]:
    """Return a page of the objects of a single row, as `page` does."""
    left = matching(_beyond([*objects], around))
    newer = around is not None and around.newer
    return _nearest(left, limit, newer=newer), len(left) > limit


def _nearest(objects: Objects, limit: int, *, newer: bool) -> list[dict[str, Any]]:
    """Return the `limit` objects next to the named one: the last if they are before it, otherwise the first."""
    shown = objects[max(0, len(objects) - limit) :] if newer else objects[:limit]
    return [body for _, body in shown]


def _reads(
    index: ShardedIndex[T], count: int, around: Around | None, held_of: HeldOf[T]
) -> Iterator[tuple[list[T], bool]]:
    """Yield rows, newest first, moving away from the named object, and whether there are more."""
    if around is not None and around.newer:
        since = max(around.position, index.since or around.position)
        while True:
            rows, position = oldest(replace(index, since=since), limit=count)
            held = held_of(rows)
            first_held = next((place for place, row in enumerate(rows) if held(row)), None)
            yield rows[:first_held][::-1], position is not None and first_held is None
            since, count = position or since, min(2 * count, _MOST_ROWS)
    # Sort keys are compared inclusively, so the named object's own row is read too.
    until = min(around.position, index.until or around.position) if around else index.until
    cursor, is_newest = None, around is None
    while True:
        rows, cursor = newest(replace(index, until=until), limit=count, cursor=cursor)
        if is_newest:
            rows = [*dropwhile(held_of(rows), rows)]
            is_newest = not rows
        yield rows, cursor is not None
        count = min(2 * count, _MOST_ROWS)


def _beyond(objects: Objects, around: Around | None) -> Objects:
    if around is None:
        return objects
    place = next((place for place, (name, _) in enumerate(objects) if name == around.object_id), None)
    if place is None:
        return objects
    return objects[:place] if around.newer else objects[place + 1 :]
