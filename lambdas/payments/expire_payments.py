"""Worker: once a minute, gives back what remains of authorizations that nobody captured in time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.payments.expiry import expire_due


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One sweep: `expired`, `cleared` (due entries that led to nothing), and whether there may be `more`.

    `seconds` in the event bound it further than the function's own time does.
    """
    return asdict(expire_due(time_left(event, context)))
