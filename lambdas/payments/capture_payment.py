"""POST /payments/capture: take all or part of an authorization."""

from paysandbox.contract.payment_answers import render_step
from paysandbox.contract.payment_requests import CapturePayment
from paysandbox.domain import decisions, identity
from paysandbox.domain.change import Change
from paysandbox.domain.operation import CONTRACT, Capture
from paysandbox.domain.payment import Payment
from paysandbox.routes.payments import CAPTURE_PAYMENT
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import operate_once
from paysandbox.runtime.request import Call
from paysandbox.table.payments import change_payment


@endpoint(CAPTURE_PAYMENT)
def handler(call: Call) -> Answer:
    """A claim, then one conditional update."""
    body: CapturePayment = call.body
    if not identity.is_payment_id(body.auth_id):
        raise decisions.not_found()

    def act(operation_id: str) -> Payment:
        operation = Capture(
            id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, final=body.final
        )

        def decide(met: Payment | None) -> Change:
            return decisions.capture(
                body.auth_id, call.merchant, operation, amount=body.amount, currency=body.currency, met=met
            )

        return change_payment(ledger(), decide)

    once, capture_id = operate_once(call, identity.CAPTURE, body.auth_id, act)
    return Answer(render_step(once.payment, capture_id), once.replayed, capture_id, outcome="captured")
