"""The part of a partition that a query may return, so that only its items are read."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """The part of a partition that a query may return: all it asks for, unless the part ends before its last item.

    `low` and `high` are values of the sort key, `start` is the entry or sort key after which the query begins.
    """

    low: Any = None
    low_included: bool = True
    high: Any = None
    high_included: bool = True
    start: Any = None
    limit: int | None = None
    forward: bool = True

    def of(self, ordered: Sequence[Any], value: Callable[[Any], Any]) -> Sequence[Any]:
        """Return that part of a partition. `value` returns the sort key of an entry."""
        first, end = self.ends(ordered, value)
        return ordered[first:end]

    def each(self, ordered: Sequence[Any], value: Callable[[Any], Any]) -> Iterator[Any]:
        """Yield that part in the order of the query, without copying it."""
        first, end = self.ends(ordered, value)
        for place in range(first, end) if self.forward else range(end - 1, first - 1, -1):
            yield ordered[place]

    def ends(self, ordered: Sequence[Any], value: Callable[[Any], Any]) -> tuple[int, int]:
        """Return where that part begins and where it ends in a partition."""
        first, end = 0, len(ordered)
        if self.low is not None:
            first = (bisect_left if self.low_included else bisect_right)(ordered, self.low, key=value)
        if self.high is not None:
            end = (bisect_right if self.high_included else bisect_left)(ordered, self.high, key=value)
        if self.start is not None and self.forward:
            first = max(first, bisect_right(ordered, self.start))
        elif self.start is not None:
            end = min(end, bisect_left(ordered, self.start))
        if self.limit is not None and self.forward:
            end = min(end, first + self.limit)
        elif self.limit is not None:
            first = max(first, end - self.limit)
        return first, end


class _Query(threading.local):
    """The query that a thread answers."""

    bounds: Bounds | None = None


_query = _Query()


@contextmanager
def bounded(bounds: Bounds | None) -> Iterator[None]:
    """Set the bounds of the query that ministack answers in the block, which cannot pass them on."""
    before, _query.bounds = _query.bounds, bounds
    try:
        yield
    finally:
        _query.bounds = before


def selected(ordered: Sequence[Any], value: Callable[[Any], Any]) -> Sequence[Any]:
    """Return the part of a partition that the current query may return. `value` returns the sort key of an entry."""
    return ordered if _query.bounds is None else _query.bounds.of(ordered, value)
