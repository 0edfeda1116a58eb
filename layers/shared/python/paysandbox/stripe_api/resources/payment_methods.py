# pyright: standard
"""Payment methods: the cards of customers, and cards that pay once. Source: Stripe, "Payment Methods" (API reference),
and the types of its SDKs.

Only one that is attached to a customer can be updated.
"""

from datetime import datetime
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.method import render_method
from paysandbox.stripe_api.objects.stored_method import CUSTOMER, PAYMENT_METHOD, shown_method
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import AllowRedisplay, BillingDetails, CardUpdated, ObjectId
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Draft, Field, Stored, refused

OF_NO_CUSTOMER: Final = "You must save this PaymentMethod to a customer before you can update it."
"""Stripe's words."""

_CENTURY: Final = 2000


def _derived(method: StoredObject) -> Attributes:
    return render_method(shown_method(method))


def _together(method: Draft) -> Stored:
    """Return an updated payment method. Refuses one without a customer, and a card that expires in the past."""
    name = method.stored.attributes.get(CUSTOMER)
    customer = method.read(CUSTOMER, name) if name else None
    if customer is None or customer.deleted:
        raise refused(OF_NO_CUSTOMER)
    card: dict[str, Any] = method.stored.attributes["card"]
    year = card["exp_year"] if card["exp_year"] > 99 else _CENTURY + card["exp_year"]
    if method.body.card is not None and _is_past(card["exp_month"], year, method.cause.at):
        raise refused("Your card's expiration date is in the past.", "card.exp_year")
    attributes = {**method.stored.attributes, "card": {**card, "exp_year": year}}
    return (replace(method.stored, attributes=attributes),)


def _is_past(month: int, year: int, now: datetime) -> bool:
    return (year, month) < (now.year, now.month)


def _events(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
    """Return the event of a write. A payment method that is only created, or used, has none."""
    was, is_now = (stored.attributes.get(CUSTOMER) if stored else None for stored in (before, after))
    if was == is_now:
        return ("updated",) if was else ()
    return ("attached",) if is_now else ("detached",)


PAYMENT_METHODS: Final = kit.Resource(
    object=PAYMENT_METHOD,
    prefix=ids.METHOD,
    path="/payment_methods",
    noun="PaymentMethod",
    fields=(
        Field(name="allow_redisplay", type=AllowRedisplay, default="unspecified"),
        Field(name="billing_details", type=BillingDetails, merges=True),
        Field(name="card", type=CardUpdated, merges=True),
        Field(name=CUSTOMER, type=ObjectId, create=False, update=False, names="customer"),
        kit.METADATA,
    ),
    shown=kit.Shown(derived=_derived),
    rules=kit.Rules(together=_together),
    routes=kit.Routes(operations=()),
    events=kit.Events(ends=("attached", "detached", "updated"), of=_events),
)
