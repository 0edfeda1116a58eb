"""The rule for increments of an authorization."""

from collections.abc import Callable
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path, Size
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.increments import planned_response
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import (
    AMOUNTS,
    CAPTURE_BEFORE,
    CAPTURES,
    REMAINING,
    VERSION,
    Change,
    Plus,
    Term,
    Value,
    same_currency,
    something_remains,
)
from paysandbox.payments.limits import MAX_AMOUNT
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.payment import MAX_INCREMENTS, Payment, state_of

_NEVER: Final = Guard(VERSION, "<", 0, Code.TOO_MANY_INCREMENTS)


def increment(
    payment_id: str,
    merchant: str,
    operation: Increment,
    *,
    amount: Callable[[Payment], int],
    currency: str | None,
    requested: Response | None = None,
    current: Payment | None = None,
) -> Change:
    """Hold more, as `requested` of the bank, else by the payment's plan. `amount` returns the difference.

    How often it was tried is known only to the stored payment, so the change needs `current`. The hold ends when it
    would have ended. Guards, in this order: currency_mismatch, payment_declined, already_voided / already_captured,
    authorization_expired (`now == capture_before` is already expired), partially_captured, too_many_increments. Raises
    Refused(amount_too_large) for a total above that of any authorization, and as `amount` does.
    """
    guards = [
        *same_currency(currency),
        *something_remains(),
        Guard(CAPTURE_BEFORE, ">", format_timestamp(operation.at), Code.AUTHORIZATION_EXPIRED),
        Guard(Size(CAPTURES), "<", 1, Code.PARTIALLY_CAPTURED),
    ]
    if current is None:
        return Change(
            payment_id=payment_id,
            merchant=merchant,
            operation=operation,
            guards=tuple(guards),
            assign={},
            needs_current=True,
        )
    if attempts_of(current) >= MAX_INCREMENTS:
        guards.append(_NEVER)
    guards.append(Guard(VERSION, "=", current.version, None))
    more, authorized = amount(current), state_of(current).authorized
    if authorized + more > MAX_AMOUNT:
        most = amount_with_code(MAX_AMOUNT, current.currency)
        raise Refused(Code.AMOUNT_TOO_LARGE, f"At most {most} can be authorized.", "amount")
    response = planned_response(current.plan) if requested is None else requested
    operation = replace(operation, response=response, terms=None if response.decline else operation.terms)
    assign: dict[Path, Value] = {(*AMOUNTS, operation.id): more}
    if not response.decline:
        assign[REMAINING] = Plus(Term(REMAINING), more)
    return Change(payment_id=payment_id, merchant=merchant, operation=operation, guards=tuple(guards), assign=assign)


def attempts_of(payment: Payment) -> int:
    """Return how often an increment of the payment was tried."""
    return sum(isinstance(operation, Increment) for operation in payment.operations)
