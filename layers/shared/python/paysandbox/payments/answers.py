"""Answers of the card payment routes: their shapes, and how they are rendered.

Every answer, the first one too, is rendered from the payment as the table holds it, as far as the operation that it
answers. So a replay is byte-identical although the payment has moved on.
"""

import json
from collections.abc import Iterable
from typing import Literal

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.payments.card import Card
from paysandbox.payments.operation import (
    Authorization,
    Capture,
    Expiry,
    IntentCreated,
    IntentUpdated,
    Refund,
    Settlement,
    Void,
)
from paysandbox.payments.payment import Annotations, Payment, State, Step, state_of, step_of, steps
from paysandbox.payments.response import Checks

PaymentStatus = Literal[
    "pending",
    "approved",
    "declined",
    "voided",
    "expired",
    "partially_captured",
    "captured",
    "partially_refunded",
    "refunded",
]


class CardBody(Answer):
    """What is kept of a card. `card_id` is the same for the same number and merchant."""

    card_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


CheckResult = Literal["pass", "fail", "unavailable", "unchecked"]


class CardChecks(Answer):
    """What the bank found of the security code and the address. What was not sent is `unchecked`."""

    cvc: CheckResult
    zip: CheckResult
    line1: CheckResult


class CaptureBody(Answer):
    """A capture made in the same step as its authorization."""

    transaction_id: str
    amount: int


class PaymentAuthorized(Answer):
    """The bank's answer: `approved` with a hold until `expires_at`, or `declined` with the reason.

    `amount_requested` is there where the bank promised only a part of it: `amount`.
    """

    status: Literal["approved", "declined"]
    auth_id: str
    transaction_id: str
    amount: int
    amount_requested: int | None = None
    currency: str
    capture_method: Literal["manual", "automatic"]
    card: CardBody
    created_at: str
    expires_at: str | None = None
    captures: list[CaptureBody] | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    response_code: str | None = None
    checks: CardChecks
    risk_level: Literal["normal", "elevated", "highest"]
    description: str | None = None
    reference: str | None = None
    metadata: dict[str, str] | None = None


class PaymentOpened(Answer):
    """An intent to pay, made or changed through the Stripe-compatible API. Nothing was asked of a bank by it."""

    status: Literal["completed"]
    auth_id: str
    transaction_id: str
    amount: int
    currency: str
    created_at: str
    description: str | None = None
    metadata: dict[str, str] | None = None


class PaymentCaptured(Answer):
    """A capture, and what remains of the authorization after it."""

    status: Literal["completed"]
    transaction_id: str
    auth_id: str
    amount: int
    currency: str
    final: bool
    remaining: int
    released: int
    created_at: str


class PaymentVoided(Answer):
    """A void, and the amount that it gave back."""

    status: Literal["completed"]
    transaction_id: str
    auth_id: str
    amount: int
    currency: str
    created_at: str


class PaymentRefunded(Answer):
    """A refund, the capture it is of, and what of that capture may still be refunded."""

    status: Literal["completed"]
    transaction_id: str
    auth_id: str
    capture_id: str
    amount: int
    currency: str
    refundable: int
    reason: str | None = None
    created_at: str


class CaptureTotals(Answer):
    """A capture of a payment, and how much of it was refunded."""

    transaction_id: str
    amount: int
    refunded: int


class PaymentOperation(Answer):
    """One operation of a payment.

    A settlement's `amount` is that of the captures and refunds that it settles (`settled`, by their ids), refunds taken
    off: it may be 0 or negative. `fee` is what was kept of them.
    """

    transaction_id: str
    type: Literal["opening", "revision", "authorization", "capture", "void", "expiry", "refund", "settlement"]
    amount: int
    created_at: str
    request_id: str
    final: bool | None = None
    capture_id: str | None = None
    reason: str | None = None
    batch: str | None = None
    fee: int | None = None
    settled: list[str] | None = None


class PaymentBody(Answer):
    """A payment with its operations and running totals. Amounts are minor units.

    Of one that is `pending`, no bank was asked yet, and it has no card.
    """

    transaction_id: str
    auth_id: str
    status: PaymentStatus
    amount: int
    amount_requested: int | None = None
    currency: str
    capture_method: Literal["manual", "automatic"]
    card: CardBody | None = None
    created_at: str
    expires_at: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None
    response_code: str | None = None
    checks: CardChecks | None = None
    risk_level: Literal["normal", "elevated", "highest"] | None = None
    captured: int
    released: int
    refunded: int
    remaining: int
    captures: list[CaptureTotals]
    operations: list[PaymentOperation]
    description: str | None = None
    reference: str | None = None
    metadata: dict[str, str] | None = None


class PaymentList(Answer):
    """A page of payments, newest first. `next_cursor` is null on the last page; under a filter, a page may be empty."""

    data: list[PaymentBody]
    next_cursor: str | None


class HealthBody(Answer):
    """What the health check looked at."""

    status: Literal["ok"]
    version: str
    environment: str
    checks: dict[str, Literal["ok"]]


def render_step(payment: Payment, operation_id: str) -> Body:
    """The answer to the request that made `operation_id`, as it was first given."""
    step = step_of(payment, operation_id)
    if step is None:
        raise AssertionError(f"{payment.id} has no operation {operation_id}")
    match step.operation:
        case IntentCreated() | IntentUpdated():
            return _operation(payment, step) | _noted(payment, step.after)
        case Authorization():
            return _authorization(payment, step)
        case Capture():
            return _operation(payment, step) | {
                "final": step.operation.final,
                "remaining": step.after.remaining,
                "released": step.after.released - step.before.released,
            }
        case Refund():
            capture_id = _refunded_capture(step)
            taken = step.after.captures[capture_id]
            reason = {"reason": step.operation.reason} if step.operation.reason is not None else {}
            return (
                _operation(payment, step)
                | reason
                | {
                    "capture_id": capture_id,
                    "refundable": taken.amount - taken.refunded,
                }
            )
        case _:
            return _operation(payment, step)


def render_payment(payment: Payment) -> Body:
    """The payment as it stands, with its operations."""
    state = state_of(payment)
    return _facts(payment, state, payment.last_attempt) | {
        "status": str(state.status),
        "captured": state.captured,
        "released": state.released,
        "refunded": state.refunded,
        "remaining": state.remaining,
        "captures": [
            {"transaction_id": capture_id, "amount": taken.amount, "refunded": taken.refunded}
            for capture_id, taken in state.captures.items()
        ],
        "operations": [_operation_line(step) for step in steps(payment)],
    }


def render_page(payments: Iterable[Payment], next_cursor: str | None) -> Body:
    """A page of the list."""
    return {"data": [render_payment(payment) for payment in payments], "next_cursor": next_cursor}


def _authorization(payment: Payment, step: Step) -> Body:
    attempt = step.operation
    if not isinstance(attempt, Authorization):
        raise AssertionError(f"{attempt} is no answer of a bank")
    answer = _facts(payment, step.after, attempt) | {"status": str(step.after.status), "transaction_id": attempt.id}
    if payment.automatic and not step.after.decline:
        capture = payment.operations[payment.operations.index(attempt) + 1]
        answer["captures"] = [{"transaction_id": capture.id, "amount": payment.amounts[capture.id]}]
    return answer


def _facts(payment: Payment, state: State, attempt: Authorization | None) -> Body:
    """What a payment is about in that state of it, and what the bank said at that attempt."""
    body: Body = {
        "auth_id": payment.id,
        "transaction_id": payment.id,
        "amount": state.authorized or (state.terms.amount if state.terms else payment.authorized),
        "currency": payment.currency,
        "capture_method": "automatic" if payment.automatic else "manual",
        "created_at": format_timestamp(payment.created_at),
        **_noted(payment, state),
    }
    return body | (_answered(attempt) if attempt else {}) | _held(payment, attempt)


def _answered(attempt: Authorization) -> Body:
    body: Body = {
        "card": _card(attempt.card),
        "checks": _checks(attempt.response.checks),
        "risk_level": str(attempt.response.risk_level),
    }
    if attempt.requested is not None:
        body["amount_requested"] = attempt.requested
    if attempt.response.code is not None:
        body["response_code"] = attempt.response.code
    if attempt.decline:
        body |= {"decline_code": attempt.decline.decline_code, "advice_code": attempt.decline.advice_code}
    return body


def _held(payment: Payment, attempt: Authorization | None) -> Body:
    promised = attempt is not None and not attempt.decline
    return {"expires_at": format_timestamp(payment.capture_before)} if promised else {}


def _noted(payment: Payment, state: State) -> Body:
    """What the merchant notes on a payment in that state of it."""
    terms = state.terms
    latest = Annotations(description=terms.description, metadata=terms.metadata) if terms else payment.annotations
    noted: Body = {**latest.noted()}
    return noted | ({"metadata": json.loads(noted["metadata"])} if "metadata" in noted else {})


def _card(card: Card) -> Body:
    return {
        "card_id": card.card_id,
        "brand": str(card.brand),
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }


def _checks(checks: Checks) -> Body:
    return {"cvc": str(checks.cvc), "zip": str(checks.zip), "line1": str(checks.line1)}


def _operation(payment: Payment, step: Step) -> Body:
    return {
        "status": "completed",
        "transaction_id": step.operation.id,
        "auth_id": payment.id,
        "amount": step.amount,
        "currency": payment.currency,
        "created_at": format_timestamp(step.operation.at),
    }


def _operation_line(step: Step) -> Body:
    operation = step.operation
    line: Body = {
        "transaction_id": operation.id,
        "amount": step.amount,
        "created_at": format_timestamp(operation.at),
        "request_id": operation.request_id,
    }
    match operation:
        case IntentCreated():
            line["type"] = "opening"
        case IntentUpdated():
            line["type"] = "revision"
        case Authorization():
            line["type"] = "authorization"
        case Capture():
            line |= {"type": "capture", "final": operation.final}
        case Void():
            line["type"] = "void"
        case Expiry():
            line["type"] = "expiry"
        case Refund():
            line |= {"type": "refund", "capture_id": _refunded_capture(step)}
            if operation.reason is not None:
                line["reason"] = operation.reason
        case Settlement():
            line |= {
                "type": "settlement",
                "batch": operation.batch,
                "fee": sum(settled.fee for settled in operation.settled),
                "settled": [settled.id for settled in operation.settled],
            }
        case _:
            raise AssertionError(f"{operation} has no name here")
    return line


def _refunded_capture(step: Step) -> str:
    """The capture that a refund is of; by the authorization's id, it is the only one there was."""
    return next(
        capture_id
        for capture_id, taken in step.after.captures.items()
        if taken.refunded != step.before.captures[capture_id].refunded
    )
