"""GET /v1/payment_methods: list the payment methods of a customer, or all, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.listed_methods import list_all_methods, list_methods
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListPaymentMethods
from paysandbox.stripe_api.routes import LIST_PAYMENT_METHODS

_URL = "/v1/payment_methods"


@stripe_endpoint(LIST_PAYMENT_METHODS)
def handler(call: StripeCall[None, ListPaymentMethods]) -> StripeAnswer:
    """Of a customer: a read of it, and one of all its payment methods. Of all: a query per shard, and their reads."""
    if call.query.customer is None:
        return list_all_methods(call, _URL)
    return list_methods(call, call.query.customer, _URL, param="customer")
