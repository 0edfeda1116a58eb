"""GET /v1/payment_methods: list the payment methods of a customer, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import missing
from paysandbox.stripe_api.lists.payment_methods import list_methods
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListPaymentMethods
from paysandbox.stripe_api.routes import LIST_PAYMENT_METHODS


@stripe_endpoint(LIST_PAYMENT_METHODS)
def handler(call: StripeCall[None, ListPaymentMethods]) -> StripeAnswer:
    """A read of the customer, and one of all payment methods. Those without a customer are in no list."""
    if call.query.customer is None:
        raise missing("customer")
    return list_methods(call, call.query.customer, "/v1/payment_methods", param="customer")
