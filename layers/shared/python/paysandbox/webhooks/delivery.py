"""Deliveries: one per event and endpoint, regardless of how often it is planned, retried or resent."""

import email.utils
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record
from paysandbox.webhooks.endpoint import Endpoint

LONGEST_WAIT: Final = timedelta(hours=24)
"""Maximum delay that a receiver can request with Retry-After."""

SLOW: Final = timedelta(seconds=2)
"""An attempt that takes longer marks its endpoint unhealthy, whatever the response."""

SLOW_OVER_SHARE: Final = timedelta(milliseconds=500)
"""The same while the merchant takes more than its share of the workers (`fair_share`)."""

JITTER_PERCENT: Final = 10
"""Maximum jitter, as a percentage added to a delay. Never subtracted: advancing the clock by the plain delay may
therefore fall just short."""

_PARTS: Final = 2**16

MAX_RESENDS: Final = 20

QUEUED_FOR: Final = timedelta(minutes=1)
"""Shorter delays are spent in a queue, because the sweep runs once a minute."""

MAX_QUEUED_TRIES: Final = 8
"""Maximum tries of a delivery that go from queue to queue. Lambda stops a function that feeds its own queue after 16
rounds ("Recursive loop detection"); deliveries that the sweep queues start a new chain."""

OVERDUE_AFTER: Final = timedelta(seconds=30)
"""How long the sweep leaves a queued delivery to its queue, so that an attempt in progress is not made twice."""


class DeliveryStatus(StrEnum):
    """Status of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Failed after the last retry."""
    CANCELED = "canceled"
    """The endpoint was disabled or deleted before the delivery succeeded."""


@record(kw_only=True)
class Attempt:
    """One POST to an endpoint. `status` is the HTTP status, or None if `error` is set. `latency_ms` is wall time.

    `response` is the beginning of the response body, as text. `fault` is what was injected into it.
    """

    number: int
    at: datetime
    latency_ms: int
    request_headers: Mapping[str, str]
    status: int | None = None
    error: str | None = None
    response: str = ""
    fault: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx. Redirects are not followed and count as failures."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def gone(self) -> bool:
        """Whether the receiver returned 410 and wants no more events."""
        return self.status == 410


@record(kw_only=True)
class Delivery:
    """An event to be delivered to an endpoint. Times are UTC, in the sandbox's time.

    `merchant` is the endpoint's: the platform, if the event is of its connected account. `generation` is the endpoint's
    generation when the delivery was planned. `attempts` are all attempts ever made;
    `tries` counts those since it was planned or last resent, which is its position in the retry schedule. `resends` are
    the IDs of the operations that resent it. `due_at` is when the next attempt is due, or None while it is in a queue
    or has reached its final status. `trace` names the traces of the request that made the event's operation.
    It is not stored, so only a delivery that goes from queue to queue has it. `stored` is whether there is an item: of
    what the fan-out planned there is none before the first attempt. `listed` is whether the item is in the index of
    lists: one that its event has planned is found by that event.
    """

    id: str
    merchant: str
    endpoint_id: str
    event_id: str
    event_type: str
    event_at: datetime
    generation: int
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: tuple[Attempt, ...] = ()
    tries: int = 0
    due_at: datetime | None = None
    resends: frozenset[str] = frozenset()
    trace: str | None = None
    stored: bool = True
    listed: bool = True

    def status_for(self, endpoint: Endpoint | None) -> DeliveryStatus:
        """Return the status to show: a pending delivery is canceled if its endpoint no longer expects it."""
        if self.status is not DeliveryStatus.PENDING:
            return self.status
        expected = endpoint is not None and endpoint.enabled and endpoint.generation == self.generation
        return DeliveryStatus.PENDING if expected else DeliveryStatus.CANCELED


def is_failing(delivery: Delivery, endpoint: Endpoint | None) -> bool:
    """Whether a delivery is pending because its last attempt failed: another one follows."""
    has_failed = bool(delivery.attempts) and not delivery.attempts[-1].succeeded
    return has_failed and delivery.status_for(endpoint) is DeliveryStatus.PENDING


def is_missed(delivery: Delivery | None, endpoint: Endpoint, event_at: datetime) -> bool:
    """Whether an event recorded at that time never reached an endpoint and will not be retried.

    The delivery failed or was canceled, or there is none: the endpoint was disabled at that time, or the first attempt
    was not made, be it that its message waits or that it was lost.
    """
    if delivery is None:
        return event_at >= endpoint.created_at
    return delivery.status_for(endpoint) in (DeliveryStatus.FAILED, DeliveryStatus.CANCELED)


def next_delay(
    delivery_id: str, tries: int, schedule_s: Sequence[int], retry_after: timedelta | None = None
) -> timedelta | None:
    """Return the delay before the next try after so many tries, or None after the last one.

    `schedule_s` are the delays in seconds, starting with the one before the second try. A receiver's Retry-After can
    extend a delay to at most a day. The jitter is derived from the delivery and the try, so it is reproducible.
    """
    if tries > len(schedule_s):
        return None
    step = timedelta(seconds=schedule_s[tries - 1])
    delay = step if retry_after is None else max(step, min(retry_after, LONGEST_WAIT))
    return delay + delay * (JITTER_PERCENT * _part(delivery_id, tries)) // (100 * _PARTS)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Parse a Retry-After header: seconds or a date (RFC 9110, section 10.2.3). Returns None if it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        parsed = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - now, timedelta(0))


def waits_in_queue(tries: int, delay: timedelta) -> bool:
    """Whether a delivery expected in a queue for its next attempt, after so many tries."""
    return delay < QUEUED_FOR and tries <= MAX_QUEUED_TRIES


def is_for_sweep(delivery: Delivery, now: datetime) -> bool:
    """Whether the next attempt is due and no queue is known to contain it.

    A delivery that expected in a queue also becomes due here, a little later, because its message may never have been
    sent.
    """
    if delivery.status is not DeliveryStatus.PENDING or delivery.due_at is None:
        return False
    queued = bool(delivery.attempts) and waits_in_queue(delivery.tries, delivery.due_at - delivery.attempts[-1].at)
    return now >= delivery.due_at + (OVERDUE_AFTER if queued else timedelta(0))


def _part(delivery_id: str, tries: int) -> int:
    """Return a number from 0 to `_PARTS` - 1, derived from the delivery and the try."""
    digest = hashlib.sha256(f"{delivery_id}.{tries}".encode()).digest()
    return int.from_bytes(digest[:2], "big")
