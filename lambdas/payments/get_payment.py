"""GET /payments/{transaction_id}: return a payment by its ID or the ID of one of its operations."""

from paysandbox.aws.runtime import ledger
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.ledger.lookup import existing_payment
from paysandbox.payments.routes import GET_PAYMENT
from paysandbox.payments.shown_payment import show_payment


@endpoint(GET_PAYMENT)
def handler(call: Call[None, None]) -> Answer:
    """Return the payment, with one consistent read."""
    payment = existing_payment(ledger(), call.merchant, call.path)
    return Answer(show_payment(payment), transaction_id=payment.id, outcome="shown")
