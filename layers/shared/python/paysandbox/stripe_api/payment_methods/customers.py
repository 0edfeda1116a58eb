# pyright: standard
"""What a request for a customer does to its payment methods: a new one may name one, and any its default."""

from typing import Any, Final

from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.stored_method import ATTACHED
from paysandbox.stripe_api.payment_methods.attachable import attachable
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored
from paysandbox.stripe_api.resource_kit.stored_object import StoredObject

_INVOICE_SETTINGS: Final = "invoice_settings"
_DEFAULT: Final = "default_payment_method"


def with_payment_method(customer: Draft) -> Stored:
    """Return a customer, and a new one with the payment method that is attached to it.

    Refuses a default payment method that is not the customer's.
    """
    stored: Stored = (customer.stored,)
    if customer.before is None and customer.body.payment_method:
        stored = _with_method(customer, customer.body.payment_method)
    settings: dict[str, Any] = stored[0].attributes.get(_INVOICE_SETTINGS, {})
    before: dict[str, Any] = customer.before.attributes.get(_INVOICE_SETTINGS, {}) if customer.before else {}
    default = settings.get(_DEFAULT)
    if default and default != before.get(_DEFAULT) and default not in stored[0].attributes.get(ATTACHED, ()):
        raise not_theirs(default, f"{_INVOICE_SETTINGS}[{_DEFAULT}]")
    return stored


def _with_method(customer: Draft, name: str) -> Stored:
    """Return a new customer with its payment method, which can be named as its default in the same request."""
    found = attachable(customer.stored.merchant, name, customer.cause)
    if isinstance(found, StoredObject):
        return (customer.stored,)
    method = found.to(customer.stored.id, customer.cause)
    attributes: dict[str, Any] = {**customer.stored.attributes, ATTACHED: [method.id]}
    settings: dict[str, Any] = attributes.get(_INVOICE_SETTINGS, {})
    if settings.get(_DEFAULT) == name:
        attributes[_INVOICE_SETTINGS] = {**settings, _DEFAULT: method.id}
    return replace(customer.stored, attributes=attributes), method
