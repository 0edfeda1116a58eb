"""GET /payments/{transaction_id}: a payment, by any id of its own or of its operations."""

from paysandbox.contract.payment_answers import render_payment
from paysandbox.domain import decisions, identity
from paysandbox.routes.payments import GET_PAYMENT
from paysandbox.runtime.effects import ledger
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.table import payments


@endpoint(GET_PAYMENT)
def handler(call: Call) -> Answer:
    """One consistent read."""
    asked = call.path.get("transaction_id", "")
    payment_id = identity.payment_of(asked)
    payment = payments.get_payment(ledger(), payment_id) if payment_id else None
    if payment is None or payment.merchant != call.merchant:
        raise decisions.not_found()
    if asked not in {operation.id for operation in payment.operations}:
        raise decisions.not_found()
    return Answer(render_payment(payment), transaction_id=payment.id, outcome="shown")
