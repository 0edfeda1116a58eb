"""Worker: send new disbursements to their provider, and cancel unclaimed ones, as the table's stream delivers them."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.disbursements.sending import advance_records


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:
    """Process a batch of stream records. None of them is retried here: what fails is due again, for the sweep."""
    advance_records(event["Records"], time_left(event, context))
    return {"batchItemFailures": []}
