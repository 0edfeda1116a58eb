# pyright: standard
"""Send stream records that cannot be processed to a dead-letter queue, so that they do not block later records."""

import json
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import DISBURSEMENTS_SORT, DONATIONS_SORT, PARTITION_KEY
from paysandbox.aws.settings import DeadLetterSettings

# Paths of a record's coordinates: enough to find it in the stream for a day, and at any time its payment in the ledger,
# its donation in the platform's table or its disbursement. A donation's other key is an email address, which is not
# copied.
_COORDINATES: Final[Mapping[str, tuple[str, ...]]] = {
    "stream": ("eventSourceARN",),
    "event_id": ("eventID",),
    "event_name": ("eventName",),
    "sequence_number": ("dynamodb", "SequenceNumber"),
    "transaction_id": ("dynamodb", "Keys", PARTITION_KEY, "S"),
    "donation": ("dynamodb", "Keys", DONATIONS_SORT, "S"),
    "payment_id": ("dynamodb", "Keys", DISBURSEMENTS_SORT, "S"),
}


def send_to_dead_letter(record: Any, reason: str, error: BaseException) -> None:
    """Send a record's coordinates, without its images, to the dead-letter queue, and log it.

    The log also says where the error was raised.
    """
    facts = {name: text for name, path in _COORDINATES.items() if (text := _text_at(record, path)) is not None}
    body = json.dumps(facts | {"reason": reason}, sort_keys=True)
    runtime.sqs().send_message(QueueUrl=runtime.settings_of(DeadLetterSettings).dead_letter_queue, MessageBody=body)
    telemetry.dead_lettered(facts | {"raised_at": telemetry.raised_at(error)}, reason)


def _text_at(record: Any, path: tuple[str, ...]) -> str | None:
    """Return the string at a path of a record of unknown shape, or None."""
    value = record
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
