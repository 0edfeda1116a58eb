"""Parse records of the ledger's stream into payments and events."""

from collections.abc import Mapping, Sequence
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.core.record import record
from paysandbox.payments.events.event import Event, events_of_steps
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.payment import Payment, Step, steps


@record(kw_only=True)
class ChangedPayment:
    """What a record says: a payment after a write, with all of its steps, and the events of those that are new.

    `source` is the record, and `known` how many operations the payment had before.
    """

    source: Any
    payment: Payment
    steps: Sequence[Step]
    known: int
    events: tuple[Event, ...]


def changed_payment_in(source: Any) -> ChangedPayment | None:
    """Parse a record. None if no payment was written. Raises only UnreadableRecordError."""
    try:
        images = payments_in(source)
        if images is None:
            return None
        before, after = images
        folded = [*steps(after)]
        return ChangedPayment(
            source=source,
            payment=after,
            steps=folded,
            known=len(before.operations) if before else 0,
            events=events_of_steps(before, after, folded),
        )
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def removed_payment_in(source: Mapping[str, Any]) -> Payment | None:
    """Return the payment that a record says was purged, or None. Raises only UnreadableRecordError."""
    try:
        images: Mapping[str, Any] = source["dynamodb"]
        return None if "NewImage" in images else payment_in(images.get("OldImage"))
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def events_in(source: Mapping[str, Any]) -> tuple[Event, ...]:
    """Return the events in a record. Raises only UnreadableRecordError."""
    changed = changed_payment_in(source)
    return () if changed is None else changed.events


def payments_in(source: Mapping[str, Any]) -> tuple[Payment | None, Payment] | None:
    """Return the payment before (None: created by this write) and after a write, or None if no payment was written.

    Idempotency records count as no payment, also when a payment replaces one. A purged payment has no new image, and
    its removal is not an event.
    """
    images: Mapping[str, Any] = source["dynamodb"]
    after = payment_in(images.get("NewImage"))
    return None if after is None else (payment_in(images.get("OldImage")), after)
