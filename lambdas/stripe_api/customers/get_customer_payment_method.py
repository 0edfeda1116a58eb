"""GET /v1/customers/{id}/payment_methods/{method}: retrieve a payment method of a customer."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.customers import with_customers
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.payment_methods.lookup import find_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_CUSTOMER_PAYMENT_METHOD


@stripe_endpoint(GET_CUSTOMER_PAYMENT_METHOD)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read of the payment method, and one of its customer."""
    check_expand("payment_method", call.query.expand, call.stripe_version)
    name = call.path["method"]
    found = find_method(call, name)
    if found["customer"] != call.path["id"]:
        raise no_such("PaymentMethod", name, "id")
    (body,) = with_customers(call, [found], call.query.expand)
    return StripeAnswer(body=body, transaction_id=name, outcome="shown")
