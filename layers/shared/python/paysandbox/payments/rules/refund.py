"""The rules for refunds: of one capture, or of a payment."""

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path, Size, StoredValue
from paysandbox.core.record import replace
from paysandbox.payments.change import (
    AMOUNTS,
    CAPTURES,
    DISPUTE,
    REFUNDABLE,
    UNALLOCATED_REFUND,
    VERSION,
    Change,
    Minus,
    Plus,
    Term,
    Value,
    same_currency,
    unsettled,
    without_plan,
)
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CHARGEBACK, DISPUTE_ROOM, INQUIRY, MAX_AMOUNTS, Payment, state_of
from paysandbox.payments.refusals import not_found

MAX_REFUND_METADATA_BYTES = 1_000
"""The same limit as a reason's, so that all refunds fit into the payment's item."""


def parse_refund_target(transaction_id: str) -> tuple[str, str | None]:
    """Return the payment ID and capture ID (None: the only one) of a refund. Refuses IDs of other operations."""
    kind = ids.kind_of(transaction_id)
    payment_id = ids.payment_of(transaction_id)
    if payment_id is None or kind not in (ids.AUTHORIZATION, ids.CAPTURE):
        raise not_found()
    return payment_id, transaction_id if kind == ids.CAPTURE else None


def refund(
    payment_id: str,
    merchant: str,
    operation: Refund,
    *,
    amount: int | None,
    currency: str | None,
    current: Payment | None = None,
    if_several_captures: Code | None = Code.CAPTURE_AMBIGUOUS,
) -> Change:
    """Refund `amount` of one capture, or its refundable amount. Never more, even with concurrent requests.

    Guards, in this order: currency_mismatch, resource_not_found (no such capture) or not_captured /
    `if_several_captures` (by the authorization's ID; None: the rule runs again), too_many_refunds, already_refunded,
    refund_exceeds_captured.
    """
    guards = [*same_currency(currency)]
    if operation.capture_id is None:
        guards += [
            _not_disputed(current),
            Guard(Size(CAPTURES), ">", 0, Code.NOT_CAPTURED),
            Guard(Size(CAPTURES), "<=", 1, if_several_captures),
        ]
    else:
        of_capture = Guard((*CAPTURES, operation.capture_id), "exists", None, Code.RESOURCE_NOT_FOUND)
        guards += [of_capture, _not_disputed(current)]
    guards += _room(current)
    if current is None:
        guards.append(without_plan())
    if operation.capture_id is None:
        change = _refund_by_authorization(payment_id, merchant, operation, guards, amount)
    else:
        of = (*CAPTURES, operation.capture_id)
        change = _refund_by_capture(payment_id, merchant, operation, of, guards, amount, current)
    return ending_inquiry(change, current)


def _refund_by_authorization(
    payment_id: str, merchant: str, operation: Refund, guards: list[Guard], amount: int | None
) -> Change:
    # The ID of the only capture is unknown here and not needed: `refundable` is its refundable amount.
    guards.append(Guard(REFUNDABLE, ">", 0, Code.ALREADY_REFUNDED))
    refunded: Term | int = Term(REFUNDABLE) if amount is None else amount
    if amount is not None:
        guards.append(Guard(REFUNDABLE, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED))
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): refunded,
        REFUNDABLE: 0 if amount is None else Minus(Term(REFUNDABLE), amount),
        UNALLOCATED_REFUND: Plus(Term(UNALLOCATED_REFUND, absent=0), refunded),
        **unsettled(operation.at),
    }
    return Change(payment_id=payment_id, merchant=merchant, operation=operation, guards=tuple(guards), assign=assign)


def _refund_by_capture(
    payment_id: str,
    merchant: str,
    operation: Refund,
    of: Path,
    guards: list[Guard],
    amount: int | None,
    current: Payment | None,
) -> Change:
    guards += [
        Guard(of, ">", 0, Code.ALREADY_REFUNDED),
        Guard(REFUNDABLE, ">", 0, Code.ALREADY_REFUNDED),
    ]
    refunded: Term | int
    if amount is not None:
        refunded = amount
        guards += [
            Guard(of, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED),
            Guard(REFUNDABLE, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED),
        ]
    elif current is None:
        refunded = Term(of)
        guards.append(Guard(REFUNDABLE, ">=", StoredValue(of), None))
    else:
        # Part of this capture was refunded by the authorization's ID, so its refundable amount is the smaller counter.
        refunded = min(current.captures.get(of[-1], 0), current.refundable)
        guards += [Guard(of, ">=", refunded, None), Guard(REFUNDABLE, "=", current.refundable, None)]
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): refunded,
        of: Minus(Term(of), refunded),
        REFUNDABLE: Minus(Term(REFUNDABLE), refunded),
        **unsettled(operation.at),
    }
    return Change(payment_id=payment_id, merchant=merchant, operation=operation, guards=tuple(guards), assign=assign)


def refund_payment(
    payment_id: str, merchant: str, operation: Refund, *, amount: int | None, current: Payment | None = None
) -> Change:
    """Refund `amount` of a payment, or its refundable amount, from its captures, oldest first.

    With a single capture, no read is needed. Refuses metadata that is too long (parameter_invalid). Guards, in this
    order: not_captured, too_many_refunds, already_refunded, refund_exceeds_captured.
    """
    if len((operation.metadata or "").encode()) > MAX_REFUND_METADATA_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"Metadata of a refund can have at most {MAX_REFUND_METADATA_BYTES:,} bytes of JSON.",
            "metadata",
        )
    if current is None or len(current.captures) <= 1:
        return refund(
            payment_id, merchant, operation, amount=amount, currency=None, current=current, if_several_captures=None
        )
    total = current.refundable if amount is None else amount
    left, spread = total, list[tuple[str, int]]()
    for capture_id in state_of(current).captures:  # oldest first
        if part := min(left, current.captures[capture_id]):
            spread.append((capture_id, part))
            left -= part
    guards = (
        _not_disputed(current),
        Guard(VERSION, "=", current.version, None),
        *_room(current),
        Guard(REFUNDABLE, ">", 0, Code.ALREADY_REFUNDED),
        Guard(REFUNDABLE, ">=", total, Code.REFUND_EXCEEDS_CAPTURED),
    )
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): total,
        **{(*CAPTURES, capture_id): Minus(Term((*CAPTURES, capture_id)), part) for capture_id, part in spread},
        REFUNDABLE: Minus(Term(REFUNDABLE), total),
        **unsettled(operation.at),
    }
    change = Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=replace(operation, spread=tuple(spread)),
        guards=guards,
        assign=assign,
    )
    return ending_inquiry(change, current)


def _not_disputed(current: Payment | None) -> Guard:
    """Return the guard of a refund: during a chargeback, it would return the money twice.

    A rule that has not seen the payment runs again if there is a dispute, or was one. During an inquiry, refunds are
    possible.
    """
    if current is None or current.dispute is None:
        return Guard(DISPUTE, "not_exists", None, None)
    if current.dispute == CHARGEBACK:
        return Guard(DISPUTE, "not_exists", None, Code.CHARGE_DISPUTED)
    return Guard(DISPUTE, "=", current.dispute, None)


def _room(current: Payment | None) -> tuple[Guard, ...]:
    """Return the guards of a refund that keep the payment's item below DynamoDB's limit."""
    if current is None or current.dispute is None:
        return (Guard(Size(AMOUNTS), "<", MAX_AMOUNTS, Code.TOO_MANY_REFUNDS),)
    left = MAX_AMOUNTS - DISPUTE_ROOM * len(state_of(current).disputes)
    return (
        Guard(VERSION, "=", current.version, None),
        Guard(Size(AMOUNTS), "<", left, Code.TOO_MANY_REFUNDS),
    )


def ending_inquiry(change: Change, current: Payment | None) -> Change:
    """Let a refund that succeeds end an inquiry, if it leaves nothing to refund."""
    if current is None or current.dispute != INQUIRY:
        return change
    from paysandbox.payments.disputes.rules import ended_by_refund  # few payments have a dispute

    return ended_by_refund(change, current)
