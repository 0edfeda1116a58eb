"""The `Feed` table: the entries of a merchant, in a few partitions for each hour of wall time.

A partition takes 1,000 writes a second, and each payment of a merchant writes six. An entry's sort key is its position:
the time at which its writer stamped it. A writer that stalls between stamp and write makes an entry visible late, so a
reader reads the last minute again (`cursor_rule`). The same entry may be stored under several positions, with the same
id.
"""

import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws import backoff
from paysandbox.aws.cursor import just_below
from paysandbox.aws.schema import FEED_KEY, FEED_SHARDS, FEED_SORT, TTL_ATTRIBUTE
from paysandbox.aws.threads import run_on_each
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.feed.cursor_rule import STALL
from paysandbox.feed.entry import RETENTION, FeedEntry, RecordedEntry, entry_from, entry_text, position_of, stamp_of

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_WRITE_AT_ONCE: Final = 25
_MAX_BATCH_TRIES: Final = 5
_HOUR: Final = timedelta(hours=1)
CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""A writer's clock may be ahead of the reader's: the next hour's partition is read this long before it begins."""
_AFTER_ALL: Final = "~"
"""Sorts after every position, because those start with a year."""

Item = dict[str, Any]


@record
class FeedTable:
    """A DynamoDB client and the name of the table."""

    client: "DynamoDBClient"
    table: str


def put_entries(feed: FeedTable, entries: Sequence[FeedEntry], wall_now: Callable[[], datetime]) -> int:
    """Store entries, each stamped just before its write. Returns how many were written more than STALL after it.

    A late entry may be missed by readers whose cursor had passed its position. Entries that are stored again get
    another position and keep their id.

    Raises Refused(service_unavailable) if DynamoDB left some unprocessed: the whole batch may be delivered again.
    """
    distinct = list({entry.id: entry for entry in entries}.values())
    late = 0
    for start in range(0, len(distinct), _WRITE_AT_ONCE):
        stamp = wall_now()
        # Microseconds apart, so that a batch keeps its order.
        wanted: list[Any] = [
            {"PutRequest": {"Item": _item(entry, stamp + timedelta(microseconds=number))}}
            for number, entry in enumerate(distinct[start : start + _WRITE_AT_ONCE], start)
        ]
        for failed in range(_MAX_BATCH_TRIES):
            if failed:
                backoff.wait(failed)
            sent = len(wanted)
            answer = feed.client.batch_write_item(RequestItems={feed.table: wanted})
            wanted = [*answer["UnprocessedItems"].get(feed.table, [])]
            if wall_now() - stamp > STALL:
                late += sent - len(wanted)
            if not wanted:
                break
        else:
            raise Refused(Code.SERVICE_UNAVAILABLE, "The feed is busy.")
    return late


def read_after(
    feed: FeedTable, merchant: str, position: str, *, now: datetime, limit: int
) -> tuple[list[RecordedEntry], bool]:
    """Return the merchant's entries after a position, oldest first, and whether there are more than `limit`.

    `position` is an entry's, or the beginning of one: a timestamp reads all entries recorded since then. It must not be
    older than the table keeps entries.
    """
    hours = _hours(datetime.fromisoformat(position[: len("2026-11-22T15")] + ":00Z"), now + CLOCKS_DIFFER)
    found = list(islice(_read(feed, merchant, hours, position, _AFTER_ALL, limit + 1, newest_first=False), limit + 1))
    return found[:limit], len(found) > limit


def read_between(
    feed: FeedTable, merchant: str, start: datetime, end: datetime, *, limit: int, newest_first: bool = True
) -> list[RecordedEntry]:
    """Return at most `limit` of a merchant's entries that were recorded from `start` until before `end`.

    An entry that was stored several times is returned as often, with the same id.
    """
    hours = _hours(start, end)
    first, last = format_timestamp(start), format_timestamp(end)
    ordered = reversed(hours) if newest_first else hours
    return list(islice(_read(feed, merchant, ordered, first, last, limit, newest_first=newest_first), limit))


def read_before(
    feed: FeedTable, merchant: str, position: str, *, since: datetime, limit: int
) -> tuple[list[RecordedEntry], bool]:
    """Return the merchant's last entries before a position, oldest first, and whether there are more than `limit`.

    `position` is an entry's, or a timestamp. Entries recorded before `since` are not returned.
    """
    first = format_timestamp(since)
    if position <= first:
        return [], False
    hours = reversed(_hours(since, stamp_of(position)))
    entries = _read(feed, merchant, hours, first, just_below(position), limit + 1, newest_first=True)
    found = list(islice(entries, limit + 1))
    return found[:limit][::-1], len(found) > limit


def read_newest(
    feed: FeedTable, merchant: str, *, since: datetime, now: datetime, limit: int
) -> tuple[list[RecordedEntry], bool]:
    """Return the merchant's newest entries as `read_before` does."""
    return read_before(feed, merchant, format_timestamp(now + CLOCKS_DIFFER), since=since, limit=limit)


def _read(
    feed: FeedTable, merchant: str, hours: Iterable[datetime], first: str, last: str, limit: int, *, newest_first: bool
) -> Iterator[RecordedEntry]:
    """Yield the entries between two positions (`first` is excluded if an entry has it), reading further as needed.

    The reads are consistent: an entry that was written within STALL is seen by every reader that its stamp allows for.
    """
    for hour in hours:
        requests: list[Item] = [
            {
                "TableName": feed.table,
                "KeyConditionExpression": "#0 = :0 AND #1 BETWEEN :1 AND :2",
                "ExpressionAttributeNames": {"#0": FEED_KEY, "#1": FEED_SORT},
                "ExpressionAttributeValues": {
                    ":0": {"S": partition_of(merchant, hour, shard)},
                    ":1": {"S": first},
                    ":2": {"S": last},
                },
                "ScanIndexForward": not newest_first,
                "ConsistentRead": True,
                "Limit": limit + 1,
            }
            for shard in range(FEED_SHARDS)
        ]
        pages = run_on_each(lambda request: feed.client.query(**request), requests, at_once=FEED_SHARDS)
        shards = [_items(feed, *read) for read in zip(requests, pages, strict=True)]
        for item in heapq.merge(*shards, key=_position, reverse=newest_first):
            if _position(item) != first:
                yield RecordedEntry(position=_position(item), entry=entry_from(item["entry"]["S"], merchant))


def _items(feed: FeedTable, request: Item, page: Any) -> Iterator[Item]:
    """Yield the items of a query from its first page on, and read the others as needed."""
    while True:
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        page = feed.client.query(**request, ExclusiveStartKey=page["LastEvaluatedKey"])


def _position(item: Item) -> str:
    return item[FEED_SORT]["S"]


def partition_of(merchant: str, at: datetime, shard: int) -> str:
    """Return the partition key of a shard of a merchant's hour: `demo#2026-11-22T15#0`."""
    return f"{merchant}#{at.astimezone(UTC):%Y-%m-%dT%H}#{shard}"


def shard_of(entry_id: str) -> int:
    """Return the shard of an entry."""
    return zlib.crc32(entry_id.encode()) % FEED_SHARDS


def _hours(start: datetime, end: datetime) -> list[datetime]:
    """Return the hours from that of `start` to that of `end`."""
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [first + number * _HOUR for number in range((end - first) // _HOUR + 1)]


def _item(entry: FeedEntry, stamp: datetime) -> Item:
    return {
        FEED_KEY: {"S": partition_of(entry.merchant, stamp, shard_of(entry.id))},
        FEED_SORT: {"S": position_of(entry.id, stamp)},
        "entry": {"S": entry_text(entry)},
        TTL_ATTRIBUTE: {"N": str(int((stamp + RETENTION).timestamp()))},
    }
