"""POST /payments/void: release the uncaptured amount of an authorization."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_step
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.requests import VoidPayment
from paysandbox.payments.routes import VOID_PAYMENT
from paysandbox.payments.rules.void import void


@endpoint(VOID_PAYMENT)
def handler(call: Call[VoidPayment, None]) -> Answer:
    """Bind the idempotency key, then void in one conditional update."""
    body = call.body
    if not ids.is_payment_id(body.auth_id):
        raise not_found()

    def act(operation_id: str) -> Payment:
        operation = Void(id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT)
        return change_payment(ledger(), lambda current: void(body.auth_id, call.merchant, operation, current=current))

    result, void_id = apply_idempotent(call, ids.VOID, body.auth_id, act)
    return Answer(render_step(result.payment, void_id), result.replayed, void_id, outcome="voided")
