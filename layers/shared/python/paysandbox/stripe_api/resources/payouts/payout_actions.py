# pyright: standard
"""What requests do with payouts of funds."""

from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change, make
from paysandbox.stripe_api.resources.payouts.payouts import (
    canceled_payout,
    new_payout,
    requested_outcome,
    store_canceled,
    store_payout,
)


def create(request: Request) -> StripeAnswer:
    """Pay funds out to a bank account. An idempotency record, and one transaction."""
    requested = requested_outcome(request.call)

    def new(request: Request, name: str, cause: Cause) -> Stored:
        return new_payout(request.call, requested, name, cause)

    return make(request, new, store=store_payout)


def cancel(request: Request) -> StripeAnswer:
    """Cancel a pending payout. A read, an idempotency record, and one transaction that gives the amount back."""
    return change(request, canceled_payout, store=store_canceled, outcome="canceled")
