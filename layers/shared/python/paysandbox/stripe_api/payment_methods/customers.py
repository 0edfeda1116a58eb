# pyright: standard
"""What a request for a customer does to its payment methods: it may name one, or a token, and its defaults."""

from typing import Any

from paysandbox.core.record import replace
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_method import (
    ATTACHED,
    DEFAULT_METHOD,
    DEFAULT_SOURCE,
    INVOICE_SETTINGS,
    PAYMENT_METHOD,
    detached,
    sources_of,
)
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.attachable import attachable
from paysandbox.stripe_api.payment_methods.attaching import SOURCE_NOUN, holding, left_without
from paysandbox.stripe_api.payment_methods.refusals import not_theirs
from paysandbox.stripe_api.payment_methods.sources import saved_by_token
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused


def with_payment_method(customer: Draft) -> Stored:
    """Return a customer with the card of a token, and a new one with the payment method that is attached to it.

    Refuses a default payment method that is not the customer's, and such a default source.
    """
    stored: Stored = (customer.stored,)
    if customer.before is None and customer.body.payment_method:
        stored = _with_method(customer, customer.body.payment_method)
    if customer.body.source:
        stored = _with_source(customer, stored)
    elif customer.before is not None and customer.body.default_source:
        name: str = customer.body.default_source
        if name not in sources_of(customer.stored.attributes):
            raise no_such(SOURCE_NOUN, name, DEFAULT_SOURCE)
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


def _with_source(customer: Draft, stored: Stored) -> Stored:
    """Return a customer with the card of a token as its default source, in place of the one before.

    Source: `update` of CustomerResource in Customers.d.ts, and Stripe, "Update a customer" (`source`).
    """
    if customer.before is not None and customer.body.default_source:
        raise refused(f"You may only specify one of these parameters: source, {DEFAULT_SOURCE}.")
    owner = stored[0]
    found = saved_by_token(owner.merchant, customer.body.source, customer.cause)
    if isinstance(found, StoredObject):
        return stored
    card = found.to(owner.id, customer.cause)
    replaced = owner.attributes.get(DEFAULT_SOURCE)
    left = left_without(owner.attributes, replaced) if replaced else owner.attributes
    held = holding(replace(owner, attributes=left), card.id, param=found.param)
    attributes = {**held.attributes, DEFAULT_SOURCE: card.id}
    owner = (
        replace(owner, attributes=attributes)
        if customer.before is None
        else customer.change(customer.before, attributes)
    )
    before = customer.read(PAYMENT_METHOD, replaced) if replaced else None
    given_up = () if before is None else (customer.change(before, detached(before.attributes)),)
    token = () if found.token is None else (found.token,)
    return (owner, *stored[1:], card, *given_up, *token)
