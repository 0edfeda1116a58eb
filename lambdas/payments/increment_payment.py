"""POST /payments/increment: hold more for an authorization, if the cardholder's bank approves."""

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.answers import render_step
from paysandbox.payments.bank.increments import requested_response
from paysandbox.payments.bank.response import Response
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import apply_idempotent
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.increment import Increment
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.refusals import not_found
from paysandbox.payments.requests import IncrementPayment
from paysandbox.payments.routes import INCREMENT_PAYMENT
from paysandbox.payments.rules.increment import increment


@endpoint(INCREMENT_PAYMENT)
def handler(call: Call[IncrementPayment, None]) -> Answer:
    """Bind the idempotency key, then record the bank's response in one conditional update."""
    body = call.body
    if not ids.is_payment_id(body.auth_id):
        raise not_found()
    requested = requested_response(call.outcome)

    def act(operation_id: str) -> Payment:
        operation = Increment(
            id=operation_id, request_id=call.request_id, at=call.now, contract=CONTRACT, response=Response()
        )

        def decide(current: Payment | None) -> Change:
            return increment(
                body.auth_id,
                call.merchant,
                operation,
                amount=lambda _: body.amount,
                currency=body.currency,
                requested=requested,
                current=current,
            )

        return change_payment(ledger(), decide)

    result, increment_id = apply_idempotent(call, ids.INCREMENT, body.auth_id, act)
    answer = render_step(result.payment, increment_id)
    outcome = "increment_declined" if answer["status"] == "declined" else "incremented"
    return Answer(answer, result.replayed, increment_id, outcome=outcome)
