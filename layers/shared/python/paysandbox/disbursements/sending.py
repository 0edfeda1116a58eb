"""Send new disbursements as the table's stream delivers them, and cancel those whose cancellation was requested."""

from collections.abc import Callable, Iterable
from typing import Any

from paysandbox.aws.stream_batch import park, process_each
from paysandbox.disbursements.batch import advance_each
from paysandbox.disbursements.store.stream import disbursement_to_advance_in


def advance_records(records: Iterable[Any], time_left: Callable[[], bool]) -> None:
    """Advance the disbursements of one batch of records, while there is time. Raises errors of AWS.

    A record says what a disbursement was when it was written. If it has changed since, its version differs, and nothing
    is sent. What fails, or does not fit into the time, is due within a minute, and the sweep advances it. Records that
    cannot be read are parked (`process_each`).
    """
    processed, failures = process_each(records, disbursement_to_advance_in)
    advance_each([disbursement for _, disbursement in processed if disbursement], time_left)
    park(failures)
