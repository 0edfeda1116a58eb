"""GET /payments/{transaction_id}: a payment, by any id of its own or of its operations."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import rules, store
from paysandbox.payments.answers import render_payment
from paysandbox.payments.routes import GET_PAYMENT


@endpoint(GET_PAYMENT)
def handler(call: Call[None, None]) -> Answer:
    """One consistent read."""
    asked = call.path.get("transaction_id", "")
    payment_id = ids.payment_of(asked)
    payment = store.get_payment(ledger(), payment_id) if payment_id else None
    if payment is None or payment.merchant != call.merchant:
        raise rules.not_found()
    if asked not in {operation.id for operation in payment.operations}:
        raise rules.not_found()
    return Answer(render_payment(payment), transaction_id=payment.id, outcome="shown")
