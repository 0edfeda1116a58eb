"""Time ranges: their bounds, and the bucket that a sample counts in."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from paysandbox.metrics.figures import BankResponse, DeliverySample, RequestSample, Traffic
from paysandbox.metrics.time_range import LENGTHS, TimeRange, buckets, ms, since, time_range


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize("name, now, start, count", [
    ("15m", "22T15:30:07.5", "22T15:15:00", 61),
    ("15m", "22T15:30:00",   "22T15:15:00", 61),   # a bucket begins now
    ("1h",  "22T15:30:59.9", "22T14:30:00", 61),
    ("24h", "22T15:30:07",   "21T15:30:00", 97),
    ("24h", "22T00:00:00",   "21T00:00:00", 97),
])  # fmt: skip
def test_a_range_has_whole_buckets_and_a_running_one(name: str, now: str, start: str, count: int) -> None:
    span = time_range(name, at(now))

    assert span.start == span.complete_since == at(start)
    starts = [bucket for bucket, _ in buckets(span, Traffic())]
    assert (starts[0], len(starts)) == (span.start, count)
    assert starts[-1] <= at(now) < span.end == starts[-1] + timedelta(seconds=span.step_s)
    assert {later - earlier for earlier, later in pairwise(starts)} == {timedelta(seconds=LENGTHS[name].step_s)}


@pytest.mark.parametrize("since_, span_s", [("22T15:29:00", 60), ("22T15:29:59.5", 1), ("22T15:30:00", 1)])
def test_rates_are_over_the_complete_part(since_: str, span_s: int) -> None:
    assert TimeRange(at("22T15:15:00"), at("22T15:30:00"), at(since_), 15).span_s == span_s


SPAN = time_range("15m", at("22T15:30:07"))


def happened(text: str) -> Traffic:
    """Return one sample of each kind."""
    at_ms = ms(at(f"22T{text}"))
    request = RequestSample(at_ms=at_ms, route="get_payment", status=200, duration_ms=1)
    return Traffic(
        [request],
        [BankResponse(at_ms, approved=True)],
        [at_ms],
        [DeliverySample(at_ms=at_ms, succeeded=True, latency_ms=1)],
    )


@pytest.mark.parametrize("when, bucket", [
    ("15:15:00",     "15:15:00"),   # the first instant of the range
    ("15:15:14.999", "15:15:00"),
    ("15:15:15",     "15:15:15"),
    ("15:30:07",     "15:30:00"),
    ("15:30:20",     "15:30:00"),   # stamped by a clock that is ahead
])  # fmt: skip
def test_a_sample_counts_in_one_bucket(when: str, bucket: str) -> None:
    traffic = happened(when)

    assert [(start, part) for start, part in buckets(SPAN, traffic) if part != Traffic()] == [
        (at(f"22T{bucket}"), traffic)
    ]


@pytest.mark.parametrize("when, counts", [("15:14:59.999", False), ("15:15:00", True)])
def test_samples_from_before_a_time_are_left_out(when: str, counts: bool) -> None:
    traffic = happened(when)

    assert since(traffic, SPAN.start) == (traffic if counts else Traffic())
