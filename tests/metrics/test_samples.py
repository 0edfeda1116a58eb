"""Samples of feed entries, and the limit on how many entries are read."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from paysandbox.core.timestamps import format_timestamp
from paysandbox.feed.entry import DeliveryAttempt, Event, FeedEntry, RecordedEntry, Request, position_of
from paysandbox.metrics.figures import BankResponse, DeliverySample, RequestSample, Traffic
from paysandbox.metrics.samples import MAX_ENTRIES, limit_entries, traffic_of
from paysandbox.metrics.schemas import render_metrics
from paysandbox.metrics.time_range import ms, time_range
from tests.support.builders import build
from tests.support.builders.build import MONDAY

RECORDED = MONDAY + timedelta(seconds=3)


def recorded(entry: FeedEntry, at: datetime = RECORDED) -> RecordedEntry:
    return RecordedEntry(position=position_of(entry.id, at), entry=entry)


def request(**more: Any) -> Request:
    given = {"method": "POST", "path": "/payments/capture", "route": "capture_payment", "status": 200,
             "outcome": "captured", "duration_ms": 12} | more  # fmt: skip
    return Request(**given)


def event(event_type: str) -> FeedEntry:
    # By the sandbox's clock, which was moved by a week.
    return build.feed_entry(at=MONDAY + timedelta(days=7), subject=Event(type=event_type, object_id="auth_1"))


def attempt(**more: Any) -> DeliveryAttempt:
    ids = {"delivery_id": "dlv_1", "event_id": "evt_1", "endpoint_id": "we_1"}
    given = {"event_type": "payment_captured", "url": "https://shop.example", "attempt": 1, "latency_ms": 31} | more
    return DeliveryAttempt(**ids, **given)


@pytest.mark.parametrize("subject, sample", [
    (request(), {}),
    (request(status=402, outcome="declined"), {"status": 402, "declined": True}),
    (request(status=409, outcome="refused", code="already_voided"), {"status": 409, "code": "already_voided"}),
    (request(replayed=True), {"replayed": True}),
])  # fmt: skip
def test_a_request_counts_when_it_happened(subject: Request, sample: dict[str, Any]) -> None:
    entry = build.feed_entry(subject=subject)
    plain = {"at_ms": ms(entry.at), "route": "capture_payment", "status": 200, "duration_ms": 12}

    assert traffic_of([recorded(entry)]) == Traffic(requests=[RequestSample(**plain | sample)])


@pytest.mark.parametrize("event_type, responses", [
    ("payment_authorized", [BankResponse(ms(RECORDED), approved=True)]),
    ("payment_declined",   [BankResponse(ms(RECORDED), approved=False)]),
    ("payment_captured",   []),
    ("payment_processing", []),       # the bank responds later
])  # fmt: skip
def test_an_event_counts_when_it_was_recorded(event_type: str, responses: list[BankResponse]) -> None:
    assert traffic_of([recorded(event(event_type))]) == Traffic(bank_responses=responses, events_ms=[ms(RECORDED)])


@pytest.mark.parametrize("subject, succeeded", [
    (attempt(status=204), True),
    (attempt(status=500), False),
    (attempt(error="timeout"), False),
])  # fmt: skip
def test_a_delivery_attempt(subject: DeliveryAttempt, succeeded: bool) -> None:
    entry = build.feed_entry(subject=subject)
    sample = DeliverySample(at_ms=ms(entry.at), succeeded=succeeded, latency_ms=31, endpoint_id=subject.endpoint_id)

    assert traffic_of([recorded(entry)]) == Traffic(deliveries=[sample])


def test_an_entry_that_was_stored_twice_counts_once() -> None:
    entries = [recorded(build.feed_entry(), RECORDED + timedelta(seconds=n)) for n in (2, 1, 0)]

    assert len(traffic_of(entries).requests) == 1


def one_per_second(count: int) -> list[RecordedEntry]:
    """Return the entries of this many seconds before RECORDED, newest first, each recorded when it happened."""
    entries = (build.feed_entry(-number, at=RECORDED) for number in range(count))
    return [recorded(entry, entry.at) for entry in entries]


def test_entries_up_to_the_limit_are_complete() -> None:
    span, entries = time_range("24h", RECORDED), one_per_second(MAX_ENTRIES)

    assert limit_entries(span, entries) == (span, entries)


@pytest.mark.full
def test_entries_beyond_the_limit_are_left_out() -> None:
    span, entries = limit_entries(time_range("24h", RECORDED), one_per_second(MAX_ENTRIES + 1))
    metrics = render_metrics("24h", span, traffic_of(entries))

    assert len(entries) == MAX_ENTRIES
    assert span.complete_since == RECORDED - timedelta(seconds=MAX_ENTRIES - 1)
    assert metrics["complete_since"] == format_timestamp(span.complete_since) > metrics["from"]
    assert (metrics["totals"]["requests"], metrics["totals"]["per_s"]) == (
        MAX_ENTRIES,
        round(MAX_ENTRIES / span.span_s, 4),
    )
    filled = [bucket["requests"] > 0 for bucket in metrics["buckets"]]
    assert (filled[0], filled[-1], sum(a != b for a, b in pairwise(filled))) == (False, True, 1)
