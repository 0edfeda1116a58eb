"""Stripe's Refund: a refund of captured money, or the release of an authorization. Other objects appear as IDs.

In versions before 2025-03-31.basil, Stripe shows what a final capture, a cancellation or an expiry releases as a refund
of the charge, although no money moves. Such a refund is derived: it is no operation of its own, and has no native
document.
"""

import json
from datetime import timedelta
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.notes_updated import Notes
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import Payment, Step, steps
from paysandbox.payments.refund_status import OPEN_REFUND, RefundStatus
from paysandbox.stripe_api.ids import (
    balance_transaction_id,
    charge_id,
    refund_id,
    transfer_by,
    transfer_reversal_id,
)
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.objects.method import method_at
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot
from paysandbox.stripe_api.version_rows import shows_releases

REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
"""Stripe's reasons. A refund from another API with any other reason shows none."""

EXPIRED: Final = "expired_uncaptured_charge"
"""Stripe's reason for the refund of an authorization that was not captured in time."""

UNKNOWN: Final = "unknown"
"""Stripe's `failure_reason` of a refund that failed without one."""

ACTION_WITHIN: Final = timedelta(days=45)
"""How long a customer can claim a refund that requires an action ("Refund and cancel payments")."""

_EMAIL: Final = "customer@example.com"


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
    balance = snapshot.state.refunds[operation.id] if refund else None
    status = balance.status if balance else RefundStatus.SUCCEEDED
    type_of_release = "pending" if status in OPEN_REFUND else "refund" if refund else "reversal"
    return {
        "id": refund_id(operation.id),
        "object": "refund",
        "amount": snapshot.in_stripe_units(amount),
        "balance_transaction": balance_transaction_id(operation.id) if refund else None,
        "charge": charge_id(approved.id),
        "created": int(operation.at.timestamp()),
        "currency": snapshot.payment.currency.lower(),
        "customer": terms_of(snapshot.payment, snapshot.state).customer,
        "customer_account": None,
        "destination_details": {"card": {"type": type_of_release}, "type": "card"},
        "metadata": json.loads(metadata) if metadata else {},
        "payment_intent": snapshot.intent,
        "payment_method": method_at(snapshot, approved).id,
        "reason": EXPIRED if isinstance(operation, Expiry) else reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": str(status),
        "transfer_reversal": _transfer_reversal(snapshot, operation.id) if refund else None,
        **_open_or_failed(snapshot, operation.id, status),
        **_failure_balance_transaction(snapshot, operation.id),
    }


def _transfer_reversal(snapshot: PaymentSnapshot, refund: str) -> str | None:
    """Return the reversal that a refund has made of its charge's transfer, or None. Of several, the first."""
    step = snapshot.step(refund)
    reversed_captures = (
        capture
        for capture, share in step.after.shares.items()
        if capture in step.before.shares and share.reversed > step.before.shares[capture].reversed
    )
    capture = next(reversed_captures, None)
    return transfer_reversal_id(transfer_by(capture), refund) if capture else None


def _open_or_failed(snapshot: PaymentSnapshot, refund: str, status: RefundStatus) -> Body:
    """Return the fields of a refund that has not succeeded. One that has does not show them."""
    match status:
        case RefundStatus.PENDING:
            return {"pending_reason": "processing"}
        case RefundStatus.REQUIRES_ACTION:
            return {"next_action": _next_action(snapshot, refund)}
        case RefundStatus.FAILED:
            failure = snapshot.state.refunds[refund].failure
            return {"failure_reason": failure or UNKNOWN}
        case _:
            return {}


def _failure_balance_transaction(snapshot: PaymentSnapshot, refund: str) -> Body:
    """Return that of the failure of a refund, or of its cancellation. Any other refund does not show the field."""
    updates = (step.operation for step in snapshot.steps if isinstance(step.operation, RefundUpdated))
    for update in updates:
        if update.refund_id == refund and update.status in (RefundStatus.FAILED, RefundStatus.CANCELED):
            return {"failure_balance_transaction": balance_transaction_id(update.id)}
    return {}


def _next_action(snapshot: PaymentSnapshot, refund: str) -> Body:
    """Return what the customer must do: follow an email. None is sent here, and only the sandbox's own is named."""
    updates = [
        step.operation
        for step in snapshot.steps
        if isinstance(step.operation, RefundUpdated)
        and (step.operation.refund_id, step.operation.status) == (refund, RefundStatus.REQUIRES_ACTION)
    ]
    sent_at = updates[-1].at
    email = {"email_sent_at": int(sent_at.timestamp()), "email_sent_to": _EMAIL}
    expires_at = int((sent_at + ACTION_WITHIN).timestamp())
    return {"display_details": {"email_sent": email, "expires_at": expires_at}, "type": "display_details"}
