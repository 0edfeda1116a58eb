"""The rule for captures."""

from paysandbox.core.errors import Code
from paysandbox.core.guard import Guard, Path, Size
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.change import (
    AMOUNTS,
    CAPTURE_BEFORE,
    CAPTURES,
    REFUNDABLE,
    REMAINING,
    UNALLOCATED_REFUND,
    Change,
    Minus,
    Plus,
    Term,
    Value,
    same_currency,
    something_remains,
    unsettled,
    without_plan,
)
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import MAX_CAPTURES, Operation, Payment


def capture(
    payment_id: str,
    merchant: str,
    operation: Capture,
    *,
    amount: int | None,
    currency: str | None,
    current: Payment | None = None,
) -> Change:
    """Capture `amount`, or the remaining amount. A final capture releases the rest.

    Guards, in this order: currency_mismatch, payment_declined, already_voided / already_captured,
    authorization_expired (`now == capture_before` is already expired), too_many_captures, capture_exceeds_authorized,
    capture_declined (by the payment's plan).
    """
    guards = [
        *same_currency(currency),
        *something_remains(),
        Guard(CAPTURE_BEFORE, ">", format_timestamp(operation.at), Code.AUTHORIZATION_EXPIRED),
        Guard(Size(CAPTURES), "<", MAX_CAPTURES, Code.TOO_MANY_CAPTURES),
    ]
    captured: Term | int = Term(REMAINING) if amount is None else amount
    if amount is not None:
        guards.append(Guard(REMAINING, ">=", amount, Code.CAPTURE_EXCEEDS_AUTHORIZED))
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): captured,
        (*CAPTURES, operation.id): captured,
        REFUNDABLE: Plus(Term(REFUNDABLE), captured),
        REMAINING: 0 if amount is None or operation.final else Minus(Term(REMAINING), amount),
        **unsettled(operation.at),
    }
    remove: tuple[Path, ...] = ()
    if current is None or current.unallocated_refund is None:
        guards.append(Guard(UNALLOCATED_REFUND, "not_exists", None, None))
    else:
        # With a second capture, an amount refunded by the authorization's ID must be allocated to the first.
        (only,) = current.captures
        guards.append(Guard(UNALLOCATED_REFUND, "=", current.unallocated_refund, None))
        assign[*CAPTURES, only] = Minus(Term((*CAPTURES, only)), current.unallocated_refund)
        remove = (UNALLOCATED_REFUND,)
    also: tuple[Operation, ...] = ()
    if current is None:
        guards.append(without_plan())
    elif current.plan is not None:
        from paysandbox.payments.plan_rules import (  # few payments have a plan
            declined_capture,
            planned_capture,
        )

        guards += declined_capture(current.plan)
        operation, *delays = planned_capture(operation, current)
        also = tuple(delays)
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=operation,
        guards=tuple(guards),
        assign=assign,
        remove=remove,
        also=also,
    )
