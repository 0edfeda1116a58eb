"""Worker: once a minute, expire authorizations that were not captured in time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.payments.expiry import expire_due


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run one sweep. Returns `expired`, `cleared` (stale due entries), and whether there may be `more`.

    `seconds` in the event limits the sweep further than the function's timeout.
    """
    return asdict(expire_due(time_left(event, context)))
