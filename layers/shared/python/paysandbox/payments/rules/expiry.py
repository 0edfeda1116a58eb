"""The rule for authorizations that were not captured in time."""

from datetime import datetime

from paysandbox.core.guard import Guard
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import AMOUNTS, CAPTURE_BEFORE, REMAINING, Change, Term, something_remains
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import Payment


def expire(payment_id: str, merchant: str, operation: Expiry) -> Change:
    """Release the amount that was not captured in time.

    Guards, in this order: payment_declined, already_voided / already_captured; then that the authorization has expired
    (also at `now == capture_before`), without an error code, because the caller has checked it.
    """
    guards = (
        *something_remains(),
        Guard(CAPTURE_BEFORE, "<=", format_timestamp(operation.at), None),
    )
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=operation,
        guards=guards,
        assign={(*AMOUNTS, operation.id): Term(REMAINING), REMAINING: 0},
    )


def expires_at(payment: Payment) -> datetime | None:
    """Return when the remaining amount will be released, or None if there is none (and never will be)."""
    return payment.capture_before if payment.remaining else None


def is_stale(payment: Payment) -> bool:
    """Whether a payment has a due time, but nothing left to expire or to settle."""
    return payment.due_at is not None and not payment.remaining and payment.unsettled_since is None
