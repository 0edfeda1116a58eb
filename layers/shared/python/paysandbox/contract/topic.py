"""Events as messages of the topic: what whoever publishes hands to SNS, ten at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from paysandbox.contract.events import render_donation_event, render_event
from paysandbox.domain.donation_event import DonationEvent
from paysandbox.domain.event import Event, EventType

Told = Event | DonationEvent
"""What follows from a table's stream, of a payment or of a donation."""

BATCH: Final = 10

MERCHANT: Final = "merchant"
TYPE: Final = "type"
"""Attributes of each message, for the filters of those who subscribe."""


def batches(events: Sequence[Told]) -> Iterator[Sequence[Told]]:
    """The events in their order, as many at a time as SNS takes."""
    return (events[start : start + BATCH] for start in range(0, len(events), BATCH))


def entries(batch: Sequence[Told]) -> list[Any]:
    """The entries of a PublishBatch. Each is called by its place in the batch."""
    return [entry(place, _rendered(event), event.merchant, event.type) for place, event in enumerate(batch)]


def entry(place: int, body: str, merchant: str, kind: EventType) -> Any:
    """One of them: an event as it is sent, whose it is and of which type."""
    return {
        "Id": str(place),
        "Message": body,
        "MessageAttributes": {
            MERCHANT: {"DataType": "String", "StringValue": merchant},
            TYPE: {"DataType": "String", "StringValue": str(kind)},
        },
    }


def _rendered(event: Told) -> str:
    return render_donation_event(event) if isinstance(event, DonationEvent) else render_event(event)
