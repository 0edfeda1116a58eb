"""Worker: publishes the operations that the ledger's stream tells of. Nothing else publishes."""

from collections.abc import Mapping
from typing import Any

from paysandbox.domain.event import Event
from paysandbox.runtime.parking import park
from paysandbox.runtime.topic import publish
from paysandbox.table.stream import UnreadableRecordError, events_in


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """One batch of records. Trouble of SNS or SQS is raised: the whole batch comes again.

    A partial answer would do on AWS; the local engine takes one for success, and the rest of the batch would be lost.
    Records are parked last, so that a batch that comes again has parked nothing yet.
    """
    told: list[tuple[Event, Any]] = []
    unfit: list[tuple[Any, str]] = []
    for record in event["Records"]:
        try:
            told += [(one, record) for one in events_in(record)]
        except UnreadableRecordError as error:
            unfit.append((record, str(error)))
    refused = publish([one for one, _ in told])
    unfit += [(record, refused[one.id]) for one, record in told if one.id in refused]
    for record, reason in unfit:
        park(record, reason)
    return {"batchItemFailures": []}
