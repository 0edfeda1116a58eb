"""A subscription that exists once it is paid: it is created with its first invoice, which a payment has paid before.

So a page sells one. Both IDs are derived from what sells it, hence its payment is known before either exists.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.record import record, replace
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing import invoice as of_invoice, subscription as rules
from paysandbox.stripe_api.billing.collecting import payment_id_of
from paysandbox.stripe_api.billing.groups import with_due
from paysandbox.stripe_api.billing.invoice import Outcome
from paysandbox.stripe_api.billing.new_invoice import INVOICE_ITEM, draft_for_period, finalizing, invoice_of_period
from paysandbox.stripe_api.billing.new_subscription import having
from paysandbox.stripe_api.billing.prices import Snapshot
from paysandbox.stripe_api.billing.subscription_shown import item_name
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.ids import charge_id
from paysandbox.stripe_api.objects.stored_method import DEFAULT_METHOD
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.declaration import Stored

_DAY: Final = timedelta(days=1)


@record(kw_only=True)
class Sold:
    """A price that is sold: as of when it was put up for sale, how often, and what its product is called."""

    price: Snapshot
    quantity: int
    name: str
    unit_label: str | None = None
    metadata: Attributes | None = None

    @property
    def recurs(self) -> bool:
        """Whether it is an item of the subscription. Another is billed once, by its first invoice."""
        return bool(self.price["attributes"].get("recurring"))


@record(kw_only=True)
class Sale:
    """What a subscription is made of: who sells what to whom, its own fields, and its trial.

    `trial` is when that ends (Unix seconds), or how long it lasts from the creation on. The customer is the stored one,
    with the attributes of `as_billed` from now on. One who is new is stored with the subscription.
    """

    merchant: str
    seller: str
    customer: StoredObject
    as_billed: Attributes
    is_new_customer: bool = False
    sold: Sequence[Sold]
    fields: Attributes
    trial: int | timedelta | None = None


def subscription_of(merchant: str, seller: str) -> str:
    """Return the ID of the one subscription that an object of the merchant's sells, by the object's ID."""
    return f"sub_{ids.derive('sub', merchant, seller)}"


def first_invoice_of(merchant: str, seller: str, *, has_trial: bool) -> str:
    """Return the ID of the first invoice of the subscription that an object sells."""
    return invoice_of_period(merchant, subscription_of(merchant, seller), 0 if has_trial else 1)


def first_payment_of(merchant: str, seller: str, *, has_trial: bool) -> str:
    """Return the ID of the payment of that invoice. No request can create one with it."""
    return payment_id_of(merchant, first_invoice_of(merchant, seller, has_trial=has_trial))


def paid_by(payment: Payment, operation_id: str) -> Outcome | None:
    """Return the outcome of an attempt that a payment has recorded, or None: it has no outcome of its own."""
    return next((each for each in of_invoice.outcomes_of(payment) if each.id == operation_id), None)


def subscribed(sale: Sale, cause: Cause, outcome: Outcome | None, method: str | None) -> Stored:
    """Return a subscription as it is created, its first invoice, what that bills besides, and the customer.

    `outcome` is that of the invoice's payment, or None if nothing is due. `method` pays for it from now on.
    """
    subscription = _subscription(sale, cause, method)
    added = _billed_once(sale, subscription.id, cause)
    customer = replace(sale.customer, attributes=sale.as_billed)
    number: int = subscription.attributes[rules.NUMBER]
    draft, items = draft_for_period(subscription, customer, number, cause, added)
    invoice, counted = finalizing(draft, customer, cause.at, cause)
    if outcome is not None:
        attributes: Attributes = of_invoice.with_outcome(invoice.attributes, outcome, is_retry=False)
        if outcome.kind == of_invoice.APPROVED:
            attributes = {**attributes, "charge": charge_id(outcome.id)}
        invoice = replace(invoice, attributes=attributes)
    invoice = replace(invoice, version=1, changes=())
    attributes = {**subscription.attributes, rules.LATEST: invoice.id}
    subscription = replace(subscription, attributes=rules.with_invoice(attributes, invoice))
    owner = (_counting(sale, counted[0], subscription.id, cause),) if counted else ()
    new_items = (replace(each, version=1, changes=()) for each in items)
    return with_due(subscription), invoice, *new_items, *owner


def _subscription(sale: Sale, cause: Cause, method: str | None) -> StoredObject:
    name = subscription_of(sale.merchant, sale.seller)
    start = int(cause.at.timestamp())
    trial_end = start + sale.trial // _DAY * 86_400 if isinstance(sale.trial, timedelta) else sale.trial
    attributes = {
        **sale.fields,
        "currency": sale.sold[0].price["attributes"]["currency"],
        "customer": sale.customer.id,
        DEFAULT_METHOD: method,
        rules.ITEMS: _items(sale, name, start),
        rules.START: start,
        rules.ANCHOR: trial_end or start,
        rules.NUMBER: 0 if trial_end else 1,
        rules.STATUS: rules.TRIALING if trial_end else None,
        rules.TRIAL_START: start if trial_end else None,
        rules.TRIAL_END: trial_end,
        rules.WILL_END: rules.is_announced_at_once(start, trial_end),
    }
    return new_object(sale.merchant, rules.SUBSCRIPTION, name, without_defaults(attributes), cause)


def _items(sale: Sale, subscription: str, start: int) -> list[Attributes]:
    return [
        without_defaults(
            {
                "id": item_name(subscription, place),
                "created": start,
                "metadata": each.metadata or None,
                "name": each.name,
                "price": each.price,
                "quantity": each.quantity,
                "unit_label": each.unit_label,
            }
        )
        for place, each in enumerate(each for each in sale.sold if each.recurs)
    ]


def _billed_once(sale: Sale, subscription: str, cause: Cause) -> list[StoredObject]:
    """Return the invoice items of what is sold once."""
    at = int(cause.at.timestamp())
    items: list[StoredObject] = []
    for place, each in enumerate(each for each in sale.sold if not each.recurs):
        unit = rules.unit_of(each.price["attributes"])
        facts = {
            "amount": price_amount(unit, each.quantity),
            "currency": each.price["attributes"]["currency"],
            "customer": sale.customer.id,
            "description": each.name,
            "metadata": each.metadata or None,
            "period": {"start": at, "end": at},
            "price": each.price,
            "quantity": each.quantity if each.quantity != 1 else None,
            "subscription": subscription,
            "unit": unit,
        }
        name = f"ii_{ids.derive('ii', sale.merchant, subscription, str(place))}"
        items.append(new_object(sale.merchant, INVOICE_ITEM, name, without_defaults(facts), cause))
    return items


def _counting(sale: Sale, counted: StoredObject, subscription: str, cause: Cause) -> StoredObject:
    """Return the customer, who counts the number of the invoice and has the subscription."""
    attributes = having(counted.attributes, subscription)
    if sale.is_new_customer:
        return replace(sale.customer, attributes=attributes)
    return changed(sale.customer, attributes, cause)
