"""GET /v1/customers/{id}/sources: list the cards of a customer that were saved by a token, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.listed_methods import list_sources
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCustomerSources
from paysandbox.stripe_api.routes import LIST_CUSTOMER_SOURCES


@stripe_endpoint(LIST_CUSTOMER_SOURCES)
def handler(call: StripeCall[None, ListCustomerSources]) -> StripeAnswer:
    """A read of the customer, and one of all cards."""
    return list_sources(call, call.path["id"])
