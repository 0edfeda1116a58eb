"""What every event has in common, whatever it is about: its id, type, time and place, and its bytes."""

import json
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body

MAX_EVENT_BYTES: Final = 20_000
"""Ten of them and their attributes fit into what SNS takes at once (262,144 bytes)."""


# Two characters that JSON allows in a text and queues refuse.
_ESCAPED: Final = {code: f"\\u{code:04x}" for code in (0xFFFE, 0xFFFF)}


class EventEnvelope(Answer):
    """What every event has in common."""

    id: Annotated[
        str, Field(description="Unique; unchanged when the event is sent again. Store it and ignore duplicates.")
    ]
    timestamp: Annotated[str, Field(description="When the operation happened.")]
    sequence: Annotated[
        int,
        Field(
            description="The operation's place in its payment, from 1. Order by it. Of an endpoint's event: how often "
            "the endpoint had been enabled. Of a batch's: its number among those of its date. Of a donation's: the "
            "donation's version, which has gaps; two of its events may have the same one."
        ),
    ]


def rendered(kind: EventType, data: Body, event_id: str, at: datetime, sequence: int) -> str:
    """An event as it is sent, byte for byte: compact JSON with sorted keys."""
    body = {"id": event_id, "type": str(kind), "timestamp": format_timestamp(at), "sequence": sequence, "data": data}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)
