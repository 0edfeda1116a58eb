"""Worker: stores the requests in the other functions' log lines, and records all that the feed shows."""

from collections.abc import Mapping
from typing import Any

from paysandbox.feed.feed_batch import record_entries
from paysandbox.request_log.log_batch import is_sampled, read
from paysandbox.request_log.table import put_records
from paysandbox.request_log.tables import request_log, sample_percent


def handler(event: Mapping[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """Handle one batch of a subscription filter. DynamoDB errors are raised, so that Lambda retries the whole batch."""
    batch, percent = read(event), sample_percent()
    sampled = [record for record in batch.records if is_sampled(record, percent)]
    if sampled:
        put_records(request_log(), sampled)
    record_entries(sampled, batch.lines, percent)
