"""Worker: once a minute, do what is due on payments: perform their timers, and expire uncaptured authorizations."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.payments.expiry import expire_due
from paysandbox.payments.timers.due_timers import fire_due


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run one sweep. Returns how many steps were `performed` and payments `expired`, how many timers were `removed` and
    stale due entries `cleared`, and whether there may be `more`.

    Timers come first: with the clock advanced by months, a step may be due before the authorization expires. Whatever
    stops them does not stop the expiry. `seconds` in the event limits the sweep further than the function's timeout.
    """
    left = time_left(event, context)
    try:
        fired = fire_due(left)
    finally:
        expired = expire_due(left)
    return asdict(fired) | asdict(expired) | {"more": fired.more or expired.more}
