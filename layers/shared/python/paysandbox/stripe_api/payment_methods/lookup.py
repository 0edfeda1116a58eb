"""Look up a payment method by its ID, wherever its card is stored."""

from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_method
from paysandbox.stripe_api.lookups import find_payment
from paysandbox.stripe_api.objects.render import render_method, render_method_of
from paysandbox.stripe_api.payment_methods.payment_methods_table import get_payment_method
from paysandbox.stripe_api.payment_methods.tables import payment_methods


def find_method(call: AnyStripeCall, name: str) -> Body:
    """Return the caller's payment method, created by itself or the card of an intent. Takes one consistent read.

    Raises Refused(resource_not_found).
    """
    payment_id = payment_of_method(name)
    if payment_id is not None:
        payment = find_payment(call, payment_id, payment_id)
        shown = render_method_of(payment, name) if payment else None
    else:
        stored = get_payment_method(payment_methods(), name, call.merchant)
        shown = render_method(stored) if stored else None
    if shown is None:
        raise no_such("PaymentMethod", name, "id")
    return shown
