"""The rule for voids."""

from paysandbox.core.errors import Code
from paysandbox.core.guard import Guard
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import (
    AMOUNTS,
    CAPTURE_BEFORE,
    REMAINING,
    VERSION,
    Change,
    Term,
    something_remains,
)
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import Payment, state_of


def void(payment_id: str, merchant: str, operation: Void, *, current: Payment | None = None) -> Change:
    """Release the uncaptured amount, or end an attempt that the bank has not answered yet.

    Guards, in this order: payment_declined (the rule runs again first), already_voided / already_captured,
    authorization_expired.
    """
    if current is not None and state_of(current).attempt is not None:
        return end_unapproved(current, operation)
    if_never_approved = Code.PAYMENT_DECLINED if current is not None else None
    guards = (
        *something_remains(if_never_approved),
        Guard(CAPTURE_BEFORE, ">", format_timestamp(operation.at), Code.AUTHORIZATION_EXPIRED),
    )
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=operation,
        guards=guards,
        assign={(*AMOUNTS, operation.id): Term(REMAINING), REMAINING: 0},
    )


def end_unapproved(current: Payment, operation: Void) -> Change:
    """End a payment of which nothing was approved. There is no amount to release."""
    guards = (Guard(VERSION, "=", current.version, None), Guard(REMAINING, "not_exists", None, None))
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=guards,
        assign={(*AMOUNTS, operation.id): 0, REMAINING: 0},
    )
