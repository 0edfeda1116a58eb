"""Read batches that CloudWatch Logs sends to a subscriber, and count the lines that cannot be read."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import telemetry
from paysandbox.aws.sampling import is_in_share
from paysandbox.request_log.log_lines import Batch, read_batch
from paysandbox.request_log.request_record import RequestRecord

DECLINED: Final = "declined"


def read(event: Mapping[str, Any]) -> Batch:
    """Return the lines of a batch. One that cannot be parsed is counted and dropped: retrying cannot help."""
    batch = read_batch(event)
    if batch.error is not None:
        telemetry.dropped_lines(batch.unreadable, batch.error)
    return batch


def is_sampled(record: RequestRecord, percent: int) -> bool:
    """Return whether a request is stored where `percent` of the successful ones are.

    Every refusal, failure and decline is: those are looked for. Of the others, the id decides, so that a line that is
    delivered again has the same answer, and so that the function knew it (`http/middleware.py`).
    """
    return record.failed or record.outcome == DECLINED or is_in_share(record.request_id, percent)
