"""POST /payments/refund: give back captured money."""

from paysandbox.contract.payment_answers import render_step
from paysandbox.contract.payment_requests import RefundPayment
from paysandbox.domain import decisions, identity
from paysandbox.domain.change import Change
from paysandbox.domain.operation import CONTRACT, Refund
from paysandbox.domain.payment import Payment
from paysandbox.routes.payments import REFUND_PAYMENT
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import operate_once
from paysandbox.runtime.request import Call
from paysandbox.table.payments import change_payment


@endpoint(REFUND_PAYMENT)
def handler(call: Call) -> Answer:
    """A claim, then one conditional update on the payment that the capture's id names."""
    body: RefundPayment = call.body
    payment_id, capture_id = decisions.refundable_by(body.transaction_id)

    def act(operation_id: str) -> Payment:
        operation = Refund(
            id=operation_id,
            request_id=call.request_id,
            at=call.now,
            contract=CONTRACT,
            capture_id=capture_id,
            reason=body.reason,
        )

        def decide(met: Payment | None) -> Change:
            return decisions.refund(
                payment_id, call.merchant, operation, amount=body.amount, currency=body.currency, met=met
            )

        return change_payment(ledger(), decide)

    once, refund_id = operate_once(call, identity.REFUND, payment_id, act)
    return Answer(render_step(once.payment, refund_id), once.replayed, refund_id, outcome="refunded")
