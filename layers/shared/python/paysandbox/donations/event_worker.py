"""Apply Stripe's events to donations, and queue receipts that become due.

Events can be repeated, delayed and out of order, and an event is received again if a worker stops between two steps.
Therefore each step is idempotent: known data changes nothing, and a receipt is claimed before it is sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.queue_batch import Answer, each, readable
from paysandbox.aws.settings import DeadLetterSettings
from paysandbox.core.metrics import Metric
from paysandbox.core.record import record
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import ContradictionError, Observation, Receipt
from paysandbox.donations.receipts import queue_receipt
from paysandbox.donations.stripe_incoming import StripeEvent, observation_of, read_stripe_event
from paysandbox.donations.writes import EventOutcome, NoDonationError, apply_observation, record_event
from paysandbox.payments.ledger.items import UNREADABLE

# Concurrent transactions on the same row of a total cancel each other. The next batch runs in another environment.
_AT_ONCE: Final = 1


@record
class Incoming:
    """An event and its original body."""

    body: str
    event: StripeEvent


def apply_events(event: Mapping[str, Any]) -> Answer:
    """Apply a batch of events. Unreadable events, and those of unknown donations, go to the dead-letter queue."""
    _, failed = each(readable(event, _incoming), _work, at_once=_AT_ONCE)
    return failed


def apply_and_queue_receipt(seen: Observation) -> bool:
    """Apply an observation, and queue the receipt if it is due. Return whether the donation changed.

    Raises NoDonationError, ContradictionError.
    """
    applied = apply_observation(donation_tables.donations(), seen)
    before, after = applied.before, applied.after
    if after.receipt is Receipt.DUE:
        queue_receipt(after.id)
    if after is not before:
        facts = {"donation_id": after.id, "status": str(after.status), "paid": after.paid, "refunded": after.refunded}
        succeeded = after.paid and not before.paid
        telemetry.donation("donation", facts, Metric.DONATIONS_SUCCEEDED if succeeded else None)
    return after is not before


def _incoming(record: Mapping[str, Any]) -> Incoming:
    return Incoming(record["body"], read_stripe_event(record["body"]))


def _work(incoming: Incoming) -> None:
    event, at = incoming.event, runtime.now()
    donation_id, outcome = _outcome(incoming, at)
    record_event(
        donation_tables.donations(), event.id, kind=event.type, outcome=outcome, donation_id=donation_id, at=at
    )


def _outcome(incoming: Incoming, at: datetime) -> tuple[str | None, EventOutcome]:
    """Apply an event. Return its donation's id, if known, and the outcome."""
    try:
        seen = observation_of(incoming.event, at)
    except UNREADABLE as error:
        return _dead_lettered(incoming, None, error)
    if seen is None:
        return None, EventOutcome.IGNORED
    try:
        return seen.donation_id, EventOutcome.APPLIED if apply_and_queue_receipt(seen) else EventOutcome.UNCHANGED
    except (NoDonationError, ContradictionError) as error:
        return _dead_lettered(incoming, seen.donation_id, error)


def _dead_lettered(incoming: Incoming, donation_id: str | None, why: Exception) -> tuple[str | None, EventOutcome]:
    url = runtime.settings_of(DeadLetterSettings).dead_letter_queue
    runtime.sqs().send_message(QueueUrl=url, MessageBody=incoming.body)
    facts = {"stripe_event_id": incoming.event.id, "type": incoming.event.type, "donation_id": donation_id}
    telemetry.donation(
        "sent to dead-letter queue",
        facts | {"error": f"{type(why).__name__}: {why}"},
        Metric.DONATIONS_DEAD_LETTERED,
        failed=True,
    )
    return donation_id, EventOutcome.DEAD_LETTERED
