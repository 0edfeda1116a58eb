"""The places of events in their flow: in which order lists show what has happened at one and the same time.

What one request or one due time causes has its time, to the microsecond: the operations on a payment, and the objects
that precede or follow it. They are published by several streams, and stored in any order. So an event's place is a fact
of its type, and the same however often it is published.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.core.event_type import EventType

OF_PAYMENTS: Final = "*"
"""The row of the events that no other row names: of payments, disbursements and donations. Their sequence orders them,
as an operation's position in its payment does."""

FLOW_ORDER: Final[Sequence[str]] = (
    # What is sold, and for how much.
    "tax_rate.created",
    "tax_rate.updated",
    "product.created",
    "product.updated",
    "price.created",
    "price.updated",
    "product.deleted",
    "coupon.created",
    "coupon.updated",
    "coupon.deleted",
    "promotion_code.created",
    "promotion_code.updated",
    # Who pays, and with what.
    "customer.created",
    "customer.tax_id.created",
    "source.chargeable",
    "customer.source.created",
    "setup_intent.created",
    "setup_intent.requires_action",
    "payment_method.attached",
    "payment_method.updated",
    "customer.source.updated",
    "customer.updated",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "setup_intent.canceled",
    "invoiceitem.created",
    "invoice.created",
    "invoice.finalized",
    OF_PAYMENTS,
    # What follows from the payment.
    "shared_payment.granted_token.used",
    "shared_payment.granted_token.deactivated",
    "transfer.created",
    "transfer.updated",
    "transfer.reversed",
    "application_fee.created",
    "application_fee.refunded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice_payment.paid",
    "invoice.updated",
    "invoice.sent",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "customer.subscription.created",
    "customer.subscription.trial_will_end",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    # What ends.
    "invoiceitem.deleted",
    "invoice.deleted",
    "customer.source.deleted",
    "payment_method.detached",
    "customer.tax_id.deleted",
    "customer.deleted",
    # Accounts, and their payouts.
    "account.external_account.created",
    "account.external_account.updated",
    "account.external_account.deleted",
    "capability.updated",
    "account.updated",
    "account.application.deauthorized",
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    EventType.SETTLEMENT_COMPLETED,
    EventType.ENDPOINT_DISABLED,
)
"""The types of events, in order: Stripe's of objects, the sandbox's of everything else. An object's types are in the
order of its life. Stripe guarantees none; where logs of its events show one, it is theirs.

A new row may be put anywhere: a stored event keeps the place that it was stored with.
"""

_PLACES: Final = {str(kind): place for place, kind in enumerate(FLOW_ORDER)}


def place_in_flow(event: Mapping[str, Any]) -> int:
    """Return the place of an event among those of the same time, by its body. Raises LookupError or TypeError."""
    kind = event["type"]
    if kind == EventType.STRIPE_OBJECT_CHANGED:
        kind = event["data"]["type"]
    return _PLACES.get(kind, _PLACES[OF_PAYMENTS])
