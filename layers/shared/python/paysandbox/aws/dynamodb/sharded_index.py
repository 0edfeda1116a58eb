"""List items from a sharded KEYS_ONLY index, newest or oldest first.

Shards are queried in parallel and merged. The index supplies only IDs: items are then read consistently, and both
filters and results use the current item.
"""

import heapq
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from paysandbox.aws.cursor import LAST, cursor_of, just_above, just_below, position_of
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import Index, shard_key
from paysandbox.aws.search_time import has_search_time
from paysandbox.aws.threads import run_on_each
from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_EXAMINED: Final = 2_000
"""Maximum number of items that one request compares with a filter without an index. The page then ends, full or not.

An item of up to 4 KB takes one read unit: at most 2,000, or 0.05 cents, for a filter that nothing matches."""

MAX_SECONDS: Final = 4
"""Time after which a request reads no further items for such a filter, if the local engine sets no shorter one.

Functions have 10 seconds and more."""

EXAMINED_AT_ONCE: Final = 200
"""Entries that a request with such a filter reads from the index before it reads on."""

_READ_AT_ONCE: Final = 50

_LEAST_OF_SHARD: Final = 8
"""Entries that each shard is asked for at least: few pages take a second query of a shard."""

POSITION: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#[A-Za-z0-9._@=-]{1,64}")
"""The form of a sort key that a cursor may contain: a time, made unique by an ID."""

# Sorts before every sort key, because those start with a year.
_FIRST: Final = "0"

_BETWEEN: Final = "\n"
"""Separates the two parts of a key. Neither contains it."""

T = TypeVar("T")


def _unread(_: dict[str, Any]) -> None:
    """Parse nothing: for lists that fetch their items."""


@record(kw_only=True)
class ShardedIndex(Generic[T]):
    """A list: the index partition `of`, and how to read its items.

    `tied_to` binds cursors to the list, its owner and its filters. `since` is the first sort key in the list, and
    `until` the first after it. If an item is not `mine`, the whole page is empty. Items are read from the index's own
    table and parsed by `read`, unless `fetch` returns those that exist by their IDs. In a table whose key has a sort
    key, `owner_attribute` is the partition key, and `fetch` gets both as one text, which `key_of_id` parses.
    `index_page` returns the newest items first, or with `oldest_first` the oldest. The entries of the index `beside`
    are listed too, each item once: they have the same IDs and sort keys, and this one reads the items. A table itself,
    which is an index without a name, is read consistently.
    """

    client: "DynamoDBClient"
    table: str
    id_attribute: str
    index: Index
    of: str
    tied_to: tuple[str | None, ...]
    mine: Callable[[T], bool]
    read: Callable[[dict[str, Any]], T | None] = _unread
    fetch: Callable[[Sequence[str]], Mapping[str, T]] | None = None
    since: str | None = None
    until: str | None = None
    owner_attribute: str | None = None
    oldest_first: bool = False
    beside: "ShardedIndex[T] | None" = None

    @property
    def bound_to(self) -> tuple[str | None, ...]:
        """What cursors are bound to: `tied_to`, and the order if it is not the usual one."""
        return (*self.tied_to, "asc") if self.oldest_first else self.tied_to

    def left_after(self, cursor: str | None) -> tuple[str, str]:
        """Return the first and the last sort key that may follow a cursor, both inclusive. None may be left.

        Raises Refused(cursor_invalid) for a cursor of another list, merchant, filter or order.
        """
        first, last = self.since or _FIRST, self.until or LAST
        return (
            (first, last) if cursor is None else self.beyond(first, last, position_of(cursor, self.bound_to, POSITION))
        )

    def beyond(self, first: str, last: str, position: str) -> tuple[str, str]:
        """Return the range without what comes up to a position, in the order of the list."""
        if self.oldest_first:
            return max(first, just_above(position)), last
        return first, min(last, just_below(position))


@record
class ListPage(Generic[T]):
    """A page of items in the list's order, their sort keys, and the cursor of the next page (None: last page).

    `compared` is how many items a filter without an index was compared with: 0 if there is none.
    """

    items: Sequence[T]
    positions: Sequence[str]
    next_cursor: str | None
    tied_to: tuple[str | None, ...]
    compared: int = 0

    def cursor_after(self, count: int) -> str | None:
        """Return the cursor of the page that follows the first `count` items: at least one, if there are any."""
        if count == len(self.items):
            return self.next_cursor
        return cursor_of(self.positions[count - 1], self.tied_to)


def key_of_id(text: str) -> tuple[str, str]:
    """Return partition key and sort key of an item's ID, in an index with `owner_attribute`."""
    owner, _, item_id = text.rpartition(_BETWEEN)
    return owner, item_id


def id_of_key(owner: str, item_id: str) -> str:
    """Return the ID of an item, in an index with `owner_attribute`."""
    return f"{owner}{_BETWEEN}{item_id}"


def newest(
    source: ShardedIndex[T], *, limit: int, cursor: str | None, wanted: Callable[[T], bool] | None = None
) -> tuple[list[T], str | None]:
    """Return the items of `index_page`, and the cursor of the next page (None: last page)."""
    page = index_page(source, limit=limit, cursor=cursor, wanted=wanted)
    return [*page.items], page.next_cursor


def index_page(
    source: ShardedIndex[T], *, limit: int, cursor: str | None, wanted: Callable[[T], bool] | None = None
) -> ListPage[T]:
    """Return a page, newest first, or oldest first if the source says so.

    Reads on until the page is full or nothing is left. With the filter `wanted`, it reads up to MAX_EXAMINED items
    and for about MAX_SECONDS. Only then can a page be short, even empty, although there is a next one. Raises
    Refused(cursor_invalid) for a cursor of another list, merchant or filter.
    """
    first, last = source.left_after(cursor)
    budget, compared = ReadBudget(), 0
    shown: list[tuple[str, T]] = []
    while first <= last:
        count = limit - len(shown) if wanted is None else min(EXAMINED_AT_ONCE, budget.left)
        entries = _entries(source, first, last, count + 1, newest_first=not source.oldest_first)
        at_once = count if wanted is None else max(limit, _READ_AT_ONCE)
        for place, (position, item) in enumerate(_read(source, entries[:count], at_once), start=1):
            if item is None:
                continue  # purged after it was indexed
            if not source.mine(item):
                return _page(source, [], None)
            compared += wanted is not None
            if wanted is None or wanted(item):
                shown.append((position, item))
            if len(shown) == limit:
                return _page(source, shown, position if place < len(entries) else None, compared)
        if len(entries) <= count:
            break
        position, _ = entries[count - 1]
        if budget.is_spent(count):
            return _page(source, shown, position, compared)
        first, last = source.beyond(first, last, position)
    return _page(source, shown, None, compared)


def _page(source: ShardedIndex[T], shown: Sequence[tuple[str, T]], last: str | None, compared: int = 0) -> ListPage[T]:
    """Return a page. `last` is the sort key that the next page continues after (None: last page)."""
    next_cursor = None if last is None else cursor_of(last, source.bound_to)
    items, positions = [item for _, item in shown], [position for position, _ in shown]
    return ListPage(items, positions, next_cursor, source.bound_to, compared)


def _read(source: ShardedIndex[T], entries: Sequence[tuple[str, str]], at_once: int) -> Iterator[tuple[str, T | None]]:
    """Yield the sort key and the item of each entry, read `at_once` as the caller proceeds."""
    for start in range(0, len(entries), at_once):
        chunk = entries[start : start + at_once]
        items = _items(source, [item_id for _, item_id in chunk])
        yield from ((position, items.get(item_id)) for position, item_id in chunk)


class ReadBudget:
    """What a request may still read for a filter without an index: MAX_EXAMINED items, within MAX_SECONDS."""

    def __init__(self) -> None:
        self.left = MAX_EXAMINED
        self._has_time = has_search_time(MAX_SECONDS)

    def is_spent(self, examined: int) -> bool:
        """Whether nothing may be read any more, after `examined` further items."""
        self.left -= examined
        return self.left <= 0 or not self._has_time()


def newest_entries(
    source: ShardedIndex[T], *, before: str | None, limit: int, first: str | None = None
) -> list[tuple[str, str]]:
    """Return the sort key and ID of up to `limit` entries before a sort key, newest first; of None, from the newest on.

    `first` is a sort key to begin with, instead of the one before it. For lists that merge several indexes.
    """
    last = source.until or LAST
    if before is not None:
        last = min(last, first or just_below(before))
    return _entries(source, source.since or _FIRST, last, limit) if (source.since or _FIRST) <= last else []


def oldest(source: ShardedIndex[T], *, limit: int) -> tuple[list[T], str | None]:
    """Return the first `limit` items, oldest first, and the sort key of the next item (None: no more)."""
    first, last = source.since or _FIRST, source.until or LAST
    if first > last:
        return [], None
    entries = _entries(source, first, last, limit + 1, newest_first=False)
    items = _items(source, [item_id for _, item_id in entries[:limit]])
    shown = [items[item_id] for _, item_id in entries[:limit] if item_id in items]
    return shown, entries[limit][0] if len(entries) > limit else None


def _entries(
    source: ShardedIndex[T], first: str, last: str, limit: int, *, newest_first: bool = True
) -> list[tuple[str, str]]:
    """Return (sort key, ID) of the newest or oldest entries, of the index beside it too."""
    own = _own_entries(source, first, last, limit, newest_first=newest_first)
    if source.beside is None:
        return own
    others = _own_entries(source.beside, first, last, limit, newest_first=newest_first)
    merged = heapq.merge(own, others, reverse=newest_first)
    return list(islice(dict.fromkeys(merged), limit))


def _own_entries(
    source: ShardedIndex[T], first: str, last: str, limit: int, *, newest_first: bool
) -> list[tuple[str, str]]:
    """Return (sort key, ID) of the newest or oldest entries of all shards of an index.

    Each shard is first asked for twice its share. It is read on only if it has more of them. A single one is asked for
    all of them, without a thread.
    """
    shards_read = index_shards().read
    at_once = min(limit, max(_LEAST_OF_SHARD, -(-2 * limit // shards_read)))
    query = partial(_shard, source, limit=at_once, newest_first=newest_first)
    partitions = [shard_key(source.of, shard) for shard in range(shards_read)]
    if len(partitions) == 1:
        return query(partitions[0], first=first, last=last)
    pages = run_on_each(partial(query, first=first, last=last), partitions, at_once=shards_read)

    def entries_of(partition: str, page: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        yield from page
        while len(page) == at_once < limit:
            read = page[-1][0]
            start, end = (first, just_below(read)) if newest_first else (just_above(read), last)
            if start > end:
                return
            page = query(partition, first=start, last=end)
            yield from page

    shards = [entries_of(partition, page) for partition, page in zip(partitions, pages, strict=True)]
    return list(islice(heapq.merge(*shards, reverse=newest_first), limit))


def _shard(
    source: ShardedIndex[T], partition: str, *, first: str, last: str, limit: int, newest_first: bool
) -> list[tuple[str, str]]:
    read: Any = {"IndexName": source.index.name} if source.index.name else {"ConsistentRead": True}
    response = source.client.query(
        TableName=source.table,
        **read,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": source.index.partition_key, "#1": source.index.sort_key},
        ExpressionAttributeValues={":0": {"S": partition}, ":1": {"S": first}, ":2": {"S": last}},
        ScanIndexForward=not newest_first,
        Limit=limit,
    )
    return [
        (item[source.index.sort_key]["S"], _id_in(source, item))  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional
        for item in response["Items"]
    ]


def _id_in(source: ShardedIndex[T], entry: Mapping[str, Any]) -> str:
    item_id: str = entry[source.id_attribute]["S"]
    return item_id if source.owner_attribute is None else id_of_key(entry[source.owner_attribute]["S"], item_id)


def _items(source: ShardedIndex[T], ids: list[str]) -> Mapping[str, T]:
    if source.fetch is not None:
        return source.fetch(ids)
    stored = items_by_id(source.client, source.table, source.id_attribute, ids)
    parsed = {item_id: source.read(item) for item_id, item in stored.items()}
    return {item_id: item for item_id, item in parsed.items() if item is not None}
