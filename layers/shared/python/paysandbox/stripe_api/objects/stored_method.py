"""Payment methods as they are stored: objects with a card, and without its number.

One that was created by itself pays once, and is removed with the payments of its time, unless it is attached to a
customer: then it pays that customer's payments until it is detached. Source: Stripe, "Payment Methods" (API reference).
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.cards.brand import Brand
from paysandbox.core.json_text import json_text
from paysandbox.core.record import replace
from paysandbox.payments.bank.card import Card
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.ids import SOURCE, SOURCE_OBJECT
from paysandbox.stripe_api.objects.method import NamedMethod
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject, without_defaults

PAYMENT_METHOD: Final = "payment_method"
CUSTOMER: Final = "customer"
ATTACHED: Final = "payment_methods"
"""Of a customer, beside its fields: the IDs of the payment methods that are attached to it, the latest first."""

ATTACHED_MAX: Final = 100

INVOICE_SETTINGS: Final = "invoice_settings"
DEFAULT_METHOD: Final = "default_payment_method"
"""Of a customer: the field with its default payment method, and its entry there."""

DEFAULT_SOURCE: Final = "default_source"
"""Of a customer: the card that pays its charges."""

_CARD: Final = "card"
_DETACHED: Final = "detached"
_SET_UP: Final = "set_up"


def method_attributes(
    method: Method, *, billing_details: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None
) -> Attributes:
    """Return what is stored of a new payment method with this card."""
    card = method.card
    if billing_details is None and method.billing_details is not None:
        billing_details = json.loads(method.billing_details)
    return without_defaults(
        {
            _CARD: {
                "card_id": card.card_id,
                "brand": str(card.brand),
                "last4": card.last4,
                "exp_month": card.exp_month,
                "exp_year": card.exp_year,
            },
            "given": list(method.given),
            "allow_redisplay": method.allow_redisplay,
            "billing_details": billing_details or None,
            "metadata": metadata or None,
        }
    )


def clone_attributes(method: Method, metadata: Mapping[str, str] | None = None) -> Attributes:
    """Return what is stored of a clone of a payment method: without a customer, and set up as the original is."""
    attributes = method_attributes(method, metadata=metadata)
    return {**attributes, _SET_UP: True} if method.set_up else attributes


def method_in(stored: StoredObject) -> Method:
    """Return the card of a stored payment method, as a payment names it."""
    attributes = stored.attributes
    card: dict[str, Any] = {**attributes[_CARD]}
    card["brand"] = Brand(card["brand"])
    return Method(
        Card(**card),
        tuple(attributes.get("given", ())),
        stored.id,
        attributes.get("allow_redisplay"),
        attributes.get(CUSTOMER),
        attributes.get(_SET_UP, False),
        json_text(details) if (details := attributes.get("billing_details")) else None,
    )


def shown_method(stored: StoredObject) -> NamedMethod:
    """Return a stored payment method as it is shown."""
    attributes = stored.attributes
    return NamedMethod(
        id=stored.id,
        method=method_in(stored),
        created_at=stored.created_at,
        metadata=attributes.get("metadata", {}),
        billing_details=attributes.get("billing_details", {}),
    )


def is_source(method_id: str) -> bool:
    """Whether a payment method is also a source of its customer, by its ID."""
    return method_id.startswith((f"{SOURCE}_", f"{SOURCE_OBJECT}_"))


def is_source_object(method_id: str) -> bool:
    """Whether a payment method was created as a source, by its ID: it is shown as Stripe's Source, not as a Card."""
    return method_id.startswith(f"{SOURCE_OBJECT}_")


def sources_of(customer: Attributes) -> list[str]:
    """Return the IDs of a customer's sources, the latest first."""
    return [name for name in customer.get(ATTACHED, ()) if is_source(name)]


def is_spent(stored: StoredObject) -> bool:
    """Whether a payment method was detached from its customer, after which it can never be used again."""
    return bool(stored.attributes.get(_DETACHED))


def is_consumed(stored: StoredObject) -> bool:
    """Whether a source can never be charged again: it was charged without a customer, or was detached from one."""
    return is_spent(stored) or (stored.used_by is not None and stored.attributes.get(CUSTOMER) is None)


def attached_to(customer: str, attributes: Attributes, *, set_up: bool = False) -> Attributes:
    """Return the attributes of a payment method that is attached to a customer.

    `set_up`: the cardholder was authenticated for later payments without them.
    """
    return {**attributes, CUSTOMER: customer, **({_SET_UP: True} if set_up else {})}


def detached(attributes: Attributes) -> Attributes:
    """Return the attributes of a payment method that is detached from its customer."""
    left = {name: value for name, value in attributes.items() if name != CUSTOMER}
    return {**left, _DETACHED: True}


def without_customer(stored: StoredObject) -> StoredObject:
    """Return a payment method whose customer was deleted, which detaches it."""
    return replace(stored, attributes=detached(stored.attributes))
