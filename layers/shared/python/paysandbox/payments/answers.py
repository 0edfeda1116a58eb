"""Response bodies of the card payment routes: their schemas and rendering.

Every response, including the first, is rendered from the stored payment up to and including the requested operation. So
a replay is byte-identical even after later operations.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

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
    """The stored details of a card. The number and the security code are never stored."""

    card_id: Annotated[str, Field(description="Identifies the card. The same for the same number and merchant.")]
    brand: Annotated[str, Field(description="Card brand, such as `visa`.")]
    last4: Annotated[str, Field(description="Last four digits of the number.")]
    exp_month: Annotated[int, Field(description="Expiration month, 1 to 12.")]
    exp_year: Annotated[int, Field(description="Expiration year, four digits.")]


CheckResult = Literal["pass", "fail", "unavailable", "unchecked"]


class CardChecks(Answer):
    """Results of the security code and address checks. Data that was not sent is `unchecked`."""

    cvc: Annotated[CheckResult, Field(description="Security code.")]
    zip: Annotated[CheckResult, Field(description="Postal code.")]
    line1: Annotated[CheckResult, Field(description="First line of the address.")]


class CaptureBody(Answer):
    """A capture made together with its authorization."""

    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    amount: Annotated[int, Field(description="Captured amount in minor units.")]


class PaymentAuthorized(Answer):
    """The result of an authorization: `approved` or `declined`."""

    status: Annotated[
        Literal["approved", "declined"],
        Field(description="`approved`: the amount is held on the card. `declined`: nothing is held."),
    ]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    transaction_id: Annotated[str, Field(description="Id of the authorization attempt.")]
    amount: Annotated[
        int, Field(description="Authorized amount in minor units. Of a declined payment, the requested amount.")
    ]
    amount_requested: Annotated[
        int | None,
        Field(description="Amount that was requested, where the bank approved only part of it. Minor units."),
    ] = None
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    capture_method: Annotated[
        Literal["manual", "automatic"],
        Field(
            description="`automatic`: captured together with the authorization. `manual`: captured by a later request."
        ),
    ]
    card: Annotated[CardBody, Field(description="The card, as far as it is stored.")]
    created_at: Annotated[str, Field(description="When the authorization was recorded (RFC 3339, UTC).")]
    expires_at: Annotated[
        str | None, Field(description="When the authorization expires and the uncaptured amount is released.")
    ] = None
    captures: Annotated[
        list[CaptureBody] | None,
        Field(description="The capture, if `capture_method` is `automatic` and the bank approved."),
    ] = None
    decline_code: Annotated[str | None, Field(description="Why the bank declined, such as `insufficient_funds`.")] = (
        None
    )
    advice_code: Annotated[
        str | None,
        Field(description="What to do after a decline: `try_again_later`, `confirm_card_data` or `do_not_try_again`."),
    ] = None
    response_code: Annotated[
        str | None, Field(description="The bank's response code (ISO 8583, field 39). `00` is an approval.")
    ] = None
    checks: Annotated[CardChecks, Field(description="Results of the security code and address checks.")]
    risk_level: Annotated[Literal["normal", "elevated", "highest"], Field(description="Simulated risk assessment.")]
    description: Annotated[str | None, Field(description="Your own text, as it was sent.")] = None
    reference: Annotated[str | None, Field(description="Your own reference, as it was sent.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your own key-value pairs, as they were sent.")] = None


class PaymentOpened(Answer):
    """A payment intent, created or updated through the Stripe-compatible API and not yet confirmed."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    auth_id: Annotated[str, Field(description="Id of the payment.")]
    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    amount: Annotated[int, Field(description="Amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]
    description: Annotated[str | None, Field(description="Your own text, as it was sent.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your own key-value pairs, as they were sent.")] = None


class PaymentCaptured(Answer):
    """A capture, with the amount that remains authorized."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    amount: Annotated[int, Field(description="Captured amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    final: Annotated[bool, Field(description="Whether this was declared the last capture.")]
    remaining: Annotated[int, Field(description="Amount that can still be captured or voided after this capture.")]
    released: Annotated[int, Field(description="Amount that a final capture released. 0 otherwise.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class PaymentVoided(Answer):
    """A void, with the amount that it released."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the void.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    amount: Annotated[int, Field(description="Released amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class PaymentRefunded(Answer):
    """A refund, with the amount of the capture that remains refundable."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the refund.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    capture_id: Annotated[str, Field(description="Id of the capture that was refunded.")]
    amount: Annotated[int, Field(description="Refunded amount in minor units.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    refundable: Annotated[int, Field(description="Amount of the capture that can still be refunded after this refund.")]
    reason: Annotated[str | None, Field(description="Your reason, as it was sent.")] = None
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]


class CaptureTotals(Answer):
    """A capture, with its refunded amount."""

    transaction_id: Annotated[str, Field(description="Id of the capture.")]
    amount: Annotated[int, Field(description="Captured amount.")]
    refunded: Annotated[int, Field(description="Amount refunded so far.")]


class PaymentOperation(Answer):
    """One operation of a payment.

    The `amount` of a settlement is its captures minus its refunds, so it can be zero or negative.
    """

    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    type: Annotated[
        Literal["opening", "revision", "authorization", "capture", "void", "expiry", "refund", "settlement"],
        Field(description="`opening` and `revision` are made through the Stripe-compatible API only."),
    ]
    amount: Annotated[int, Field(description="Amount of the operation in minor units.")]
    created_at: Annotated[str, Field(description="When the operation was recorded (RFC 3339, UTC).")]
    request_id: Annotated[str, Field(description="`Request-Id` of the request that made it.")]
    final: Annotated[bool | None, Field(description="Captures: whether it was declared the last one.")] = None
    capture_id: Annotated[str | None, Field(description="Refunds: id of the refunded capture.")] = None
    reason: Annotated[str | None, Field(description="Refunds: your reason.")] = None
    batch: Annotated[str | None, Field(description="Settlements: the batch.")] = None
    fee: Annotated[int | None, Field(description="Settlements: the fee that was withheld, in minor units.")] = None
    settled: Annotated[
        list[str] | None, Field(description="Settlements: ids of the captures and refunds that were settled.")
    ] = None


class PaymentBody(Answer):
    """A payment with its operations and totals. Amounts are in minor units.

    A `pending` payment is an unconfirmed intent: it has no card yet.
    """

    transaction_id: Annotated[str, Field(description="Id of the payment, the same as `auth_id`.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    status: Annotated[PaymentStatus, Field(description="Current status.")]
    amount: Annotated[
        int, Field(description="Authorized amount in minor units. Before an approval, the requested amount.")
    ]
    amount_requested: Annotated[
        int | None,
        Field(description="Amount that was requested, where the bank approved only part of it. Minor units."),
    ] = None
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    capture_method: Annotated[
        Literal["manual", "automatic"],
        Field(
            description="`automatic`: captured together with the authorization. `manual`: captured by a later request."
        ),
    ]
    card: Annotated[CardBody | None, Field(description="The card, as far as it is stored.")] = None
    created_at: Annotated[str, Field(description="When the payment was created (RFC 3339, UTC).")]
    expires_at: Annotated[
        str | None, Field(description="When the authorization expires and the uncaptured amount is released.")
    ] = None
    decline_code: Annotated[str | None, Field(description="Why the bank declined, such as `insufficient_funds`.")] = (
        None
    )
    advice_code: Annotated[
        str | None,
        Field(description="What to do after a decline: `try_again_later`, `confirm_card_data` or `do_not_try_again`."),
    ] = None
    response_code: Annotated[
        str | None, Field(description="The bank's response code (ISO 8583, field 39). `00` is an approval.")
    ] = None
    checks: Annotated[CardChecks | None, Field(description="Results of the security code and address checks.")] = None
    risk_level: Annotated[
        Literal["normal", "elevated", "highest"] | None, Field(description="Simulated risk assessment.")
    ] = None
    captured: Annotated[int, Field(description="Total captured.")]
    released: Annotated[int, Field(description="Total released without being captured.")]
    refunded: Annotated[int, Field(description="Total refunded.")]
    remaining: Annotated[int, Field(description="Amount that can still be captured or voided.")]
    captures: Annotated[list[CaptureTotals], Field(description="Captures with their refunded amounts.")]
    operations: Annotated[list[PaymentOperation], Field(description="Every operation, oldest first.")]
    description: Annotated[str | None, Field(description="Your own text, as it was sent.")] = None
    reference: Annotated[str | None, Field(description="Your own reference, as it was sent.")] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your own key-value pairs, as they were sent.")] = None


class PaymentList(Answer):
    """A page of payments, newest first. `next_cursor` is null on the last page; with a filter, a page can be empty."""

    data: Annotated[list[PaymentBody], Field(description="Payments, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class HealthBody(Answer):
    """The service is healthy."""

    status: Annotated[Literal["ok"], Field(description="Always `ok`. A service that is not healthy answers 503.")]
    version: Annotated[str, Field(description="Version of the sandbox.")]
    environment: Annotated[str, Field(description="Name of the environment.")]
    checks: Annotated[dict[str, Literal["ok"]], Field(description="The dependencies that were checked.")]


def render_step(payment: Payment, operation_id: str) -> Body:
    """Render the original response to the request that created `operation_id`."""
    step = step_of(payment, operation_id)
    if step is None:
        raise AssertionError(f"{payment.id} has no operation {operation_id}")
    match step.operation:
        case IntentCreated() | IntentUpdated():
            return _operation(payment, step) | _annotations(payment, step.after)
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
            balance = step.after.captures[capture_id]
            reason = {"reason": step.operation.reason} if step.operation.reason is not None else {}
            return (
                _operation(payment, step)
                | reason
                | {
                    "capture_id": capture_id,
                    "refundable": balance.amount - balance.refunded,
                }
            )
        case _:
            return _operation(payment, step)


def render_payment(payment: Payment) -> Body:
    """Render the current state of a payment, with its operations."""
    state = state_of(payment)
    return _facts(payment, state, payment.last_attempt) | {
        "status": str(state.status),
        "captured": state.captured,
        "released": state.released,
        "refunded": state.refunded,
        "remaining": state.remaining,
        "captures": [
            {"transaction_id": capture_id, "amount": balance.amount, "refunded": balance.refunded}
            for capture_id, balance in state.captures.items()
        ],
        "operations": [_operation_line(step) for step in steps(payment)],
    }


def render_page(payments: Iterable[Payment], next_cursor: str | None) -> Body:
    """Render a page of the list."""
    return {"data": [render_payment(payment) for payment in payments], "next_cursor": next_cursor}


def _authorization(payment: Payment, step: Step) -> Body:
    attempt = step.operation
    if not isinstance(attempt, Authorization):
        raise AssertionError(f"{attempt} is not an authorization")
    answer = _facts(payment, step.after, attempt) | {"status": str(step.after.status), "transaction_id": attempt.id}
    if payment.automatic and not step.after.decline:
        capture = payment.operations[payment.operations.index(attempt) + 1]
        answer["captures"] = [{"transaction_id": capture.id, "amount": payment.amounts[capture.id]}]
    return answer


def _facts(payment: Payment, state: State, attempt: Authorization | None) -> Body:
    """Render the fields of a payment in the given state, and the bank's response to the given attempt."""
    body: Body = {
        "auth_id": payment.id,
        "transaction_id": payment.id,
        "amount": state.authorized or (state.terms.amount if state.terms else payment.authorized),
        "currency": payment.currency,
        "capture_method": "automatic" if payment.automatic else "manual",
        "created_at": format_timestamp(payment.created_at),
        **_annotations(payment, state),
    }
    return body | (_bank_response(attempt) if attempt else {}) | _hold(payment, attempt)


def _bank_response(attempt: Authorization) -> Body:
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


def _hold(payment: Payment, attempt: Authorization | None) -> Body:
    approved = attempt is not None and not attempt.decline
    return {"expires_at": format_timestamp(payment.capture_before)} if approved else {}


def _annotations(payment: Payment, state: State) -> Body:
    """Render the merchant's annotations of a payment in the given state."""
    terms = state.terms
    latest = Annotations(description=terms.description, metadata=terms.metadata) if terms else payment.annotations
    body: Body = {**latest.noted()}
    return body | ({"metadata": json.loads(body["metadata"])} if "metadata" in body else {})


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
            raise AssertionError(f"{operation} has no type in the response")
    return line


def _refunded_capture(step: Step) -> str:
    """Return the ID of the refunded capture; for a refund by authorization ID, that is the only capture."""
    return next(
        capture_id
        for capture_id, balance in step.after.captures.items()
        if balance.refunded != step.before.captures[capture_id].refunded
    )
