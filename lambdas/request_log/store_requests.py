"""Worker: keeps the requests that the log lines of the other functions tell of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.request_log.log_batch import records
from paysandbox.request_log.table import put_records
from paysandbox.request_log.tables import request_log


def handler(event: Mapping[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """One delivery of a subscription filter. Trouble of DynamoDB is raised: Lambda tries the whole delivery again."""
    if found := records(event):
        put_records(request_log(), found)
