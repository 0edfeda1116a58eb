"""Payment methods: routes that read them."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.listed_methods import list_all_methods, list_methods
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListPaymentMethods, Retrieve
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD, LIST_PAYMENT_METHODS

_URL = "/v1/payment_methods"


@stripe_endpoint(LIST_PAYMENT_METHODS)
def list_payment_methods(call: StripeCall[None, ListPaymentMethods]) -> StripeAnswer:
    """GET /v1/payment_methods: list the payment methods of a customer, or all, newest first.

    Of a customer: a read of it, and one of all its payment methods. Of all: a query per shard, and their reads.
    """
    if call.query.customer is None:
        return list_all_methods(call, _URL)
    return list_methods(call, call.query.customer, _URL, param="customer")


@stripe_endpoint(GET_PAYMENT_METHOD)
def get_payment_method(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/payment_methods/{id}: retrieve a payment method, or the card of an intent.

    A consistent read, and another one of the customer or of the intent.
    """
    name = call.path["id"]
    return StripeAnswer(body=find_method(call, name), transaction_id=name, outcome="shown")
