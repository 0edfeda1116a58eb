"""Stripe's Refund: a refund of captured money, or the release of an authorization. Other objects appear as IDs.

In versions before 2025-03-31.basil, Stripe shows what a final capture, a cancellation or an expiry releases as a refund
of the charge, although no money moves. Such a refund is derived: it is no operation of its own, and has no native
document.
"""

import json
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operation import Expiry, Notes, Refund
from paysandbox.payments.payment import Payment, Step, steps
from paysandbox.stripe_api.ids import charge_id, intent_id, refund_id
from paysandbox.stripe_api.method import method_at
from paysandbox.stripe_api.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.version import shows_releases

REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
"""Stripe's reasons. A refund from another API with any other reason shows none."""

EXPIRED: Final = "expired_uncaptured_charge"
"""Stripe's reason for the refund of an authorization that was not captured in time."""


def refunded_by(step: Step, version: str) -> int:
    """Return the amount that this version shows as a refund of this operation (minor units): 0 if it shows none."""
    if isinstance(step.operation, Refund):
        return step.amount
    return step.after.released - step.before.released if shows_releases(version) else 0


def refunds_of(payment: Payment, version: str) -> list[str]:
    """Return the operations of a payment that this version shows as refunds, newest first."""
    return [step.operation.id for step in steps(payment) if refunded_by(step, version)][::-1]


def refund_notes(snapshot: PaymentSnapshot, operation_id: str) -> Notes:
    """Return the notes on a refund: those it was created with, or last updated to."""
    operation = snapshot.step(operation_id).operation
    first = Notes(metadata=operation.metadata) if isinstance(operation, Refund) else Notes()
    return snapshot.notes_on(operation_id, first)


def refund_body(snapshot: PaymentSnapshot, operation_id: str) -> Body:
    """Return the Refund of an operation. Raises AssertionError for one that its version does not show as a refund."""
    step = snapshot.step(operation_id)
    operation, approved, amount = step.operation, snapshot.approved, refunded_by(step, snapshot.version)
    if not amount or approved is None:
        raise AssertionError(f"{operation_id} is not a refund")
    refund = operation if isinstance(operation, Refund) else None
    metadata = refund_notes(snapshot, operation_id).metadata
    reason = refund.reason if refund and refund.reason in REASONS else None
    return {
        "id": refund_id(operation.id),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge_id(approved.id),
        "created": int(operation.at.timestamp()),
        "currency": snapshot.payment.currency.lower(),
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund" if refund else "reversal"}, "type": "card"},
        "metadata": json.loads(metadata) if metadata else {},
        "payment_intent": intent_id(snapshot.payment.id),
        "payment_method": method_at(snapshot, approved).id,
        "reason": EXPIRED if isinstance(operation, Expiry) else reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
