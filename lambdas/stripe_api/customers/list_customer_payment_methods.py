"""GET /v1/customers/{id}/payment_methods: list the payment methods of a customer, newest first."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.listed_methods import list_methods
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListCustomerPaymentMethods
from paysandbox.stripe_api.routes import LIST_CUSTOMER_PAYMENT_METHODS


@stripe_endpoint(LIST_CUSTOMER_PAYMENT_METHODS)
def handler(call: StripeCall[None, ListCustomerPaymentMethods]) -> StripeAnswer:
    """A read of the customer, and one of all payment methods."""
    customer = call.path["id"]
    return list_methods(call, customer, f"/v1/customers/{customer}/payment_methods", param="id")
