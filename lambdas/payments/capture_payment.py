"""POST /payments/capture: capture all or part of an authorization."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.dispatch import passing_on
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_step
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.requests import CapturePayment
from paysandbox.payments.routes import CAPTURE_PAYMENT, INCREMENT_PAYMENT
from paysandbox.payments.rules.capture import capture


@passing_on(INCREMENT_PAYMENT)
@endpoint(CAPTURE_PAYMENT)
def handler(call: Call[CapturePayment, None]) -> Answer:
    """Bind the idempotency key, then capture in one conditional update."""
    body = call.body
    if not ids.is_payment_id(body.auth_id):
        raise not_found()

    def act(operation_id: str) -> Payment:
        operation = Capture(
            id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, final=body.final
        )

        def decide(current: Payment | None) -> Change:
            return capture(
                body.auth_id, call.merchant, operation, amount=body.amount, currency=body.currency, current=current
            )

        return change_payment(ledger(), decide)

    result, capture_id = apply_idempotent(call, ids.CAPTURE, body.auth_id, act)
    return Answer(render_step(result.payment, capture_id), result.replayed, capture_id, outcome="captured")
