# pyright: standard
"""Putting aside what a stream's consumer cannot work on, so that the records behind it are not held up."""

import json
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import DONATIONS_SORT, PARTITION_KEY
from paysandbox.aws.settings import DeadLetterSettings

# Where a record says where it is: enough to find it in the stream for a day, and its payment in the ledger, or its
# donation in the platform's table, for ever. A donation's other key is an e-mail address, which stays where it is.
_COORDINATES: Final[Mapping[str, tuple[str, ...]]] = {
    "stream": ("eventSourceARN",),
    "event_id": ("eventID",),
    "event_name": ("eventName",),
    "sequence_number": ("dynamodb", "SequenceNumber"),
    "transaction_id": ("dynamodb", "Keys", PARTITION_KEY, "S"),
    "donation": ("dynamodb", "Keys", DONATIONS_SORT, "S"),
}


def send_to_dead_letter(record: Any, reason: str) -> None:
    """Put a record's coordinates into the parking queue, and say so in the log. Its images stay where they are."""
    facts = {name: found for name, path in _COORDINATES.items() if (found := _text_at(record, path)) is not None}
    body = json.dumps(facts | {"reason": reason}, sort_keys=True)
    runtime.sqs().send_message(QueueUrl=runtime.settings_of(DeadLetterSettings).dead_letter_queue, MessageBody=body)
    telemetry.dead_lettered(facts, reason)


def _text_at(record: Any, path: tuple[str, ...]) -> str | None:
    """A text within a record of which nothing is sure."""
    found = record
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None
