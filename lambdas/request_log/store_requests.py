"""Worker: keeps the requests that the log lines of the other functions tell of."""

from collections.abc import Mapping
from typing import Any

from paysandbox.runtime.log_batch import records
from paysandbox.runtime.request_log_table import request_log
from paysandbox.table.request_log import put_records


def handler(event: Mapping[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """One delivery of a subscription filter. Trouble of DynamoDB is raised: Lambda tries the whole delivery again."""
    if found := records(event):
        put_records(request_log(), found)
