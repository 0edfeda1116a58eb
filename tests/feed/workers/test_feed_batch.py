"""The worker records the feed from the log lines that functions really write, sampled as the request log is."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.core.errors import Refused
from paysandbox.feed import feed_batch, tables as feed_tables
from paysandbox.feed.cursor_rule import STALL
from paysandbox.feed.feed_table import FeedTable
from request_log import store_requests
from tests.feed.test_feed_lines import ATTEMPT, EVENT
from tests.request_log.workers.test_store_requests import line
from tests.support.builders.build import MONDAY
from tests.support.fakes.deliveries import delivery
from tests.support.worlds import tables

Json = dict[str, Any]


@pytest.fixture
def feed() -> Iterator[FeedTable]:
    """Provide an empty feed."""
    with tables.sandbox(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("POWERTOOLS_METRICS_NAMESPACE", "paysandbox/test")
        yield feed_tables.feed()


@pytest.fixture
def sampled() -> Iterator[FeedTable]:
    """Provide the empty feed of an environment that stores 5 % of the successful requests."""
    with tables.sandbox(request_log_sample_percent=5):
        yield feed_tables.feed()


def store(*lines: Any) -> None:
    store_requests.handler(delivery(*lines), None)


def recorded(feed: FeedTable) -> list[str]:
    """Return the ids of all stored entries, in the order of their positions."""
    pages = feed.client.get_paginator("scan").paginate(TableName=feed.table)
    items: list[Any] = sorted((item for page in pages for item in page["Items"]), key=lambda one: one["position"]["S"])
    return [json.loads(item["entry"]["S"])["id"] for item in items]


def test_requests_events_and_attempts_are_recorded_in_their_order(feed: FeedTable) -> None:
    store("START RequestId: 5f2c", line(1), EVENT, ATTEMPT, {"level": "INFO", "message": "deliveries swept"}, line(2))
    assert recorded(feed) == ["request-1", "evt_1", "dlv_1#2", "request-2"]


def test_a_batch_that_is_delivered_again_is_recorded_again_under_the_same_ids(feed: FeedTable) -> None:
    for _ in range(2):
        store(line(1), EVENT)
    assert recorded(feed) == ["request-1", "evt_1"] * 2


def test_a_bad_line_does_not_stop_the_others(feed: FeedTable) -> None:
    store(EVENT | {"at": 7}, ATTEMPT)
    assert recorded(feed) == ["dlv_1#2"]


def test_a_share_of_events_and_successful_attempts_is_recorded(sampled: FeedTable) -> None:
    numbers = range(400)
    store(*(EVENT | {"event_id": f"evt_{number}"} for number in numbers))
    events = recorded(sampled)
    assert 5 <= len(events) <= 45
    store(
        *(ATTEMPT | {"event_id": f"evt_{number}", "delivery_id": f"dlv_{number}", "status": 200} for number in numbers)
    )
    attempts = set(recorded(sampled)) - set(events)
    assert {one.replace("dlv", "evt").removesuffix("#2") for one in attempts} == set(events)


def test_failed_attempts_and_requests_are_always_recorded(sampled: FeedTable) -> None:
    store(*(ATTEMPT | {"delivery_id": f"dlv_{number}"} for number in range(30)))
    store(*(line(number, status=400, outcome="refused") for number in range(30)))
    assert len(recorded(sampled)) == 60


@pytest.fixture
def stalling(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Return a function that makes the first so many writes late. It returns the late entries as they are counted."""

    def stall(writes: int) -> list[int]:
        readings = iter(range(1_000))
        counted: list[int] = []

        def wall_now() -> Any:
            # The stamp and the time after the write are read in turn.
            reading = next(readings)
            late = reading % 2 == 1 and reading // 2 < writes
            return MONDAY + reading * timedelta(seconds=1) + (STALL if late else timedelta(0))

        monkeypatch.setattr(feed_batch.runtime, "wall_now", wall_now)
        monkeypatch.setattr(feed_batch.telemetry, "late_feed_entries", counted.append)
        return counted

    return stall


def test_late_entries_are_counted_and_recorded_again(feed: FeedTable, stalling: Callable[[int], list[int]]) -> None:
    counted = stalling(1)
    store(line(1), EVENT)
    assert counted == [2]
    assert recorded(feed) == ["request-1", "evt_1"] * 2


def test_entries_that_are_late_again_raise_for_a_retry(feed: FeedTable, stalling: Callable[[int], list[int]]) -> None:
    counted = stalling(9)
    with pytest.raises(Refused, match="service_unavailable"):
        store(EVENT)
    assert counted == [1, 1]


def test_late_entries_emit_a_metric(feed: FeedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Json] = []
    monkeypatch.setattr(feed_batch.telemetry._logger(), "error", lambda message, extra: said.append({message: extra}))
    feed_batch.telemetry.late_feed_entries(3)
    (one,) = said
    assert (one["late feed entries"]["late"], one["late feed entries"]["FeedEntriesLate"]) == (3, [3.0])
