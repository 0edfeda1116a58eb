"""Newest first out of a sharded KEYS_ONLY index: the shards are queried side by side and merged, items come by
consistent reads. Or oldest first, for those who go on from where they stood.

An index is never trusted for more than ids: what is shown, and what a filter is held against, is the item as it is.
"""

import heapq
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from paysandbox.aws.batch_get import items_by_id
from paysandbox.aws.cursor import LAST, cursor_of, just_below, position_of
from paysandbox.aws.schema import INDEX_SHARDS, Index, shard_key

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

MAX_LOOKED_AT: Final = 200
"""Index entries that one request looks at for a filter that no index has. Then the page ends, full or not."""

_READ_AT_ONCE: Final = 50
_POSITION: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#[A-Za-z0-9_=-]{1,64}")

# Before every sort key: those begin with a year.
_FIRST: Final = "0"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardedIndex(Generic[T]):
    """What is listed: the partition `of` of an index, and how its items are read.

    `tied_to` is what a cursor belongs to: the list, whose it is, and its filters. `since` is the first sort key that
    belongs to it, `until` the first one that no longer does. Where an item is not `mine`, nobody's is shown.
    """

    client: "DynamoDBClient"
    table: str
    id_attribute: str
    index: Index
    of: str
    tied_to: tuple[str | None, ...]
    read: Callable[[dict[str, Any]], T | None]
    id_of: Callable[[T], str]
    mine: Callable[[T], bool]
    since: str | None = None
    until: str | None = None


def newest(
    shelf: ShardedIndex[T], *, limit: int, cursor: str | None, wanted: Callable[[T], bool] | None = None
) -> tuple[list[T], str | None]:
    """A page, newest first, and the cursor of the next one (None: there is no more).

    Without `wanted` a page is full unless it is the last. With it, at most MAX_LOOKED_AT entries are looked at, so that
    a page may be short, or empty, and have a next one all the same. Raises Refused(cursor_invalid) for a cursor of
    another list, merchant or filter.
    """
    first = shelf.since or _FIRST
    last = shelf.until or LAST
    if cursor is not None:
        last = min(last, just_below(position_of(cursor, shelf.tied_to, _POSITION)))
    if first > last:
        return [], None
    count, at_once = (limit, limit) if wanted is None else (MAX_LOOKED_AT, max(limit, _READ_AT_ONCE))
    entries = _entries(shelf, first, last, count + 1)
    shown: list[T] = []
    for start in range(0, min(count, len(entries)), at_once):
        chunk = entries[start : min(start + at_once, count)]
        items = _items(shelf, [item_id for _, item_id in chunk])
        for place, (position, item_id) in enumerate(chunk, start=start + 1):
            item = items.get(item_id)
            if item is None:
                continue  # purged since it was indexed
            if not shelf.mine(item):
                return [], None
            if wanted is None or wanted(item):
                shown.append(item)
            if len(shown) == limit:
                return shown, cursor_of(position, shelf.tied_to) if place < len(entries) else None
    return shown, cursor_of(entries[count - 1][0], shelf.tied_to) if len(entries) > count else None


def oldest(shelf: ShardedIndex[T], *, limit: int) -> tuple[list[T], str | None]:
    """The first `limit` of the shelf, oldest first, and the sort key of the one after them (None: there is no more)."""
    first, last = shelf.since or _FIRST, shelf.until or LAST
    if first > last:
        return [], None
    entries = _entries(shelf, first, last, limit + 1, newest_first=False)
    items = _items(shelf, [item_id for _, item_id in entries[:limit]])
    shown = [items[item_id] for _, item_id in entries[:limit] if item_id in items]
    return shown, entries[limit][0] if len(entries) > limit else None


def _entries(
    shelf: ShardedIndex[T], first: str, last: str, limit: int, *, newest_first: bool = True
) -> list[tuple[str, str]]:
    """(sort key, id) of the newest of all shards, or of the oldest."""
    ask = partial(_shard, shelf, first=first, last=last, limit=limit, newest_first=newest_first)
    with ThreadPoolExecutor(INDEX_SHARDS) as pool:
        partitions = [shard_key(shelf.of, shard) for shard in range(INDEX_SHARDS)]
        return list(islice(heapq.merge(*pool.map(ask, partitions), reverse=newest_first), limit))


def _shard(
    shelf: ShardedIndex[T], partition: str, *, first: str, last: str, limit: int, newest_first: bool
) -> list[tuple[str, str]]:
    answer = shelf.client.query(
        TableName=shelf.table,
        IndexName=shelf.index.name,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": shelf.index.partition_key, "#1": shelf.index.sort_key},
        ExpressionAttributeValues={":0": {"S": partition}, ":1": {"S": first}, ":2": {"S": last}},
        ScanIndexForward=not newest_first,
        Limit=limit,
    )
    return [
        (item[shelf.index.sort_key]["S"], item[shelf.id_attribute]["S"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional
        for item in answer["Items"]
    ]


def _items(shelf: ShardedIndex[T], ids: list[str]) -> dict[str, T]:
    found = items_by_id(shelf.client, shelf.table, shelf.id_attribute, ids)
    read = {item_id: shelf.read(item) for item_id, item in found.items()}
    return {item_id: one for item_id, one in read.items() if one is not None}
