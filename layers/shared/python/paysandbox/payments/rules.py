"""Decisions about a payment: authorize, capture, void, expire, refund. Each returns what is to be recorded, and guards.

Nothing is read first. Where the first decision could not know something that the payment holds (a refund by the
authorization's id in the way of a second capture, say), its guard carries no refusal; the decision is then taken
again with the payment as it was `met`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from paysandbox.core import ids
from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path, Size, StoredValue
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.acquirer import Answer
from paysandbox.payments.card import Card
from paysandbox.payments.change import Change, Minus, Plus, Term, Value
from paysandbox.payments.operation import Authorization, Capture, Expiry, Refund, Void
from paysandbox.payments.payment import (
    MAX_AMOUNTS,
    MAX_CAPTURES,
    NO_ANNOTATIONS,
    Annotations,
    Payment,
    Status,
    state_of,
)

REMAINING: Path = ("remaining",)
REFUNDABLE: Path = ("refundable",)
CAPTURES: Path = ("captures",)
AMOUNTS: Path = ("amounts",)
UNALLOCATED_REFUND: Path = ("loose",)
CAPTURE_BEFORE: Path = ("capture_before",)
CURRENCY: Path = ("currency",)
DUE_AT: Path = ("due_at",)
UNSETTLED_SINCE: Path = ("unsettled_since",)
VERSION: Path = ("version",)

MAX_REFUND_METADATA_BYTES = 1_000
"""As much as a reason may have, so that all refunds fit into the payment's item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a merchant asks the bank for."""

    merchant: str
    amount: int
    currency: str
    automatic: bool = False
    annotations: Annotations = NO_ANNOTATIONS


def order(
    *, merchant: str, amount: int, minimum_amount: int, currency: str, automatic: bool, annotations: Annotations
) -> Order:
    """The order, if its amount is not below the environment's minimum. Refuses: amount_too_small."""
    at_least(amount, minimum_amount, currency)
    return Order(merchant=merchant, amount=amount, currency=currency, automatic=automatic, annotations=annotations)


def at_least(amount: int, minimum: int, currency: str) -> None:
    """Refuses an amount below the environment's minimum (minor units): amount_too_small."""
    if amount < minimum:
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"The amount must be at least {amount_with_code(minimum, currency)}.", "amount"
        )


def parse_refund_target(transaction_id: str) -> tuple[str, str | None]:
    """The payment that a refund is of, and its capture (None: the only one). Refuses ids that cannot be refunded."""
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
    """The payment that the bank's answer makes. An automatic one is captured in the same write.

    It is of the amount that the bank promises, which may be a part of what was asked for. A declined payment holds
    nothing, is never due and can only be looked at.
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
    )
    capture_before = now + timedelta(seconds=validity_s)
    held = not authorization.decline and not order.automatic
    payment = Payment(
        id=payment_id,
        merchant=order.merchant,
        currency=order.currency,
        authorized=answer.amount,
        capture_before=capture_before,
        created_at=now,
        fingerprint=fingerprint,
        operations=(authorization,),
        version=1,
        purge_at=int(now.timestamp()) + retention_s,
        remaining=answer.amount if held else None,
        due_at=capture_before if held else None,
        automatic=order.automatic,
        annotations=order.annotations,
    )
    if authorization.decline or not order.automatic:
        return payment
    own = ids.derive(payment_id, ids.CAPTURE, length=ids.SUFFIX_LENGTH)
    capture = Capture(
        id=ids.operation_id(ids.CAPTURE, payment_id, own), request_id=request_id, at=now, contract=contract
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


def capture(
    payment_id: str,
    merchant: str,
    operation: Capture,
    *,
    amount: int | None,
    currency: str | None,
    current: Payment | None = None,
) -> Change:
    """Take `amount` of the hold, or what remains of it. A final capture gives the rest back.

    Guards, in this order: currency_mismatch, payment_declined, already_voided / already_captured,
    authorization_expired (`now == capture_before` is already expired), too_many_captures, capture_exceeds_authorized.
    """
    guards = [
        *_same_currency(currency),
        *_something_remains(),
        Guard(CAPTURE_BEFORE, ">", format_timestamp(operation.at), Code.AUTHORIZATION_EXPIRED),
        Guard(Size(CAPTURES), "<", MAX_CAPTURES, Code.TOO_MANY_CAPTURES),
    ]
    taken: Term | int = Term(REMAINING) if amount is None else amount
    if amount is not None:
        guards.append(Guard(REMAINING, ">=", amount, Code.CAPTURE_EXCEEDS_AUTHORIZED))
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): taken,
        (*CAPTURES, operation.id): taken,
        REFUNDABLE: Plus(Term(REFUNDABLE), taken),
        REMAINING: 0 if amount is None or operation.final else Minus(Term(REMAINING), amount),
        **_unsettled(operation.at),
    }
    remove: tuple[Path, ...] = ()
    if current is None or current.unallocated_refund is None:
        guards.append(Guard(UNALLOCATED_REFUND, "not_exists", None, None))
    else:
        # From the second capture on, what was refunded by the authorization's id must weigh on the first alone.
        (only,) = current.captures
        guards.append(Guard(UNALLOCATED_REFUND, "=", current.unallocated_refund, None))
        assign[*CAPTURES, only] = Minus(Term((*CAPTURES, only)), current.unallocated_refund)
        remove = (UNALLOCATED_REFUND,)
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=operation,
        guards=tuple(guards),
        assign=assign,
        remove=remove,
    )


def void(
    payment_id: str, merchant: str, operation: Void, *, if_never_approved: Code | None = Code.PAYMENT_DECLINED
) -> Change:
    """Give back what is not captured.

    Guards, in this order: `if_never_approved` (None: the decision is taken again), already_voided / already_captured,
    authorization_expired.
    """
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


def expire(payment_id: str, merchant: str, operation: Expiry) -> Change:
    """Give back what nobody captured in time.

    Guards, in this order: payment_declined, already_voided / already_captured; then that the time is over
    (`now == capture_before` is), which refuses nobody: who asks has looked.
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
    """When what remains of it will be given back; None where nothing is left to give back, which stays so."""
    return payment.capture_before if payment.remaining else None


def is_stale(payment: Payment) -> bool:
    """Whether it has a due time and nothing that is ever due: neither a rest to expire nor anything to settle."""
    return payment.due_at is not None and not payment.remaining and payment.unsettled_since is None


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
    """Give back `amount` of one capture, or all that is left of it; never more, however many ask at once.

    Guards, in this order: currency_mismatch, resource_not_found (no such capture) or not_captured /
    `if_several_captures` (by the authorization's id; None: the decision is taken again), too_many_refunds,
    already_refunded, refund_exceeds_captured.
    """
    guards = [*_same_currency(currency)]
    if operation.capture_id is None:
        guards += [
            Guard(Size(CAPTURES), ">", 0, Code.NOT_CAPTURED),
            Guard(Size(CAPTURES), "<=", 1, if_several_captures),
        ]
    else:
        guards.append(Guard((*CAPTURES, operation.capture_id), "exists", None, Code.RESOURCE_NOT_FOUND))
    guards.append(Guard(Size(AMOUNTS), "<", MAX_AMOUNTS, Code.TOO_MANY_REFUNDS))
    if operation.capture_id is None:
        return _refund_by_authorization(payment_id, merchant, operation, guards, amount)
    return _refund_by_capture(
        payment_id, merchant, operation, (*CAPTURES, operation.capture_id), guards, amount, current
    )


def _refund_by_authorization(
    payment_id: str, merchant: str, operation: Refund, guards: list[Guard], amount: int | None
) -> Change:
    # The only capture's id is not known here, and is not needed: of one capture, `refundable` is all there is.
    guards.append(Guard(REFUNDABLE, ">", 0, Code.ALREADY_REFUNDED))
    given: Term | int = Term(REFUNDABLE) if amount is None else amount
    if amount is not None:
        guards.append(Guard(REFUNDABLE, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED))
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): given,
        REFUNDABLE: 0 if amount is None else Minus(Term(REFUNDABLE), amount),
        UNALLOCATED_REFUND: Plus(Term(UNALLOCATED_REFUND, absent=0), given),
        **_unsettled(operation.at),
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
    given: Term | int
    if amount is not None:
        given = amount
        guards += [
            Guard(of, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED),
            Guard(REFUNDABLE, ">=", amount, Code.REFUND_EXCEEDS_CAPTURED),
        ]
    elif current is None:
        given = Term(of)
        guards.append(Guard(REFUNDABLE, ">=", StoredValue(of), None))
    else:
        # All of this capture, of which some was refunded by the authorization's id: the smaller of both counters.
        given = min(current.captures[of[-1]], current.refundable)
        guards += [Guard(of, ">=", given, None), Guard(REFUNDABLE, "=", current.refundable, None)]
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): given,
        of: Minus(Term(of), given),
        REFUNDABLE: Minus(Term(REFUNDABLE), given),
        **_unsettled(operation.at),
    }
    return Change(payment_id=payment_id, merchant=merchant, operation=operation, guards=tuple(guards), assign=assign)


def refund_payment(
    payment_id: str, merchant: str, operation: Refund, *, amount: int | None, current: Payment | None = None
) -> Change:
    """Give back `amount` of the payment, or all that is left of it, of whichever captures hold it, the oldest first.

    Nothing is read where it has one capture. Refuses metadata that is too long (parameter_invalid). Guards, in this
    order: not_captured, too_many_refunds, already_refunded, refund_exceeds_captured.
    """
    if len((operation.metadata or "").encode()) > MAX_REFUND_METADATA_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"Metadata of a refund may be {MAX_REFUND_METADATA_BYTES:,} bytes of JSON in all.",
            "metadata",
        )
    if current is None or len(current.captures) <= 1:
        return refund(payment_id, merchant, operation, amount=amount, currency=None, if_several_captures=None)
    asked = current.refundable if amount is None else amount
    left, spread = asked, list[tuple[str, int]]()
    for capture_id in state_of(current).captures:  # in the order in which they were made
        if part := min(left, current.captures[capture_id]):
            spread.append((capture_id, part))
            left -= part
    guards = (
        Guard(VERSION, "=", current.version, None),
        Guard(Size(AMOUNTS), "<", MAX_AMOUNTS, Code.TOO_MANY_REFUNDS),
        Guard(REFUNDABLE, ">", 0, Code.ALREADY_REFUNDED),
        Guard(REFUNDABLE, ">=", asked, Code.REFUND_EXCEEDS_CAPTURED),
    )
    assign: dict[Path, Value] = {
        (*AMOUNTS, operation.id): asked,
        **{(*CAPTURES, capture_id): Minus(Term((*CAPTURES, capture_id)), part) for capture_id, part in spread},
        REFUNDABLE: Minus(Term(REFUNDABLE), asked),
        **_unsettled(operation.at),
    }
    return Change(
        payment_id=payment_id,
        merchant=merchant,
        operation=replace(operation, spread=tuple(spread)),
        guards=guards,
        assign=assign,
    )


class Verdict(Enum):
    """Why a payment did not take a change, where that is no refusal."""

    REPLAY = auto()
    """It has the operation already."""
    AGAIN = auto()
    """The decision must be taken again, knowing the payment as it was met."""


def judge(change: Change, current: Payment | None) -> Verdict:
    """Why a change was not taken, by the same guards, on the payment as it was.

    Raises Refused: resource_not_found for a missing or another merchant's payment (alike), else the refusal of the
    first guard that fails, with what would be possible.
    """
    if current is None or current.merchant != change.merchant:
        raise not_found()
    # Not by the amounts, of which a settlement has none.
    if any(operation.id == change.operation.id for operation in current.operations):
        return Verdict.REPLAY
    facts = current.facts()
    failed = next((guard for guard in change.guards if not guard.holds(facts)), None)
    if failed is None:
        raise AssertionError(f"{change} was refused by {current.id}, whose facts pass every guard")
    if failed.refusal is None:
        return Verdict.AGAIN
    raise _refusal(failed.refusal, change, current)


def not_found() -> Refused:
    """The one answer for an unknown, malformed or foreign id, so that nobody learns which it was."""
    return Refused(Code.RESOURCE_NOT_FOUND, "No payment or operation of this merchant has that id.")


def _refusal(code: Code, change: Change, current: Payment) -> Refused:
    state = state_of(current)
    if code is Code.RESOURCE_NOT_FOUND:
        return not_found()
    if code is Code.PAYMENT_DECLINED and state.status is Status.PENDING:
        code = Code.PAYMENT_PENDING
    if code is Code.ALREADY_CAPTURED and state.ended is not None:
        code = Code.ALREADY_VOIDED if state.ended is Status.VOIDED else Code.AUTHORIZATION_EXPIRED
    possible: dict[str, Any] = {
        "current_status": str(state.status),
        "currency": current.currency,
        "remaining": 0 if code is Code.AUTHORIZATION_EXPIRED else state.remaining,
        "refundable": current.refundable,
    }
    if isinstance(change.operation, Refund):
        possible["captures"] = [
            {"transaction_id": capture_id, "amount": taken.amount, "refundable": taken.amount - taken.refunded}
            for capture_id, taken in state.captures.items()
        ]
    if code is Code.AUTHORIZATION_EXPIRED:
        possible["expires_at"] = format_timestamp(current.capture_before)
    return Refused(code, _detail(code, current, possible), possible=possible)


def _detail(code: Code, current: Payment, possible: dict[str, Any]) -> str:
    match code:
        case Code.CAPTURE_EXCEEDS_AUTHORIZED:
            return f"{amount_with_code(possible['remaining'], current.currency)} remains to be captured."
        case Code.REFUND_EXCEEDS_CAPTURED:
            return f"{amount_with_code(possible['refundable'], current.currency)} of the payment can still be refunded."
        case Code.AUTHORIZATION_EXPIRED:
            return (
                f"The authorization expired at {format_timestamp(current.capture_before)}. Authorize the payment again."
            )
        case Code.CURRENCY_MISMATCH:
            return f"The authorization is in {current.currency}."
        case Code.ALREADY_CAPTURED:
            return "All of it was captured; refund a capture instead."
        case Code.NOT_CAPTURED:
            return "Nothing was captured yet; void the authorization instead."
        case _:
            return ""


def _same_currency(currency: str | None) -> tuple[Guard, ...]:
    return () if currency is None else (Guard(CURRENCY, "=", currency, Code.CURRENCY_MISMATCH),)


def _something_remains(if_never_approved: Code | None = Code.PAYMENT_DECLINED) -> tuple[Guard, ...]:
    return (
        Guard(REMAINING, "exists", None, if_never_approved),
        Guard(REMAINING, ">", 0, Code.ALREADY_CAPTURED),
    )


def _unsettled(now: datetime) -> dict[Path, Value]:
    since = Term(UNSETTLED_SINCE, absent=format_timestamp(now))
    return {DUE_AT: since, UNSETTLED_SINCE: since}
