"""Before the first request: what a new execution environment can have ready, so that no payer waits for it."""

import contextlib
import os

from paysandbox.routes.route import Route
from paysandbox.runtime import effects
from paysandbox.runtime.pepper import pepper
from paysandbox.settings import LedgerSettings, PepperSettings, RequestLogSettings


def warm(route: Route) -> None:
    """Make the client and read the pepper, in Lambda only. Silent on failure: the first request will say it better."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    with contextlib.suppress(Exception):
        if LedgerSettings in route.needs:
            effects.ledger()
        if RequestLogSettings in route.needs:
            effects.request_log()
        if PepperSettings in route.needs:
            pepper()
