"""Events as SNS messages, in batches of up to ten."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record


@record(kw_only=True)
class Message:
    """An event's exact bytes, and the attributes that subscriptions filter by.

    `trace` names the traces of the request that made the event's operation, if it has any. `place` is the event's among
    those with the same sequence, from 0: lists are ordered by it, and the bytes do not have it.
    """

    id: str
    merchant: str
    type: EventType
    body: str
    trace: str | None = None
    place: int = 0


BATCH: Final = 10

MAX_BATCH_BYTES: Final = 240_000
"""Of the bodies of a batch. SNS takes 262,144 with the attributes."""

MERCHANT: Final = "merchant"
TYPE: Final = "type"
"""Message attributes, for subscription filters."""
TRACE: Final = "trace"
"""The message attribute with the traces: nothing continues a trace across a DynamoDB stream by itself."""
PLACE: Final = "place"
"""The message attribute with the place of an event that is not the first of its sequence."""


def batches(events: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Split events, in order, into batches of the size that SNS accepts."""
    batch: list[Message] = []
    left = MAX_BATCH_BYTES
    for event in events:
        size = len(event.body.encode())
        if batch and (len(batch) == BATCH or size > left):
            yield batch
            batch, left = [], MAX_BATCH_BYTES
        batch.append(event)
        left -= size
    if batch:
        yield batch


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
        **trace_attribute(message.trace),
        **({PLACE: {"DataType": "Number", "StringValue": str(message.place)}} if message.place else {}),
    }


def trace_attribute(trace: str | None) -> Any:
    """Build the message attribute with the traces, of SNS or SQS. Empty without any."""
    return {} if trace is None else {TRACE: {"DataType": "String", "StringValue": trace}}


def trace_in(record: Mapping[str, Any]) -> str | None:
    """Return the traces that a message received from SQS names, or None."""
    return record.get("messageAttributes", {}).get(TRACE, {}).get("stringValue")


def place_in(record: Mapping[str, Any]) -> int:
    """Return the place of an event received from SQS. Raises ValueError if it is no number."""
    return int(record.get("messageAttributes", {}).get(PLACE, {}).get("stringValue", "0"))
