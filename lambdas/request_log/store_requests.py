"""Worker: stores requests from the log lines of the other functions."""

from collections.abc import Mapping
from typing import Any

from paysandbox.request_log.log_batch import is_sampled, records
from paysandbox.request_log.table import put_records
from paysandbox.request_log.tables import request_log, sample_percent


def handler(event: Mapping[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """Handle one batch of a subscription filter. DynamoDB errors are raised, so that Lambda retries the whole batch."""
    percent = sample_percent()
    if found := [record for record in records(event) if is_sampled(record, percent)]:
        put_records(request_log(), found)
