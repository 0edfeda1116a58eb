"""POST /v1/customers/{id}/sources: save a card for a customer, by its token or its number."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.new_source import save_source
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateCustomerSource
from paysandbox.stripe_api.routes import CREATE_CUSTOMER_SOURCE


@stripe_endpoint(CREATE_CUSTOMER_SOURCE)
def handler(call: StripeCall[CreateCustomerSource, None]) -> StripeAnswer:
    """An idempotency record, reads of card, token and customer, and one transaction, which uses the token."""
    return save_source(call)
