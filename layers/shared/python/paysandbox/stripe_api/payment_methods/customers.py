# pyright: standard
"""What a request for a customer does to its payment methods: a new one may name one, and any its default."""

from typing import Any

from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.stored_method import ATTACHED, DEFAULT_METHOD, INVOICE_SETTINGS
from paysandbox.stripe_api.payment_methods.attachable import attachable
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject


def with_payment_method(customer: Draft) -> Stored:
    """Return a customer, and a new one with the payment method that is attached to it.

    Refuses a default payment method that is not the customer's.
    """
    stored: Stored = (customer.stored,)
    if customer.before is None and customer.body.payment_method:
        stored = _with_method(customer, customer.body.payment_method)
    settings: dict[str, Any] = stored[0].attributes.get(INVOICE_SETTINGS, {})
    before: dict[str, Any] = customer.before.attributes.get(INVOICE_SETTINGS, {}) if customer.before else {}
    default = settings.get(DEFAULT_METHOD)
    if default and default != before.get(DEFAULT_METHOD) and default not in stored[0].attributes.get(ATTACHED, ()):
        raise not_theirs(default, f"{INVOICE_SETTINGS}[{DEFAULT_METHOD}]")
    return stored


def _with_method(customer: Draft, name: str) -> Stored:
    """Return a new customer with its payment method, which can be named as its default in the same request."""
    found = attachable(customer.stored.merchant, name, customer.cause)
    if isinstance(found, StoredObject):
        return (customer.stored,)
    method = found.to(customer.stored.id, customer.cause)
    attributes: dict[str, Any] = {**customer.stored.attributes, ATTACHED: [method.id]}
    settings: dict[str, Any] = attributes.get(INVOICE_SETTINGS, {})
    if settings.get(DEFAULT_METHOD) == name:
        attributes[INVOICE_SETTINGS] = {**settings, DEFAULT_METHOD: method.id}
    return replace(customer.stored, attributes=attributes), method
