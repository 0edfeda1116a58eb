"""Events as messages of the topic: what whoever publishes hands to SNS, ten at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from paysandbox.core.event_type import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An event as it is sent, byte for byte, and what subscribers filter by."""

    id: str
    merchant: str
    type: EventType
    body: str


BATCH: Final = 10

MERCHANT: Final = "merchant"
TYPE: Final = "type"
"""Attributes of each message, for the filters of those who subscribe."""


def batches(events: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The events in their order, as many at a time as SNS takes."""
    return (events[start : start + BATCH] for start in range(0, len(events), BATCH))


def entries(batch: Sequence[Message]) -> list[Any]:
    """The entries of a PublishBatch. Each is called by its place in the batch."""
    return [entry(place, message) for place, message in enumerate(batch)]


def entry(place: int, message: Message) -> Any:
    """One of them."""
    return {"Id": str(place), "Message": message.body, "MessageAttributes": attributes(message)}


def attributes(message: Message) -> Any:
    """What stands beside a message."""
    return {
        MERCHANT: {"DataType": "String", "StringValue": message.merchant},
        TYPE: {"DataType": "String", "StringValue": str(message.type)},
    }
