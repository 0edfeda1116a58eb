"""Worker: store what the operations in the ledger's stream let fall due, and which payments are disputed."""

from collections.abc import Mapping, Sequence
from typing import Any

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.aws.stream_batch import Failure, park, process_together
from paysandbox.disputes import tables
from paysandbox.disputes.disputes_table import changed_disputes, dispute_row, store_disputes
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.ledger.stream import payments_in
from paysandbox.payments.payment import Payment
from paysandbox.payments.timers import queue as timer_queue, tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer, added_timers


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Store the timers of one batch of records, and queue those that fall due soon. Store the rows of disputes.

    What opens a dispute starts a timer, so these records have all of them. Raises errors of AWS, so that the whole
    batch is retried. A record that fails by itself is parked (`process_together`). One that cannot be parsed is only
    logged: `publish_event`, which reads it too, parks it.
    """
    failures = process_together(event["Records"], _read, _store)
    park(failure for failure in failures if not _is_logged(failure))
    return {"batchItemFailures": []}


def _read(record: Any) -> tuple[list[StoredTimer], list[Item]]:
    """Return what a record's operations let fall due, and the rows of the disputes that they changed.

    Raises UnreadableRecordError for a record that cannot be parsed.
    """
    try:
        images = payments_in(record)
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error
    return ([], []) if images is None else (added_timers(*images), _rows(*images))


def _store(every: Sequence[tuple[list[StoredTimer], list[Item]]]) -> None:
    added = [timer for timers_of_record, _ in every for timer in timers_of_record]
    rows = [row for _, rows_of_record in every for row in rows_of_record]
    if added:
        timers.store_timers(timer_table.table(), added)
        timer_queue.delay(added, runtime.now())
    if rows:
        store_disputes(tables.disputes(), rows)


def _is_logged(failure: Failure) -> bool:
    """Log a record that cannot be parsed. Returns whether it is one."""
    if not isinstance(failure.error, UnreadableRecordError):
        return False
    images = failure.record.get("dynamodb") if isinstance(failure.record, Mapping) else None
    keys = images.get("Keys") if isinstance(images, Mapping) else None
    telemetry.unreadable(str(keys), failure.error.__cause__ or failure.error)
    return True


def _rows(before: Payment | None, after: Payment) -> list[Item]:
    changed = changed_disputes(before, after)
    return [dispute_row(after, dispute_id, tables.disputes().retention_s) for dispute_id in changed]
