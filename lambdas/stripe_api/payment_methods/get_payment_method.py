"""GET /v1/payment_methods/{id}: retrieve a payment method, or the card of an intent."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD


@stripe_endpoint(GET_PAYMENT_METHOD)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A consistent read, and another one of the customer or of the intent."""
    name = call.path["id"]
    return StripeAnswer(body=find_method(call, name), transaction_id=name, outcome="shown")
