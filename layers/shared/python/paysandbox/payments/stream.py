"""Records of the ledger's stream: what a write told of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.records import TROUBLE, UnreadableRecordError
from paysandbox.payments.event import Event, events_of
from paysandbox.payments.items import payment_in
from paysandbox.payments.payment import Payment


def events_in(record: Mapping[str, Any]) -> tuple[Event, ...]:
    """The events that a record holds. Raises UnreadableRecordError, and nothing else."""
    try:
        found = payments_in(record)
        return () if found is None else events_of(*found)
    except TROUBLE as error:
        raise UnreadableRecordError(type(error).__name__) from error


def payments_in(record: Mapping[str, Any]) -> tuple[Payment | None, Payment] | None:
    """The payment before (None: there was none) and after a write; None where the write was of no payment, or ended it.

    A claim is nothing, also where a payment takes its place. A payment that is purged has no new image, and its end is
    no event.
    """
    images: Mapping[str, Any] = record["dynamodb"]
    after = payment_in(images.get("NewImage"))
    return None if after is None else (payment_in(images.get("OldImage")), after)
