"""Look up a payment method by its ID, wherever its card is stored."""

from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_method
from paysandbox.stripe_api.lookups import find_payment
from paysandbox.stripe_api.objects.render import render_method, render_method_of
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, PAYMENT_METHOD, shown_method, without_customer
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table


def stored_method(merchant: str, method_id: str) -> StoredObject | None:
    """Return a merchant's stored payment method as of now, or None. One read, and one of its customer if it has one.

    A customer that was deleted has no payment methods any more.
    """
    stored = get_object(objects_table(), PAYMENT_METHOD, merchant, method_id)
    if stored is None or stored.attributes.get(CUSTOMER) is None:
        return stored
    customer = get_object(objects_table(), CUSTOMER, merchant, stored.attributes[CUSTOMER])
    return without_customer(stored) if customer is None or customer.deleted else stored


def find_method(call: AnyStripeCall, name: str, param: str = "id") -> Body:
    """Return the caller's payment method: one that is stored, or the card of an intent.

    Raises Refused(resource_not_found).
    """
    stored = stored_method(call.merchant, name)
    if stored is not None:
        return render_method(shown_method(stored))
    payment_id = payment_of_method(name)
    payment = find_payment(call, payment_id, payment_id) if payment_id else None
    shown = render_method_of(payment, name) if payment else None
    if shown is None:
        raise no_such("PaymentMethod", name, param)
    return shown
