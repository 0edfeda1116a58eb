"""GET /v1/customers/{id}/sources/{source}: retrieve a card of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.sources import source_answer, source_of_customer
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_CUSTOMER_SOURCE


@stripe_endpoint(GET_CUSTOMER_SOURCE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the card, and one of its customer."""
    stored = source_of_customer(call.merchant, call.path["id"], call.path["source"])
    return source_answer(call, stored, outcome="shown")
