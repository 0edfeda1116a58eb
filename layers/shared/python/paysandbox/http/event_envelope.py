"""The envelope of every event: ID, type, timestamp and sequence, and how it is serialized."""

import json
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body

MAX_EVENT_BYTES: Final = 20_000
"""Ten events of this size and their attributes fit into one SNS batch (262,144 bytes)."""


# Two characters that JSON allows in a string and SQS and SNS reject.
_ESCAPED: Final = {code: f"\\u{code:04x}" for code in (0xFFFE, 0xFFFF)}


class EventEnvelope(Answer):
    """The fields of every event."""

    id: Annotated[
        str, Field(description="Unique. The same when the event is sent again: store it and ignore duplicates.")
    ]
    timestamp: Annotated[str, Field(description="When the operation happened.")]
    sequence: Annotated[
        int,
        Field(
            description="The operation's position in its payment, from 1; order events by it. For an endpoint's event: "
            "how many times the endpoint had been enabled. For a settlement batch: its number within its date. For a "
            "donation: the donation's version, which has gaps and may occur in two events."
        ),
    ]


def rendered(kind: EventType, data: Body, event_id: str, at: datetime, sequence: int) -> str:
    """Serialize an event byte for byte as it is sent: compact JSON with sorted keys."""
    body = {"id": event_id, "type": str(kind), "timestamp": format_timestamp(at), "sequence": sequence, "data": data}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)
