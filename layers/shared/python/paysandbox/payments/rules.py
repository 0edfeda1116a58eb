"""The rules for payments: authorize, capture, void, expire, refund. Each returns the change to record, with its guards.

Nothing is read first. If a rule depends on stored data that it does not have (for example, an earlier refund by the
authorization's ID when making a second capture), its guard has no error code. If that guard fails, the rule runs again
with the stored payment as `current`.
"""

from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path, Size, StoredValue
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.acquirer import Answer
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.change import Change, Minus, Plus, Term, Value
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import (
    CHARGEBACK,
    DISPUTE_ROOM,
    INQUIRY,
    MAX_AMOUNTS,
    MAX_CAPTURES,
    NO_ANNOTATIONS,
    Annotations,
    Operation,
    Payment,
    Status,
    state_of,
)

if TYPE_CHECKING:
    from paysandbox.payments.operations.capture import Capture
    from paysandbox.payments.operations.expiry import Expiry
    from paysandbox.payments.operations.refund import Refund
    from paysandbox.payments.operations.void import Void

REMAINING: Path = ("remaining",)
REFUNDABLE: Path = ("refundable",)
CAPTURES: Path = ("captures",)
AMOUNTS: Path = ("amounts",)
UNALLOCATED_REFUND: Path = ("unallocated_refund",)
CAPTURE_BEFORE: Path = ("capture_before",)
CURRENCY: Path = ("currency",)
DUE_AT: Path = ("due_at",)
CREATED_AT: Path = ("created_at",)
UNSETTLED_SINCE: Path = ("unsettled_since",)
VERSION: Path = ("version",)
PLAN: Path = ("plan",)
DISPUTE: Path = ("dispute",)

MAX_REFUND_METADATA_BYTES = 1_000
"""The same limit as a reason's, so that all refunds fit into the payment's item."""


@record(kw_only=True)
class Order:
    """A merchant's authorization request."""

    merchant: str
    amount: int
    currency: str
    automatic: bool = False
    annotations: Annotations = NO_ANNOTATIONS


def order(
    *, merchant: str, amount: int, minimum_amount: int, currency: str, automatic: bool, annotations: Annotations
) -> Order:
    """Build an order. Raises Refused(amount_too_small) if the amount is below the environment's minimum."""
    check_minimum(amount, minimum_amount, currency)
    return Order(merchant=merchant, amount=amount, currency=currency, automatic=automatic, annotations=annotations)


def check_minimum(amount: int, minimum: int, currency: str) -> None:
    """Raise Refused(amount_too_small) for an amount below the environment's minimum (minor units)."""
    if amount < minimum:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"The amount must be at least {amount_with_code(minimum, currency)}.", "amount"
        )


def parse_refund_target(transaction_id: str) -> tuple[str, str | None]:
    """Return the payment ID and capture ID (None: the only one) of a refund. Refuses IDs of other operations."""
    kind = ids.kind_of(transaction_id)
    payment_id = ids.payment_of(transaction_id)
    if payment_id is None or kind not in (ids.AUTHORIZATION, ids.CAPTURE):
        raise not_found()
    return payment_id, transaction_id if kind == ids.CAPTURE else None


def authorize(
    order: Order,
    *,
    card: Card,
    answer: Answer,
    payment_id: str,
    request_id: str,
    fingerprint: Fingerprint,
    now: datetime,
    validity_s: int,
    retention_s: int,
    contract: int,
) -> Payment:
    """Build the payment for the bank's response. With automatic capture, it includes the capture.

    Its amount is the approved amount, which may be less than requested. A declined payment has no hold and no due time.
    """
    requested = order.amount if answer.amount != order.amount else None
    authorization = Authorization(
        id=payment_id,
        request_id=request_id,
        at=now,
        contract=contract,
        card=card,
        response=answer.response,
        requested=requested,
        authentication=AuthenticationResult.AUTHENTICATED if answer.frictionless else None,
    )
    payment = new_payment(
        order,
        (authorization,),
        authorized=answer.amount,
        fingerprint=fingerprint,
        validity_s=validity_s,
        retention_s=retention_s,
        has_hold=not authorization.decline and not order.automatic,
    )
    if authorization.decline or not order.automatic:
        return payment
    from paysandbox.payments.operations.capture import Capture  # an authorization loads its own kind alone

    suffix = ids.derive(payment_id, ids.CAPTURE, length=ids.SUFFIX_LENGTH)
    capture = Capture(
        id=ids.operation_id(ids.CAPTURE, payment_id, suffix), request_id=request_id, at=now, contract=contract
    )
    return replace(
        payment,
        operations=(authorization, capture),
        version=2,
        remaining=0,
        refundable=answer.amount,
        captures={capture.id: answer.amount},
        amounts={capture.id: answer.amount},
        due_at=now,
        unsettled_since=now,
    )


def new_payment(
    order: Order,
    operations: tuple[Operation, ...],
    *,
    authorized: int,
    fingerprint: Fingerprint,
    validity_s: int,
    retention_s: int,
    has_hold: bool = False,
) -> Payment:
    """Build the payment that begins with these operations. It has the ID and the time of the first.

    With a hold, all that is authorized remains to be captured, within `validity_s` seconds.
    """
    first = operations[0]
    capture_before = first.at + timedelta(seconds=validity_s)
    return Payment(
        id=first.id,
        merchant=order.merchant,
        currency=order.currency,
        authorized=authorized,
        capture_before=capture_before,
        created_at=first.at,
        fingerprint=fingerprint,
        operations=operations,
        version=len(operations),
        purge_at=int(first.at.timestamp()) + retention_s,
        remaining=authorized if has_hold else None,
        due_at=first.at if has_hold else None,
        automatic=order.automatic,
        annotations=order.annotations,
    )


def capture(
    payment_id: str,
    merchant: str,
    operation: "Capture",
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
        *_same_currency(currency),
        *_something_remains(),
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
        guards.append(_without_plan())
    elif current.plan is not None:
        from paysandbox.payments.plan_rules import declined_capture, planned_capture  # few payments have a plan

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


def void(payment_id: str, merchant: str, operation: "Void", *, current: Payment | None = None) -> Change:
    """Release the uncaptured amount, or end an attempt that the bank has not answered yet.

    Guards, in this order: payment_declined (the rule runs again first), already_voided / already_captured,
    authorization_expired.
    """
    if current is not None and state_of(current).attempt is not None:
        return end_unapproved(current, operation)
    if_never_approved = Code.PAYMENT_DECLINED if current is not None else None
    guards = (
        *_something_remains(if_never_approved),
        Guard(CAPTURE_BEFORE, ">", format_timestamp(operation.at), Code.AUTHORIZATION_EXPIRED),
    )
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=operation,
        guards=guards,
        assign={(*AMOUNTS, operation.id): Term(REMAINING), REMAINING: 0},
    )


def end_unapproved(current: Payment, operation: "Void") -> Change:
    """End a payment of which nothing was approved. There is no amount to release."""
    guards = (Guard(VERSION, "=", current.version, None), Guard(REMAINING, "not_exists", None, None))
    return Change(
        payment_id=current.id,
        merchant=current.merchant,
        operation=operation,
        guards=guards,
        assign={(*AMOUNTS, operation.id): 0, REMAINING: 0},
    )


def expire(payment_id: str, merchant: str, operation: "Expiry") -> Change:
    """Release the amount that was not captured in time.

    Guards, in this order: payment_declined, already_voided / already_captured; then that the authorization has expired
    (also at `now == capture_before`), without an error code, because the caller has checked it.
    """
    guards = (
        *_something_remains(),
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


def refund(
    payment_id: str,
    merchant: str,
    operation: "Refund",
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
    guards = [*_same_currency(currency)]
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
        guards.append(_without_plan())
    if operation.capture_id is None:
        change = _refund_by_authorization(payment_id, merchant, operation, guards, amount)
    else:
        of = (*CAPTURES, operation.capture_id)
        change = _refund_by_capture(payment_id, merchant, operation, of, guards, amount, current)
    return ending_inquiry(change, current)


def _refund_by_authorization(
    payment_id: str, merchant: str, operation: "Refund", guards: list[Guard], amount: int | None
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
    operation: "Refund",
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
    payment_id: str, merchant: str, operation: "Refund", *, amount: int | None, current: Payment | None = None
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


class Verdict(Enum):
    """Why a change was not written, if the reason is not an error."""

    REPLAY = auto()
    """The operation is already recorded."""
    AGAIN = auto()
    """The rule must run again with the stored payment."""


def judge(change: Change, current: Payment | None) -> Verdict:
    """Return why a change was not written, by evaluating its guards against the stored payment.

    Raises Refused: resource_not_found for a missing payment and for another merchant's alike, else the error of the
    first guard that fails, with what would be possible instead.
    """
    if current is None or current.merchant != change.merchant:
        raise not_found()
    # `amounts` cannot be used here, because a settlement has none.
    if any(operation.id == change.operation.id for operation in current.operations):
        return Verdict.REPLAY
    facts = current.facts()
    failed = next((guard for guard in change.guards if not guard.holds(facts)), None)
    if failed is None:
        raise AssertionError(f"{current.id} passes every guard of {change}, but the write was rejected")
    if failed.refusal is None:
        return Verdict.AGAIN
    raise _refusal(failed.refusal, change, current)


def not_found() -> Refused:
    """Return the same error for unknown, malformed and other merchants' IDs, so that it does not reveal which."""
    return Refused(Code.RESOURCE_NOT_FOUND, "This merchant has no payment or operation with this id.")


_NOT_AUTHORIZED: Final = {
    Status.PENDING: Code.PAYMENT_PENDING,
    Status.REQUIRES_ACTION: Code.PAYMENT_REQUIRES_ACTION,
    Status.PROCESSING: Code.PAYMENT_PROCESSING,
}
_ENDED: Final = {
    Status.VOIDED: Code.ALREADY_VOIDED,
    Status.EXPIRED: Code.AUTHORIZATION_EXPIRED,
    Status.REVERSED: Code.AUTHORIZATION_REVERSED,
}


def _refusal(code: Code, change: Change, current: Payment) -> Refused:
    state = state_of(current)
    if code is Code.RESOURCE_NOT_FOUND:
        return not_found()
    if code is Code.PAYMENT_DECLINED:
        code = _NOT_AUTHORIZED.get(state.status, code)
    if code is Code.ALREADY_CAPTURED and state.ended is not None:
        code = _ENDED[state.ended]
    possible: dict[str, Any] = {
        "current_status": str(state.status),
        "currency": current.currency,
        "remaining": 0 if code is Code.AUTHORIZATION_EXPIRED else state.remaining,
        "refundable": current.refundable,
    }
    from paysandbox.payments.operations.refund import Refund  # only for an operation that was refused

    if isinstance(change.operation, Refund):
        possible["captures"] = [
            {"transaction_id": capture_id, "amount": balance.amount, "refundable": balance.refundable}
            for capture_id, balance in state.captures.items()
        ]
    if code is Code.CAPTURE_DECLINED:
        from paysandbox.payments.plan_rules import planned_decline  # few payments have a plan

        possible |= planned_decline(current)
    if code is Code.AUTHORIZATION_EXPIRED:
        possible["expires_at"] = _expired_at(current)
    return Refused(code, _detail(code, current, possible), possible=possible)


def _expired_at(payment: Payment) -> str:
    """Return when an authorization expired: a bank may drop it before its time."""
    from paysandbox.payments.operations.expiry import Expiry  # only for an operation that was refused

    expiries = [operation.at for operation in payment.operations if isinstance(operation, Expiry)]
    return format_timestamp(min([payment.capture_before, *expiries]))


def _detail(code: Code, current: Payment, possible: dict[str, Any]) -> str:
    match code:
        case Code.CAPTURE_EXCEEDS_AUTHORIZED:
            return f"{amount_with_code(possible['remaining'], current.currency)} remains to be captured."
        case Code.REFUND_EXCEEDS_CAPTURED:
            return f"{amount_with_code(possible['refundable'], current.currency)} of the payment can still be refunded."
        case Code.AUTHORIZATION_EXPIRED:
            return f"The authorization expired at {possible['expires_at']}. Authorize the payment again."
        case Code.CURRENCY_MISMATCH:
            return f"The authorization is in {current.currency}."
        case Code.CAPTURE_DECLINED:
            return f"The bank declined the capture ({possible['decline_code']}). The hold remains."
        case _:
            return _DETAILS.get(code, "")


_DETAILS: Final = {
    Code.PAYMENT_REQUIRES_ACTION: "Authenticate the cardholder first: open the URL in next_action.",
    Code.PAYMENT_PROCESSING: "Wait for the event payment_authorized or payment_declined.",
    Code.ALREADY_CAPTURED: "The authorization was fully captured. To return money, refund a capture.",
    Code.CHARGE_DISPUTED: "The cardholder disputes the payment. Respond to the dispute, or accept it.",
    Code.NOT_CAPTURED: "Nothing was captured. Void the authorization instead.",
}


def _same_currency(currency: str | None) -> tuple[Guard, ...]:
    return () if currency is None else (Guard(CURRENCY, "=", currency, Code.CURRENCY_MISMATCH),)


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


def _without_plan() -> Guard:
    """Return the guard of a rule that has not seen the payment: with a plan, it must run again."""
    return Guard(PLAN, "not_exists", None, None)


def _something_remains(if_never_approved: Code | None = Code.PAYMENT_DECLINED) -> tuple[Guard, ...]:
    return (
        Guard(REMAINING, "exists", None, if_never_approved),
        Guard(REMAINING, ">", 0, Code.ALREADY_CAPTURED),
    )


def unsettled(now: datetime) -> dict[Path, Value]:
    """Return what makes a payment due for settlement, unless it already is. With a hold, it has a due time already."""
    since = Term(UNSETTLED_SINCE, absent=format_timestamp(now))
    return {DUE_AT: Term(CREATED_AT), UNSETTLED_SINCE: since}
