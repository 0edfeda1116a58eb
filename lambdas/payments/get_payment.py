"""GET /payments/{transaction_id}: return a payment by its ID or the ID of one of its operations."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import rules, store
from paysandbox.payments.routes import GET_PAYMENT
from paysandbox.payments.shown_payment import show_payment


@endpoint(GET_PAYMENT)
def handler(call: Call[None, None]) -> Answer:
    """Return the payment, with one consistent read."""
    requested_id = call.path.get("transaction_id", "")
    payment_id = ids.payment_of(requested_id)
    payment = store.get_payment(ledger(), payment_id) if payment_id else None
    if payment is None or payment.merchant != call.merchant:
        raise rules.not_found()
    if requested_id not in {operation.id for operation in payment.operations}:
        raise rules.not_found()
    return Answer(show_payment(payment), transaction_id=payment.id, outcome="shown")
