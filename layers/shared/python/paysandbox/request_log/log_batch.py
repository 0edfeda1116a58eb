"""Read batches that CloudWatch Logs sends to a subscriber, and count the lines that cannot be read."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws import telemetry
from paysandbox.request_log.log_lines import read_batch
from paysandbox.request_log.request_record import RequestRecord


def records(event: Mapping[str, Any]) -> list[RequestRecord]:
    """Return the requests in the lines. A line that cannot be parsed is counted and dropped: retrying cannot help."""
    batch = read_batch(event)
    if batch.error is not None:
        telemetry.dropped_lines(batch.unreadable, batch.error)
    return batch.records
