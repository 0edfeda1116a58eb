"""POST /payments/void: give back what is not captured of an authorization."""

from paysandbox.contract.payment_answers import render_step
from paysandbox.contract.payment_requests import VoidPayment
from paysandbox.domain import decisions, identity
from paysandbox.domain.operation import CONTRACT, Void
from paysandbox.domain.payment import Payment
from paysandbox.routes.payments import VOID_PAYMENT
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import operate_once
from paysandbox.runtime.request import Call
from paysandbox.table.payments import change_payment


@endpoint(VOID_PAYMENT)
def handler(call: Call) -> Answer:
    """A claim, then one conditional update."""
    body: VoidPayment = call.body
    if not identity.is_payment_id(body.auth_id):
        raise decisions.not_found()

    def act(operation_id: str) -> Payment:
        operation = Void(id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT)
        return change_payment(ledger(), lambda _: decisions.void(body.auth_id, call.merchant, operation))

    once, void_id = operate_once(call, identity.VOID, body.auth_id, act)
    return Answer(render_step(once.payment, void_id), once.replayed, void_id, outcome="voided")
