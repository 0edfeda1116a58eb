"""Before the first request: what a new execution environment can have ready, so that no payer waits for it."""

import contextlib
import os

from paysandbox.resources import STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET
from paysandbox.routes.route import Route
from paysandbox.runtime import effects
from paysandbox.runtime.pepper import pepper
from paysandbox.settings import DonationsTableSettings, LedgerSettings, PepperSettings, RequestLogSettings


def warm(route: Route) -> None:
    """Make the clients and read the secrets, in Lambda only. Silent on failure: the first request will say it better.

    What belongs to Stripe is imported here, since payers are not to wait for it.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    settings = route.settings
    with contextlib.suppress(Exception):
        if LedgerSettings in settings:
            effects.ledger()
        if RequestLogSettings in settings:
            effects.request_log()
        if PepperSettings in settings:
            pepper()
        if DonationsTableSettings in settings:
            effects.donations()
        if route.may_use(STRIPE_WEBHOOK_SECRET):
            from paysandbox.runtime.stripe_secrets import webhook_secret

            effects.sqs()
            webhook_secret().value()
        if route.may_use(STRIPE_SECRET_KEY):
            from paysandbox.runtime.stripe_account import load

            load()
