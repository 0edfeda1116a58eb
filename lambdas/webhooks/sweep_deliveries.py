"""Worker: once a minute, queues the deliveries whose next attempt is due."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.webhooks.retry_due import sweep


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One sweep: `queued`, and whether there may be `more`.

    `seconds` in the event bound it further than the function's own time does.
    """
    return asdict(sweep(time_left(event, context)))
