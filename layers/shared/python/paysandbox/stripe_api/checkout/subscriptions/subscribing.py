"""The subscription that a Checkout session in mode `subscription` sells. It is created when the session is complete.

Source: Stripe, "Checkout Sessions" (API reference), and its changelog, 2025-03-31.basil: Checkout creates a
subscription after its first payment. Here it does so in every version.
"""

from datetime import timedelta
from typing import Final

from paysandbox.core.record import replace
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing.invoice import Outcome
from paysandbox.stripe_api.billing.paid_subscription import (
    Sale,
    Sold,
    first_invoice_of,
    first_payment_of,
    paid_by,
    subscribed,
)
from paysandbox.stripe_api.checkout.line_item import SNAPSHOT, items_of
from paysandbox.stripe_api.checkout.rules import INVOICE, SUBSCRIPTION, SUBSCRIPTION_DATA, has_trial
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object
from paysandbox.stripe_api.payment_methods.saving import saved_card
from paysandbox.stripe_api.resource_kit.declaration import Stored

DESCRIPTION: Final = "Subscription creation"
"""Of the payment. Stripe's words, as recorded."""

_CUSTOMER: Final = "customer"
_TRIAL: Final = ("trial_end", "trial_period_days")


def payment_id_of_sale(session: StoredObject) -> str:
    """Return the ID of the payment of a session: that of the first invoice of its subscription."""
    return first_payment_of(session.merchant, session.id, has_trial=has_trial(session.attributes))


def invoice_of_sale(session: StoredObject) -> str:
    """Return the ID of that invoice. It exists once the session is complete."""
    return first_invoice_of(session.merchant, session.id, has_trial=has_trial(session.attributes))


def sold_by(
    session: StoredObject,
    cause: Cause,
    customer: StoredObject | None,
    taken: Attributes,
    *,
    payment: Payment | None = None,
    method: str | None = None,
    is_new_customer: bool = False,
) -> Stored:
    """Return what is stored with a session that is complete: the subscription, its first invoice, which this payment
    has paid or may still pay, and the customer.

    The customer takes over `taken` from the session. None: there is none any more. `method` pays for the subscription
    if nothing is due yet.
    """
    outcome: Outcome | None = paid_by(payment, cause.operation_id) if payment is not None else None
    saved = saved_card(payment) if payment is not None else None
    sale = replace(_sale(session, cause, customer, taken), is_new_customer=is_new_customer)
    return subscribed(sale, cause, outcome, saved.method_id if saved is not None else method)


def with_sale(attributes: Attributes, sold: Stored) -> Attributes:
    """Return a complete session that names what it has sold."""
    subscription, invoice, *_ = sold
    return {**attributes, SUBSCRIPTION: subscription.id, INVOICE: invoice.id}


def _sale(session: StoredObject, cause: Cause, customer: StoredObject | None, taken: Attributes) -> Sale:
    attributes = session.attributes
    data: Attributes = attributes.get(SUBSCRIPTION_DATA, {})
    days = data.get("trial_period_days")
    # Of a customer who is gone, there is the ID alone. The subscription ends when it would be renewed.
    gone = new_object(session.merchant, _CUSTOMER, attributes[_CUSTOMER], {}, cause)
    stored = customer or replace(gone, deleted=True)
    return Sale(
        merchant=session.merchant,
        seller=session.id,
        customer=stored,
        as_billed={**stored.attributes, **taken},
        sold=[
            Sold(
                price=item[SNAPSHOT],
                quantity=item["quantity"],
                name=item["description"],
                unit_label=item.get("unit_label"),
                metadata=item.get("metadata"),
            )
            for item in items_of(attributes)
        ],
        fields={
            "automatic_tax": attributes.get("automatic_tax"),
            **{field: value for field, value in data.items() if field not in _TRIAL},
        },
        trial=timedelta(days=days) if days else data.get("trial_end"),
    )
