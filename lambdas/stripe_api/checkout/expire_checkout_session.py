"""POST /v1/checkout/sessions/{id}/expire: end a session that is open, so that nobody can pay it any more."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.checkout.ending import expiring
from paysandbox.stripe_api.checkout.session_resource import SESSION
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ExpireCheckoutSession
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.routes import EXPIRE_CHECKOUT_SESSION


@stripe_endpoint(EXPIRE_CHECKOUT_SESSION)
def handler(call: StripeCall[ExpireCheckoutSession, None]) -> StripeAnswer:
    """A read of the session and one of its payment, which is canceled first, an idempotency record, and one conditional
    put. With a setup intent, one transaction."""
    request = Request(RESOURCES, SESSION, call)
    tree = request.expanded(call.body.expand)
    return change_once(request, request.named(), expiring).answer(request, tree, outcome="expired")
