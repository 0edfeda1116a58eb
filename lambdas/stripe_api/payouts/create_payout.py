"""POST /v1/payouts: pay funds out to a bank account."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.payout_resource import PAYOUTS
from paysandbox.stripe_api.moved_funds.payouts import new_payout, requested_outcome, store_payout
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreatePayout
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.routes import CREATE_PAYOUT


@stripe_endpoint(CREATE_PAYOUT)
def handler(call: StripeCall[CreatePayout, None]) -> StripeAnswer:
    """An idempotency record, and one transaction."""
    request = Request(RESOURCES, PAYOUTS, call)
    tree = request.expanded(call.body.expand)

    requested = requested_outcome(call)

    def make(name: str, cause: Cause) -> Stored:
        return new_payout(call, requested, name, cause)

    return create_once(request, make, store=store_payout).answer(request, tree, outcome="created")
