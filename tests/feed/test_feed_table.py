"""The feed's table: entries by merchant and hour, read in both directions, with consistent reads."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from paysandbox.aws.schema import FEED_SHARDS
from paysandbox.core.errors import Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.feed import tables as feed_tables
from paysandbox.feed.cursor_rule import STALL
from paysandbox.feed.entry import (
    RETENTION,
    Card,
    DeliveryAttempt,
    Event,
    FeedEntry,
    RecordedEntry,
    entry_from,
    entry_text,
)
from paysandbox.feed.feed_table import FeedTable, put_entries, read_after, read_before, read_between, read_newest
from tests.support.builders import build
from tests.support.builders.build import MONDAY
from tests.support.worlds import tables

HOUR = timedelta(hours=1)
ATTEMPT = DeliveryAttempt(
    delivery_id="dlv_1",
    event_id="evt_1",
    event_type="payment_captured",
    endpoint_id="we_1",
    url="https://shop.example/hook",
    attempt=2,
    latency_ms=31,
    error="timeout",
)


@pytest.fixture
def feed() -> Iterator[FeedTable]:
    """Provide an empty feed."""
    with tables.sandbox():
        yield feed_tables.feed()


def record(feed: FeedTable, at: datetime, *numbers: int, merchant: str = "demo") -> None:
    """Record entries at one wall time."""
    assert put_entries(feed, [build.feed_entry(number, merchant=merchant) for number in numbers], lambda: at) == 0


def ids(found: list[RecordedEntry]) -> list[str]:
    return [one.entry.id for one in found]


def numbered(*numbers: int) -> list[str]:
    return [f"request-{number}" for number in numbers]


@pytest.mark.parametrize(
    "entry",
    [
        build.feed_entry(),
        build.feed_entry(reference="order 7", card=Card(brand="visa", last4="4242")),
        build.feed_entry(subject=Event(type="payment_captured", object_id="cap_1"), amount=None),
        build.feed_entry(subject=ATTEMPT, payment_id=None, currency=None),
    ],
    ids=["request", "with a card", "event", "delivery attempt"],
)
def test_entries_round_trip(entry: FeedEntry) -> None:
    assert entry_from(entry_text(entry), entry.merchant) == entry


def test_entries_are_kept_longer_than_they_are_shown(feed: FeedTable) -> None:
    record(feed, MONDAY, 1)
    item: Any
    (item,) = feed.client.scan(TableName=feed.table)["Items"]
    assert item["merchant_hour"]["S"].startswith(f"demo#{MONDAY:%Y-%m-%dT%H}#")
    assert item["purge_at"] == {"N": str(int((MONDAY + RETENTION).timestamp()))}


def test_entries_of_all_hours_are_read_oldest_first(feed: FeedTable) -> None:
    for number in range(5):
        record(feed, MONDAY + number * HOUR, number)
    found, has_more = read_after(feed, "demo", format_timestamp(MONDAY), now=MONDAY + 5 * HOUR, limit=10)
    assert (ids(found), has_more) == (numbered(0, 1, 2, 3, 4), False)
    assert [one.recorded_at for one in found] == [MONDAY + number * HOUR for number in range(5)]


def test_the_entries_of_an_hour_are_in_several_partitions_and_in_order(feed: FeedTable) -> None:
    record(feed, MONDAY, *range(200))
    items: list[Any] = feed.client.scan(TableName=feed.table)["Items"]
    partitions = Counter(item["merchant_hour"]["S"] for item in items)
    assert len(partitions) == FEED_SHARDS
    assert max(partitions.values()) < 2 * min(partitions.values())

    found, _ = read_after(feed, "demo", format_timestamp(MONDAY), now=MONDAY, limit=200)
    assert ids(found) == numbered(*range(200))
    newest, _ = read_newest(feed, "demo", since=MONDAY, now=MONDAY + HOUR, limit=50)
    assert ids(newest) == numbered(*range(150, 200))


def test_entries_after_a_position_exclude_it(feed: FeedTable) -> None:
    for number in range(4):
        record(feed, MONDAY + timedelta(seconds=number), number)
    first, _ = read_after(feed, "demo", format_timestamp(MONDAY), now=MONDAY, limit=2)
    rest, has_more = read_after(feed, "demo", first[-1].position, now=MONDAY, limit=2)
    assert (ids(first), ids(rest), has_more) == (numbered(0, 1), numbered(2, 3), False)


def test_more_entries_than_the_limit(feed: FeedTable) -> None:
    record(feed, MONDAY, *range(60))
    found, has_more = read_after(feed, "demo", format_timestamp(MONDAY), now=MONDAY, limit=59)
    assert (len(found), has_more) == (59, True)


def test_the_newest_entries_oldest_first(feed: FeedTable) -> None:
    for number in range(4):
        record(feed, MONDAY + number * HOUR, number)
    found, has_older = read_newest(feed, "demo", since=MONDAY, now=MONDAY + 4 * HOUR, limit=3)
    assert (ids(found), has_older) == (numbered(1, 2, 3), True)


@pytest.mark.parametrize(
    "limit, found, has_older", [(1, (3,), True), (2, (2, 3), True), (3, (1, 2, 3), False), (9, (1, 2, 3), False)]
)
def test_entries_before_a_position_exclude_it(
    feed: FeedTable, limit: int, found: tuple[int, ...], has_older: bool
) -> None:
    """Entry 0 was recorded before `since`, and entries 3 and 4 at almost the same time."""
    for number in range(4):
        record(feed, MONDAY + number * HOUR, number)
    record(feed, MONDAY + 3 * HOUR + timedelta(microseconds=1), 4)
    newest, _ = read_newest(feed, "demo", since=MONDAY, now=MONDAY + 4 * HOUR, limit=1)
    assert ids(newest) == numbered(4)
    older = read_before(feed, "demo", newest[0].position, since=MONDAY + HOUR, limit=limit)
    assert (ids(older[0]), older[1]) == (numbered(*found), has_older)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=1), 2 * HOUR], ids=str)
def test_nothing_is_read_before_a_position_that_is_too_old(age: timedelta) -> None:
    """DynamoDB would refuse a range that ends before it begins."""
    no_client: Any = None
    position = format_timestamp(MONDAY)
    assert read_before(FeedTable(no_client, "feed"), "demo", position, since=MONDAY + age, limit=9) == ([], False)


@pytest.mark.parametrize(
    "newest_first, limit, found", [(True, 9, (3, 2, 1)), (False, 9, (1, 2, 3)), (True, 2, (3, 2)), (False, 2, (1, 2))]
)
def test_entries_between_two_times(feed: FeedTable, newest_first: bool, limit: int, found: tuple[int, ...]) -> None:
    for number in range(5):
        record(feed, MONDAY + number * HOUR, number)
    start, end = MONDAY + HOUR, MONDAY + 4 * HOUR
    assert ids(read_between(feed, "demo", start, end, limit=limit, newest_first=newest_first)) == numbered(*found)


def test_other_merchants_entries_are_not_read(feed: FeedTable) -> None:
    record(feed, MONDAY, 1, merchant="shop")
    record(feed, MONDAY, 2)
    assert ids(read_newest(feed, "demo", since=MONDAY, now=MONDAY, limit=9)[0]) == numbered(2)


def test_an_entry_of_a_writer_whose_clock_is_ahead_is_read(feed: FeedTable) -> None:
    midnight = (MONDAY + HOUR).replace(minute=0, second=0, microsecond=0)
    record(feed, midnight + timedelta(seconds=1), 1)
    now = midnight - timedelta(seconds=1)
    assert ids(read_newest(feed, "demo", since=MONDAY, now=now, limit=9)[0]) == numbered(1)
    assert ids(read_after(feed, "demo", format_timestamp(now), now=now, limit=9)[0]) == numbered(1)


def test_a_line_that_is_delivered_again_keeps_its_id(feed: FeedTable) -> None:
    record(feed, MONDAY, 1, 1)
    later = MONDAY + timedelta(seconds=9)
    record(feed, later, 1)
    found, _ = read_newest(feed, "demo", since=MONDAY, now=later, limit=9)
    assert ids(found) == numbered(1, 1)
    assert found[0].position < found[1].position


@pytest.mark.parametrize(
    "stalled, late", [(timedelta(0), 0), (STALL, 0), (STALL + timedelta(microseconds=1), 30)], ids=str
)
def test_entries_written_later_than_readers_wait_are_counted(feed: FeedTable, stalled: timedelta, late: int) -> None:
    times = iter([MONDAY, MONDAY + stalled] * 2)
    assert put_entries(feed, [build.feed_entry(number) for number in range(30)], lambda: next(times)) == late


class LeavingOne:
    """A DynamoDB client that leaves the first item of each batch unprocessed, a given number of times."""

    def __init__(self, client: Any, times: int) -> None:
        self.client, self.times, self.calls = client, times, 0

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - boto3's name
        self.calls += 1
        if self.calls > self.times:
            return self.client.batch_write_item(RequestItems=RequestItems)
        ((table, wanted),) = RequestItems.items()
        if len(wanted) > 1:
            self.client.batch_write_item(RequestItems={table: wanted[1:]})
        return {"UnprocessedItems": {table: wanted[:1]}}


def test_unprocessed_entries_are_written_again(feed: FeedTable) -> None:
    leaving: Any = LeavingOne(feed.client, times=3)
    put_entries(FeedTable(leaving, feed.table), [build.feed_entry(number) for number in range(3)], lambda: MONDAY)
    assert (len(read_newest(feed, "demo", since=MONDAY, now=MONDAY, limit=9)[0]), leaving.calls) == (3, 4)


def test_entries_that_stay_unprocessed_raise_for_a_retry(feed: FeedTable) -> None:
    leaving: Any = LeavingOne(feed.client, times=99)
    with pytest.raises(Refused, match="service_unavailable"):
        put_entries(FeedTable(leaving, feed.table), [build.feed_entry()], lambda: MONDAY)
