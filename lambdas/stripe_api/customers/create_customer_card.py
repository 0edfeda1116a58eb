"""POST /v1/customers/{id}/cards: the older path of `create_customer_source`."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.new_source import save_source
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCustomerSource
from paysandbox.stripe_api.routes import CREATE_CUSTOMER_CARD


@stripe_endpoint(CREATE_CUSTOMER_CARD)
def handler(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """As for a source."""
    return save_source(call)
