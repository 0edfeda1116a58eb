"""POST /payments/refund: refund a capture."""

from collections.abc import Callable
from functools import partial

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import rules
from paysandbox.payments.answers import render_step
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.operation import CONTRACT, Refund
from paysandbox.payments.payment import Payment
from paysandbox.payments.requests import RefundPayment
from paysandbox.payments.routes import REFUND_PAYMENT
from paysandbox.payments.store import change_payment

_Decide = Callable[[Refund, Payment | None], Change]
_Planned = Callable[[Refund, Payment | None, _Decide], Change]


@endpoint(REFUND_PAYMENT)
def handler(call: Call[RefundPayment, None]) -> Answer:
    """Bind the idempotency key, then refund in one conditional update of the capture's payment."""
    body = call.body
    payment_id, capture_id = rules.parse_refund_target(body.transaction_id)
    planned = _planned(call.outcome) if call.outcome is not None else None

    def act(operation_id: str) -> Payment:
        operation = Refund(
            id=operation_id,
            request_id=call.request_id,
            at=call.now,
            contract=CONTRACT,
            capture_id=capture_id,
            reason=body.reason,
        )

        def refund(operation: Refund, current: Payment | None) -> Change:
            return rules.refund(
                payment_id, call.merchant, operation, amount=body.amount, currency=body.currency, current=current
            )

        def decide(current: Payment | None) -> Change:
            rule = planned or _planned_by(current)
            return rule(operation, current, refund) if rule else refund(operation, current)

        return change_payment(ledger(), decide)

    result, refund_id = apply_idempotent(call, ids.REFUND, payment_id, act)
    return Answer(render_step(result.payment, refund_id), result.replayed, refund_id, outcome="refunded")


def _planned_by(payment: Payment | None) -> _Planned | None:
    """Return the rule of a refund of a payment whose authorization asked for an outcome of its refunds."""
    if payment is None or payment.plan is None:
        return None
    from paysandbox.payments.planned_refund import refund_as_planned, refund_plan

    plan = refund_plan(payment)
    return partial(refund_as_planned, plan) if plan else None


def _planned(outcome: str) -> _Planned:
    """Return the rule of a refund with the requested outcome. Other refunds do not load its module."""
    from paysandbox.payments.planned_refund import refund_as_planned, requested_plan

    return partial(refund_as_planned, requested_plan(outcome))
