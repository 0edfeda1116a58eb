"""Read batches that CloudWatch Logs sends to a subscriber, and count the lines that cannot be read."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws import telemetry
from paysandbox.aws.sampling import is_request_stored
from paysandbox.request_log.log_lines import Batch, read_batch
from paysandbox.request_log.request_record import RequestRecord


def read(event: Mapping[str, Any]) -> Batch:
    """Return the lines of a batch. One that cannot be parsed is counted and dropped: retrying cannot help."""
    batch = read_batch(event)
    if batch.error is not None:
        telemetry.dropped_lines(batch.unreadable, batch.error)
    return batch


def is_sampled(record: RequestRecord, percent: int) -> bool:
    """Return whether a request is stored where `percent` of the successful ones are."""
    return is_request_stored(record.request_id, status=record.status, outcome=record.outcome, percent=percent)
