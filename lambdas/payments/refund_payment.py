"""POST /payments/refund: refund a capture."""

from typing import TYPE_CHECKING

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_step
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.requests import RefundPayment
from paysandbox.payments.routes import REFUND_PAYMENT
from paysandbox.payments.rules.refund import parse_refund_target, refund as refund_rule

if TYPE_CHECKING:
    from paysandbox.payments.bank.plan import RefundPlan


@endpoint(REFUND_PAYMENT)
def handler(call: Call[RefundPayment, None]) -> Answer:
    """Bind the idempotency key, then refund in one conditional update of the capture's payment."""
    body = call.body
    payment_id, capture_id = parse_refund_target(body.transaction_id)
    requested = _requested_plan(call.outcome) if call.outcome is not None else None

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
            return refund_rule(
                payment_id, call.merchant, operation, amount=body.amount, currency=body.currency, current=current
            )

        def decide(current: Payment | None) -> Change:
            if requested is None and (current is None or current.plan is None):
                return refund(operation, current)
            from paysandbox.payments.simulation.planned_refund import refund_as_planned  # few refunds have a plan

            return refund_as_planned(requested, operation, current, refund)

        return change_payment(ledger(), decide)

    result, refund_id = apply_idempotent(call, ids.REFUND, payment_id, act)
    return Answer(render_step(result.payment, refund_id), result.replayed, refund_id, outcome="refunded")


def _requested_plan(outcome: str) -> "RefundPlan":
    from paysandbox.payments.simulation.planned_refund import requested_plan

    return requested_plan(outcome)
