"""The time ranges of metrics: each is split into buckets of equal length, aligned to UTC.

Buckets begin at multiples of their length, so that a refreshed chart keeps its bars. The last one has not ended, and is
shown in addition to those that fill the range.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from paysandbox.core.record import record
from paysandbox.metrics.figures import Traffic


@record
class Length:
    """The length of a range and of its buckets, in seconds."""

    span_s: int
    step_s: int


LENGTHS: Final[Mapping[str, Length]] = {
    "15m": Length(15 * 60, 15),
    "1h": Length(60 * 60, 60),
    "24h": Length(24 * 60 * 60, 15 * 60),
}


@record
class TimeRange:
    """A range of wall time (UTC) from the start of its first bucket to the end of its last one, which is running.

    `complete_since` is later than `start` if not everything since `start` was read.
    """

    start: datetime
    end: datetime
    complete_since: datetime
    step_s: int

    @property
    def span_s(self) -> int:
        """The seconds that rates are over: from `complete_since` to the end of the running bucket, rounded up."""
        return max(1, -((self.complete_since - self.end) // timedelta(seconds=1)))


def time_range(name: str, now: datetime) -> TimeRange:
    """Return one of the ranges in `LENGTHS` as of now: the buckets that fill it, and the one that is running."""
    length = LENGTHS[name]
    running = floor(now, length.step_s)
    start, end = running - timedelta(seconds=length.span_s), running + timedelta(seconds=length.step_s)
    return TimeRange(start=start, end=end, complete_since=start, step_s=length.step_s)


def floor(at: datetime, step_s: int) -> datetime:
    """Return the latest multiple of `step_s` seconds since 1970 that is not after a time."""
    return datetime.fromtimestamp(at.timestamp() // step_s * step_s, UTC)


def ms(at: datetime) -> int:
    """Return a time in milliseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def since(traffic: Traffic, start: datetime) -> Traffic:
    """Return the part of the traffic that did not happen before a time."""
    from_ms = ms(start)
    return Traffic(
        [sample for sample in traffic.requests if sample.at_ms >= from_ms],
        [response for response in traffic.bank_responses if response.at_ms >= from_ms],
        [at_ms for at_ms in traffic.events_ms if at_ms >= from_ms],
        [sample for sample in traffic.deliveries if sample.at_ms >= from_ms],
        traffic.stored_percent,
    )


def buckets(span: TimeRange, traffic: Traffic) -> Iterator[tuple[datetime, Traffic]]:
    """Yield the start and the traffic of each bucket, oldest first. Buckets without traffic are included."""
    step_ms = span.step_s * 1000
    first_ms, last_ms = ms(span.start), ms(span.end) - 1
    found = {at_ms: Traffic(stored_percent=traffic.stored_percent) for at_ms in range(first_ms, last_ms + 1, step_ms)}

    def bucket(at_ms: int) -> Traffic:
        # A clock that is ahead of this one may have stamped it: it counts in the running bucket.
        return found[first_ms + (min(at_ms, last_ms) - first_ms) // step_ms * step_ms]

    for sample in traffic.requests:
        bucket(sample.at_ms).requests.append(sample)
    for response in traffic.bank_responses:
        bucket(response.at_ms).bank_responses.append(response)
    for at_ms in traffic.events_ms:
        bucket(at_ms).events_ms.append(at_ms)
    for attempt in traffic.deliveries:
        bucket(attempt.at_ms).deliveries.append(attempt)
    for at_ms, part in found.items():
        yield datetime.fromtimestamp(at_ms // 1000, UTC), part
