"""Send new disbursements as the table's stream delivers them, and cancel those whose cancellation was requested."""

from collections.abc import Callable, Iterable
from typing import Any

from paysandbox.aws.dead_letter import send_to_dead_letter
from paysandbox.aws.records import UnreadableRecordError
from paysandbox.disbursements.batch import advance_each
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.store.stream import disbursement_to_advance_in


def advance_records(records: Iterable[Any], time_left: Callable[[], bool]) -> None:
    """Advance the disbursements of one batch of records, while there is time. Raises errors of SQS.

    A record says what a disbursement was when it was written. If it has changed since, its version differs, and nothing
    is sent. What fails, or does not fit into the time, is due within a minute, and the sweep advances it. Unreadable
    records go to the dead-letter queue.
    """
    found: list[Disbursement] = []
    unreadable: list[tuple[Any, str]] = []
    for record in records:
        try:
            disbursement = disbursement_to_advance_in(record)
        except UnreadableRecordError as error:
            unreadable.append((record, str(error)))
        else:
            found += [disbursement] if disbursement else []
    advance_each(found, time_left)
    for record, reason in unreadable:
        send_to_dead_letter(record, reason)
