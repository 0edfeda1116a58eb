"""Worker: once a minute, queue the deliveries whose next attempt is due."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.webhooks.deliveries.retry_due import sweep


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run one sweep. Returns `queued`, and `more` if further deliveries may be due.

    `seconds` in the event limits the run further than the function's timeout.
    """
    return asdict(sweep(time_left(event, context)))
