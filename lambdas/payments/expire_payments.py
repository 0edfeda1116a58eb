"""Worker: once a minute, do what is due: perform the timers of payments, expire uncaptured authorizations, and expire
the Checkout sessions that nobody has paid."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.payments.expiry import expire_due
from paysandbox.payments.timers.due_timers import fire_due
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.sweep import do_what_is_due


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Run one sweep. Returns how many steps were `performed`, payments `expired` and `objects` of Stripe's API ended,
    how many timers were `removed` and stale due entries `cleared`, and whether there may be `more`.

    Timers come first: with the clock advanced by months, a step may be due before the authorization expires. Whatever
    stops them does not stop the expiry. `seconds` in the event limits the sweep further than the function's timeout.
    """
    left = time_left(event, context)
    try:
        fired = fire_due(left)
    finally:
        try:
            expired = expire_due(left)
        finally:
            ended = do_what_is_due(RESOURCES, left)
    return asdict(fired) | asdict(expired) | asdict(ended) | {"more": fired.more or expired.more or ended.more}
