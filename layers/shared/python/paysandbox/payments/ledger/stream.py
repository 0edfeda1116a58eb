"""Parse records of the ledger's stream into events."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.payments.events.event import Event, events_of
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.payment import Payment


def events_in(record: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events in a record. Raises only UnreadableRecordError."""
    try:
        images = payments_in(record)
        return () if images is None else events_of(*images)
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def payments_in(record: Mapping[str, Any]) -> tuple[Payment | None, Payment] | None:
    """Return the payment before (None: created by this write) and after a write, or None if no payment was written.

    Idempotency records count as no payment, also when a payment replaces one. A purged payment has no new image, and
    its removal is not an event.
    """
    images: Mapping[str, Any] = record["dynamodb"]
    after = payment_in(images.get("NewImage"))
    return None if after is None else (payment_in(images.get("OldImage")), after)
