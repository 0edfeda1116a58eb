"""POST /payments/refund: give back captured money."""

from paysandbox.aws.effects import ledger
from paysandbox.core import identity
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import decisions
from paysandbox.payments.answers import render_step
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import operate_once
from paysandbox.payments.operation import CONTRACT, Refund
from paysandbox.payments.payment import Payment
from paysandbox.payments.payments import change_payment
from paysandbox.payments.requests import RefundPayment
from paysandbox.payments.routes import REFUND_PAYMENT


@endpoint(REFUND_PAYMENT)
def handler(call: Call[RefundPayment, None]) -> Answer:
    """A claim, then one conditional update on the payment that the capture's id names."""
    body = call.body
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
