"""GET /v1/customers/{id}/payment_methods/{method}: retrieve a payment method of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_CUSTOMER_PAYMENT_METHOD


@stripe_endpoint(GET_CUSTOMER_PAYMENT_METHOD)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the payment method, and one of its customer."""
    name = call.path["method"]
    found = find_method(call, name)
    if found["customer"] != call.path["id"]:
        raise no_such("PaymentMethod", name, "id")
    return StripeAnswer(body=found, transaction_id=name, outcome="shown")
