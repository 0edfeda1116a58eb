"""Worker: store what the operations in the ledger's stream let fall due, and which payments are disputed."""

from collections.abc import Iterator, Mapping
from typing import Any

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.records import READ_ERRORS
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import changed_disputes, dispute_row, store_disputes
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.ledger.stream import payments_in
from paysandbox.payments.payment import Payment
from paysandbox.payments.timers import queue as timer_queue, tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer, added_timers


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Store the timers of one batch of records, and queue those that fall due soon. Store the rows of disputes.

    What opens a dispute starts a timer, so these records have all of them. Raises errors of DynamoDB and SQS, so that
    the whole batch is retried. A record that cannot be parsed is logged; `publish_event`, which reads it too, sends it
    to the dead-letter queue.
    """
    added, rows = list[StoredTimer](), list[Item]()
    for record in event["Records"]:
        for timers_of_record, rows_of_record in _read(record):
            added += timers_of_record
            rows += rows_of_record
    if added:
        timers.store_timers(timer_table.table(), added)
        timer_queue.delay(added, runtime.now())
    if rows:
        store_disputes(tables.disputes(), rows)
    return {"batchItemFailures": []}


def _read(record: Any) -> Iterator[tuple[list[StoredTimer], list[Item]]]:
    """Yield what a record's operations let fall due and the rows of the disputes that they changed, if it is one of a
    payment."""
    try:
        images = payments_in(record)
        if images is not None:
            yield added_timers(*images), _rows(*images)
    except READ_ERRORS as error:
        telemetry.unreadable(str(record["dynamodb"].get("Keys")), error)


def _rows(before: Payment | None, after: Payment) -> list[Item]:
    changed = changed_disputes(before, after)
    return [dispute_row(after, dispute_id, tables.disputes().retention_s) for dispute_id in changed]
