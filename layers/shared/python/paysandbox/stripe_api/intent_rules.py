"""Intents: a payment before a bank was asked for it. Open, revise, attempt, cancel.

An intent is a payment's item from its first moment: its terms may change and attempts may fail until one is promised,
and from then on it is captured, refunded and settled as every other payment is. Whoever revises or attempts has read
the payment first, and what is decided of it holds only for the payment as it was `seen`: of twenty attempts at once,
one is recorded.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard, Path
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments import rules
from paysandbox.payments.acquirer import Answer
from paysandbox.payments.change import Change, Value
from paysandbox.payments.operation import (
    Authorization,
    Capture,
    IntentCreated,
    IntentTerms,
    IntentUpdated,
    Operation,
    Void,
)
from paysandbox.payments.payment import Annotations, Payment, State, state_of

MAX_CHANGES: Final = 40
"""Revisions and attempts of one intent together, so that what follows always fits into its item."""

MAX_METADATA_BYTES: Final = 8_192
"""Of the metadata of terms, as JSON: as much as a payment may have."""

MAX_DESCRIPTIVE_BYTES: Final = 40_000
"""Of all texts that the terms of one intent ever had: each revision keeps its own, in the same item."""


class IntentStatus(StrEnum):
    """Where an intent stands, in the words of Stripe ("PaymentIntents: lifecycle")."""

    NEEDS_METHOD = "requires_payment_method"
    NEEDS_CONFIRMATION = "requires_confirmation"
    NEEDS_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAttempt:
    """An attempt: the bank was asked about `terms`, and gave `answer`. `capture_id` where it is captured at once."""

    terms: IntentTerms
    answer: Answer
    operation_id: str
    capture_id: str


def intent_status(payment: Payment, state: State) -> IntentStatus:
    """Where a payment stands in that state of it. One that was declined without an intent has ended."""
    if state.captured:
        return IntentStatus.NEEDS_CAPTURE if state.remaining else IntentStatus.SUCCEEDED
    if state.ended:
        return IntentStatus.CANCELED
    if state.remaining:
        return IntentStatus.NEEDS_CAPTURE
    if not payment.is_intent:
        return IntentStatus.CANCELED
    return IntentStatus.NEEDS_CONFIRMATION if terms_of(payment, state).method else IntentStatus.NEEDS_METHOD


def terms_of(payment: Payment, state: State) -> IntentTerms:
    """What is asked for and said in that state; of a payment that is no intent, what it was authorized with."""
    if state.terms is not None:
        return state.terms
    noted = payment.annotations
    return IntentTerms(amount=payment.authorized, description=noted.description, metadata=noted.metadata)


def open_intent(
    payment_id: str,
    *,
    merchant: str,
    currency: str,
    automatic: bool,
    opening: IntentCreated,
    fingerprint: Fingerprint,
    validity_s: int,
    retention_s: int,
) -> Payment:
    """The payment that an intent is, before anybody asked a bank. Refuses: parameter_invalid (metadata too long)."""
    _check_said(opening.terms)
    now = opening.at
    return Payment(
        id=payment_id,
        merchant=merchant,
        currency=currency,
        authorized=opening.terms.amount,
        capture_before=now + timedelta(seconds=validity_s),
        created_at=now,
        fingerprint=fingerprint,
        operations=(opening,),
        version=1,
        purge_at=int(now.timestamp()) + retention_s,
        automatic=automatic,
        annotations=Annotations(description=opening.terms.description, metadata=opening.terms.metadata),
    )


def attempted(
    payment: Payment, asked: AuthorizationAttempt, *, request_id: str, validity_s: int, contract: int
) -> Payment:
    """An intent that is attempted in the write that opens it."""
    attempt, *captures = _answered(payment, asked, request_id, payment.created_at, contract)
    operations, amount = (*payment.operations, attempt, *captures), asked.terms.amount
    asked_for = {attempt.id: amount}
    if attempt.decline:
        return replace(payment, operations=operations, version=len(operations), amounts=asked_for)
    before = payment.created_at + timedelta(seconds=validity_s)
    taken = {capture.id: amount for capture in captures}
    return replace(
        payment,
        operations=operations,
        version=len(operations),
        amounts=asked_for | taken,
        captures=taken,
        remaining=0 if taken else amount,
        refundable=amount if taken else 0,
        capture_before=before,
        due_at=payment.created_at if taken else before,
        unsettled_since=payment.created_at if taken else None,
    )


def revise(seen: Payment, revision: IntentUpdated) -> Change:
    """Other terms. Refuses: parameter_invalid (metadata too long), too_many_changes, and intent_state_unexpected for
    another amount or card of a payment that is promised, cancelled, or was never an intent."""
    if held := _held(seen, revision.id):
        return _again(seen, held)
    _check_said(revision.terms)
    _has_room(seen, revision.terms)
    state = state_of(seen)
    before, after = terms_of(seen, state), revision.terms
    if (before.amount, before.method) != (after.amount, after.method) and intent_status(seen, state) not in OPEN:
        raise _unexpected(seen, state, "Its amount and payment method cannot be changed any more.")
    return Change(payment_id=seen.id, merchant=seen.merchant, operation=revision, guards=(_as(seen),), assign={})


def may_be_confirmed(seen: Payment) -> None:
    """Refuses what cannot be confirmed as it stands: intent_state_unexpected, too_many_changes."""
    state = state_of(seen)
    if intent_status(seen, state) not in OPEN:
        raise _unexpected(seen, state, "It cannot be confirmed.")
    _has_room(seen)


def attempt(
    seen: Payment,
    asked: AuthorizationAttempt,
    *,
    request_id: str,
    at: datetime,
    validity_s: int,
    contract: int,
    first: Payment,
) -> Change:
    """An attempt at the terms that the bank was asked about. `first` is the payment as it was when it was asked.

    Refuses: intent_state_unexpected where it is promised, cancelled or was never an intent; intent_changed where it is
    of another amount by now, or names another card than the one that was tried for it; too_many_changes.
    """
    if held := _held(seen, asked.operation_id):
        return _again(seen, held)
    may_be_confirmed(seen)
    state = state_of(seen)
    was, terms = terms_of(first, state_of(first)), terms_of(seen, state)
    names_its_card = asked.terms.method == was.method
    if was.amount != terms.amount or (names_its_card and was.method != terms.method):
        raise Refused(Code.INTENT_CHANGED, "It was changed while it was confirmed: look, and confirm again.")
    operations = _answered(seen, asked, request_id, at, contract)
    amount = asked.terms.amount
    assign: dict[Path, Value] = {("amounts", asked.operation_id): amount}
    if not asked.answer.response.decline:
        before = format_timestamp(at + timedelta(seconds=validity_s))
        assign |= {("capture_before",): before, ("remaining",): amount, ("due_at",): before}
        if len(operations) > 1:
            assign |= {
                ("amounts", asked.capture_id): amount,
                ("captures", asked.capture_id): amount,
                ("remaining",): 0,
                ("refundable",): amount,
                ("due_at",): format_timestamp(at),
                ("unsettled_since",): format_timestamp(at),
            }
    guards = (_as(seen), Guard(rules.REMAINING, "not_exists", None, None))
    return Change(
        payment_id=seen.id,
        merchant=seen.merchant,
        operation=operations[0],
        guards=guards,
        assign=assign,
        also=operations[1:],
    )


def cancel(payment_id: str, merchant: str, operation: Void, current: Payment | None = None) -> Change:
    """Give back what is not captured, or give up what no bank has promised.

    Guards as of a void; for a payment without a promise, that it still has none and is an intent.
    """
    if current is None or current.remaining is not None:
        return rules.void(payment_id, merchant, operation, if_never_approved=None)
    state = state_of(current)
    if not current.is_intent:
        raise _unexpected(current, state, "It was declined, and has ended.")
    guards = (_as(current), Guard(rules.REMAINING, "not_exists", None, None))
    assign: dict[Path, Value] = {("amounts", operation.id): 0, rules.REMAINING: 0}
    return Change(payment_id=payment_id, merchant=merchant, operation=operation, guards=guards, assign=assign)


OPEN: Final = (IntentStatus.NEEDS_METHOD, IntentStatus.NEEDS_CONFIRMATION)
"""Where the terms may change and a bank may be asked."""


def _answered(
    payment: Payment, asked: AuthorizationAttempt, request_id: str, at: datetime, contract: int
) -> tuple[Authorization, *tuple[Capture, ...]]:
    if asked.terms.method is None:
        raise Refused(Code.PAYMENT_METHOD_REQUIRED, "Name a payment method to confirm it with.", "payment_method")
    answer = asked.answer
    method = asked.terms.method
    authorization = Authorization(
        id=asked.operation_id,
        request_id=request_id,
        at=at,
        contract=contract,
        card=method.card,
        response=answer.response,
        method_id=method.id,
    )
    if answer.response.decline or not payment.automatic:
        return (authorization,)
    return authorization, Capture(id=asked.capture_id, request_id=request_id, at=at, contract=contract)


def _as(seen: Payment) -> Guard:
    return Guard(rules.VERSION, "=", seen.version, None)


def _held(seen: Payment, operation_id: str) -> Operation | None:
    return next((one for one in seen.operations if one.id == operation_id), None)


def _again(seen: Payment, operation: Operation) -> Change:
    """An operation that was seen to be there: a change that no payment takes, so that it is found to be a replay."""
    return Change(
        payment_id=seen.id,
        merchant=seen.merchant,
        operation=operation,
        guards=(Guard(rules.VERSION, "<", 0, None),),
        assign={},
    )


def _check_said(terms: IntentTerms) -> None:
    if len((terms.metadata or "").encode()) > MAX_METADATA_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID, f"Metadata may be {MAX_METADATA_BYTES:,} bytes of JSON in all.", "metadata"
        )


def _has_room(seen: Payment, more: IntentTerms | None = None) -> None:
    changes = sum(isinstance(one, (IntentUpdated, Authorization)) for one in seen.operations)
    if changes >= MAX_CHANGES:
        raise Refused(
            Code.TOO_MANY_CHANGES, f"It was changed or attempted {changes} times.", possible={"limit": MAX_CHANGES}
        )
    said = [one.terms for one in seen.operations if isinstance(one, (IntentCreated, IntentUpdated))]
    if more and sum(map(_said_bytes, [*said, more])) > MAX_DESCRIPTIVE_BYTES:
        raise Refused(Code.TOO_MANY_CHANGES, f"All that was ever said of it may be {MAX_DESCRIPTIVE_BYTES:,} bytes.")


def _said_bytes(terms: IntentTerms) -> int:
    texts = (terms.description, terms.metadata, terms.receipt_email, terms.statement_descriptor_suffix)
    return sum(len(text.encode()) for text in texts if text)


def _unexpected(seen: Payment, state: State, detail: str) -> Refused:
    return Refused(Code.INTENT_STATE_UNEXPECTED, detail, possible={"current_status": str(intent_status(seen, state))})
