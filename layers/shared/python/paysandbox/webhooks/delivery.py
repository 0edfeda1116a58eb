"""Deliveries: an event on its way to an endpoint. One per pair, however often it is planned, retried or sent again."""

import email.utils
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.webhooks.endpoint import Endpoint

LONGEST_WAIT: Final = timedelta(hours=24)
"""A receiver may ask for no more patience than that."""

SLOW: Final = timedelta(seconds=2)
"""An attempt that takes longer is trouble, whatever its answer."""

JITTER_PERCENT: Final = 10
"""A delay is longer by up to so much of it. Never shorter, so that a clock moved by the delay may be just short."""

_PARTS: Final = 2**16

MAX_RESENDS: Final = 20

QUEUED_FOR: Final = timedelta(minutes=1)
"""A shorter delay is waited for in a queue, since the sweep comes by once a minute."""

MAX_QUEUED_TRIES: Final = 8
"""Tries that a delivery may get from queue to queue. Lambda stops a function that feeds its own queue after 16 rounds
("Recursive loop detection"); what the sweep queues begins anew."""

OVERDUE_AFTER: Final = timedelta(seconds=30)
"""By so much the sweep lets the queue go first, so that an attempt under way is not made twice."""


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up after the last retry."""
    CANCELLED = "cancelled"
    """Its endpoint was disabled or deleted before it arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One POST. `status` is the answer's, or None with `error` saying what came instead. `latency_ms` is wall time.

    `response` is the beginning of the answer's body, as text.
    """

    number: int
    at: datetime
    latency_ms: int
    request_headers: Mapping[str, str]
    status: int | None = None
    error: str | None = None
    response: str = ""

    @property
    def succeeded(self) -> bool:
        """Any 2xx. A redirect is not followed and is a failure."""
        return self.status is not None and 200 <= self.status <= 299

    @property
    def gone(self) -> bool:
        """Whether the receiver wants to hear nothing more."""
        return self.status == 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to an endpoint. Times are UTC, the sandbox's.

    `generation` is the endpoint's when it was planned. `attempts` are all ever made; `tries` those since it was planned
    or last sent again, which is where it stands in the schedule. `resends` are the ids of what asked for it again.
    `due_at` is when the next attempt is due, None while a queue holds it and at the end.
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

    def status_for(self, endpoint: Endpoint | None) -> DeliveryStatus:
        """Its status as it is shown: what is pending for an endpoint that no longer waits for it is cancelled."""
        if self.status is not DeliveryStatus.PENDING:
            return self.status
        waits = endpoint is not None and endpoint.enabled and endpoint.generation == self.generation
        return DeliveryStatus.PENDING if waits else DeliveryStatus.CANCELLED


def is_missed(delivery: Delivery | None, endpoint: Endpoint, event_at: datetime) -> bool:
    """Whether an event of that instant never arrived at an endpoint and is not tried any more.

    It was given up or cancelled; or there is no delivery although the endpoint was there: it was disabled then.
    """
    if delivery is None:
        return event_at >= endpoint.created_at
    return delivery.status_for(endpoint) in (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)


def next_delay(
    delivery_id: str, tries: int, schedule_s: Sequence[int], retry_after: timedelta | None = None
) -> timedelta | None:
    """How long to wait after so many tries since the plan; None where that was the last one.

    `schedule_s` are the delays in seconds before the second try and so on. A receiver's Retry-After may prolong a
    delay, to at most a day. The jitter follows from the delivery and the try, so it is the same when asked again.
    """
    if tries > len(schedule_s):
        return None
    step = timedelta(seconds=schedule_s[tries - 1])
    wanted = step if retry_after is None else max(step, min(retry_after, LONGEST_WAIT))
    return wanted + wanted * (JITTER_PERCENT * _part(delivery_id, tries)) // (100 * _PARTS)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date (RFC 9110, section 10.2.3). None where it says neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        asked = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((asked if asked.tzinfo else asked.replace(tzinfo=UTC)) - now, timedelta(0))


def waits_in_queue(tries: int, delay: timedelta) -> bool:
    """Whether a queue holds a delivery until its next attempt, after so many tries."""
    return delay < QUEUED_FOR and tries <= MAX_QUEUED_TRIES


def is_for_sweep(delivery: Delivery, now: datetime) -> bool:
    """Whether its next attempt is due and no queue is known to hold it.

    One that waits in a queue is due here too, a little later: the message may never have been sent.
    """
    if delivery.status is not DeliveryStatus.PENDING or delivery.due_at is None:
        return False
    queued = bool(delivery.attempts) and waits_in_queue(delivery.tries, delivery.due_at - delivery.attempts[-1].at)
    return now >= delivery.due_at + (OVERDUE_AFTER if queued else timedelta(0))


def _part(delivery_id: str, tries: int) -> int:
    """Of `_PARTS`, so many."""
    digest = hashlib.sha256(f"{delivery_id}.{tries}".encode()).digest()
    return int.from_bytes(digest[:2], "big")
