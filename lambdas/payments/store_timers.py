"""Worker: store what the operations in the ledger's stream let fall due."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.records import READ_ERRORS
from paysandbox.payments import timer_queue, timer_table, timers
from paysandbox.payments.stream import payments_in
from paysandbox.payments.timer import StoredTimer, added_timers


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Store the timers of one batch of records, and queue those that fall due soon.

    Raises errors of DynamoDB and SQS, so that the whole batch is retried. A record that cannot be parsed is logged;
    `publish_event`, which reads it too, sends it to the dead-letter queue.
    """
    added = [timer for record in event["Records"] for timer in _added(record)]
    if added:
        timers.store_timers(timer_table.table(), added)
        timer_queue.delay(added, runtime.now())
    return {"batchItemFailures": []}


def _added(record: Any) -> list[StoredTimer]:
    try:
        images = payments_in(record)
        return added_timers(*images) if images else []
    except READ_ERRORS as error:
        telemetry.unreadable(str(record["dynamodb"].get("Keys")), error)
        return []
