"""Attempts that the bank has not answered: begin one, and record its authorization, and its capture if it is automatic.

The answer is recorded for payments and intents alike. The change is guarded by the version that the rule saw.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from paysandbox.core import ids
from paysandbox.core.guard import Guard, Path
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.acquirer import AwaitsBank
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import (
    CAPTURE_BEFORE,
    CREATED_AT,
    DUE_AT,
    REMAINING,
    UNSETTLED_SINCE,
    VERSION,
    Change,
    Term,
    Value,
)
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import AuthorizationBegun, Operation, Payment
from paysandbox.payments.plan_rules import due_timers, hold_timers, planned_capture
from paysandbox.payments.rules.authorization import Order, new_payment
from paysandbox.payments.simulated_action import Stamp


def begin(order: Order, answer: AwaitsBank, payment_id: str, fingerprint: Fingerprint) -> Payment:
    """Build the payment whose bank has not answered yet."""
    pending = await_bank(
        payment_id,
        card=order.card,
        answer=answer,
        amount=order.amount,
        request_id=order.request_id,
        at=order.at,
        contract=order.contract,
    )
    return new_payment(order, (pending,), fingerprint, authorized=order.amount)


def await_bank(
    attempt_id: str, *, card: Card, answer: AwaitsBank, amount: int, request_id: str, at: datetime, contract: int
) -> AuthorizationPending:
    """Build the operation of an attempt that waits for the bank. `answer` is what the bank will answer, and when."""
    return AuthorizationPending(
        id=attempt_id,
        request_id=request_id,
        at=at,
        contract=contract,
        timers=due_timers(answer, at),
        card=card,
        response=answer.response,
        amount=amount,
        approved=answer.amount,
    )


def answer_attempt(
    payment: Payment,
    begun: AuthorizationBegun,
    stamp: Stamp,
    *,
    response: Response | None = None,
    first: Operation | None = None,
    authentication: AuthenticationResult | None = None,
) -> Change:
    """Record the bank's answer to an open attempt: its planned one, or `response`.

    `first` is recorded before it in the same write: the authentication that the attempt waited for.
    """
    answer = response or begun.response
    approved = begun.amount if answer.decline or response is not None else begun.approved
    authorization = Authorization(
        id=stamp.operation_id(ids.ATTEMPT, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        card=begun.card,
        response=answer,
        requested=begun.amount if approved != begun.amount else None,
        method_id=begun.method_id,
        billing_details=begun.billing_details,
        allow_redisplay=begun.allow_redisplay,
        authentication=authentication,
    )
    return authorize(payment, authorization, approved, stamp, first=first)


def approve_after_all(payment: Payment, card: Card, amount: int, stamp: Stamp) -> Change:
    """Record the approval of an attempt that was declined before, for the amount (minor units) that it was for."""
    last = authorization_of(payment)
    authorization = Authorization(
        id=stamp.operation_id(ids.ATTEMPT, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
        card=card,
        response=Response(checks=last.response.checks, risk_level=last.response.risk_level),
        method_id=last.method_id,
        billing_details=last.billing_details,
        allow_redisplay=last.allow_redisplay,
    )
    return authorize(payment, authorization, amount, stamp)


def authorize(
    payment: Payment, authorization: Authorization, amount: int, stamp: Stamp, *, first: Operation | None = None
) -> Change:
    """Record a later authorization of a payment that was never approved, and what follows from it."""
    assign: dict[Path, Value] = {("amounts", authorization.id): amount}
    captures: tuple[Operation, ...] = ()
    if not authorization.decline:
        captures = _captured(payment, amount, stamp, assign)
        authorization = replace(authorization, timers=hold_timers(payment, stamp.at))
    operations: list[Operation] = [*([first] if first else []), authorization, *captures]
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=operations[0],
        also=tuple(operations[1:]),
        guards=(Guard(VERSION, "=", payment.version, None), Guard(REMAINING, "not_exists", None, None)),
        assign=assign,
    )


def _captured(payment: Payment, amount: int, stamp: Stamp, assign: dict[Path, Value]) -> tuple[Operation, ...]:
    before = format_timestamp(stamp.at + timedelta(seconds=stamp.validity_s))
    held: Mapping[Path, Value] = {CAPTURE_BEFORE: before, REMAINING: amount, DUE_AT: Term(CREATED_AT)}
    assign.update(held)
    if not payment.automatic:
        return ()
    capture = Capture(
        id=stamp.operation_id(ids.CAPTURE, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
    )
    now = format_timestamp(stamp.at)
    assign.update(
        {
            ("amounts", capture.id): amount,
            ("captures", capture.id): amount,
            REMAINING: 0,
            ("refundable",): amount,
            UNSETTLED_SINCE: now,
        }
    )
    return planned_capture(capture, payment) if payment.plan else (capture,)
