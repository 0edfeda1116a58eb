"""The envelope of every event: ID, type, timestamp and sequence, and how it is serialized."""

import json
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer

MAX_EVENT_BYTES: Final = 20_000
"""Of an event that is not of an object of the Stripe-compatible API."""


# Two characters that JSON allows in a string and SQS and SNS reject.
_ESCAPED: Final = {code: f"\\u{code:04x}" for code in (0xFFFE, 0xFFFF)}


class EventEnvelope(Answer):
    """The fields that every event has."""

    id: Annotated[str, Field(description="Unique id, the same on every delivery. Store it and ignore duplicates.")]
    timestamp: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]
    sequence: Annotated[
        int,
        Field(
            description="Position of the operation in its payment, from 1. Order a payment's events by it. Endpoint "
            "events: "
            "how often the endpoint was enabled. Settlements: number of the batch on its date. Donations: version of "
            "the donation, with gaps and possible duplicates. Disbursements: position of the status in "
            "its history, from 1. Stripe objects: version of the object, with gaps."
        ),
    ]


def rendered(kind: EventType, data: Body, event_id: str, at: datetime, sequence: int) -> str:
    """Serialize an event byte for byte as it is sent: compact JSON with sorted keys."""
    body = {"id": event_id, "type": str(kind), "timestamp": format_timestamp(at), "sequence": sequence, "data": data}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)
