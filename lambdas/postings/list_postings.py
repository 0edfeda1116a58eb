"""GET /payments/{transaction_id}/postings: return a payment's postings, computed from its operations."""

from paysandbox.aws.runtime import ledger
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.accounting import postings
from paysandbox.payments.ledger.lookup import existing_payment
from paysandbox.payments.payment import steps
from paysandbox.postings.routes import LIST_POSTINGS


@endpoint(LIST_POSTINGS)
def handler(call: Call[None, None]) -> Answer:
    """Return the postings of all operations, with one consistent read."""
    payment = existing_payment(ledger(), call.merchant, call.path)
    rows = [
        {
            "transaction_id": step.operation.id,
            "created_at": format_timestamp(step.operation.at),
            "debit": posting.debit,
            "credit": posting.credit,
            "amount": posting.amount,
            "currency": posting.currency,
        }
        for step in steps(payment)
        for posting in postings(step, merchant=payment.merchant, currency=payment.currency)
    ]
    return Answer({"data": rows}, transaction_id=payment.id, outcome="listed")
