"""GET /v1/payment_methods/{method}: retrieve a payment method created by itself, or the card of an intent."""

from paysandbox.http.request import Call
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_method
from paysandbox.stripe_api.lookups import find_payment
from paysandbox.stripe_api.objects import check_expand, render_method, render_method_of
from paysandbox.stripe_api.payment_methods import get_payment_method
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD
from paysandbox.stripe_api.tables import payment_methods


@stripe_endpoint(GET_PAYMENT_METHOD)
def handler(call: Call[None, Retrieve]) -> StripeAnswer:
    """One consistent read."""
    query = call.query
    check_expand("payment_method", query.expand)
    name = call.path.get("method", "")
    payment_id = payment_of_method(name)
    if payment_id is not None:
        payment = find_payment(call, payment_id, payment_id)
        shown = render_method_of(payment, name) if payment else None
    else:
        kept = get_payment_method(payment_methods(), name, call.merchant)
        shown = render_method(kept) if kept else None
    if shown is None:
        raise no_such("PaymentMethod", name, "id")
    return StripeAnswer(body=shown, transaction_id=name, outcome="shown")
