"""Events as SNS messages, in batches of ten."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from paysandbox.core.event_type import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event's exact bytes, and the attributes that subscriptions filter by."""

    id: str
    merchant: str
    type: EventType
    body: str


BATCH: Final = 10

MERCHANT: Final = "merchant"
TYPE: Final = "type"
"""Message attributes, for subscription filters."""


def batches(events: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Split events, in order, into batches of the size that SNS accepts."""
    return (events[start : start + BATCH] for start in range(0, len(events), BATCH))


def entries(batch: Sequence[Message]) -> list[Any]:
    """Build the entries of a PublishBatch. Each entry's ID is its index in the batch."""
    return [entry(place, message) for place, message in enumerate(batch)]


def entry(place: int, message: Message) -> Any:
    """Build one entry of a PublishBatch."""
    return {"Id": str(place), "Message": message.body, "MessageAttributes": attributes(message)}


def attributes(message: Message) -> Any:
    """Build the message attributes."""
    return {
        MERCHANT: {"DataType": "String", "StringValue": message.merchant},
        TYPE: {"DataType": "String", "StringValue": str(message.type)},
    }
