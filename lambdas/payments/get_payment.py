"""GET /payments/{transaction_id}: return a payment by its ID or the ID of one of its operations."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments import rules, store
from paysandbox.payments.answers import render_payment
from paysandbox.payments.payment import Status
from paysandbox.payments.routes import GET_PAYMENT


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
    body = render_payment(payment)
    if body["status"] == Status.REQUIRES_ACTION:
        from paysandbox.payments.challenge_url import next_action_of  # few payments wait for their cardholder

        body |= next_action_of(payment)
    return Answer(body, transaction_id=payment.id, outcome="shown")
