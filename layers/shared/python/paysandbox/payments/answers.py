"""Response bodies of the card payment routes, as `schemas` has their shapes.

Every response, including the first, is rendered from the stored payment up to and including the requested operation. So
a replay is byte-identical even after later operations.
"""

from collections.abc import Callable

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.payments.answer_parts import card_body, payment_facts
from paysandbox.payments.operations.authorization import Authorization, last_attempt
from paysandbox.payments.payment import (
    NOT_AUTHENTICATED,
    Attempt,
    AuthorizationBegun,
    Payment,
    RefundBalance,
    State,
    Status,
    Step,
    state_of,
    step_of,
    steps,
)


def render_step(payment: Payment, operation_id: str) -> Body:
    """Render the original response to the request that created `operation_id`."""
    step = step_of(payment, operation_id)
    if step is None:
        raise AssertionError(f"{payment.id} has no operation {operation_id}")
    return step.operation.view(payment, step)


def render_authorization(payment: Payment) -> Body:
    """Render the original response to the request that authorized a payment: what it recorded in one write.

    That is the first operation; or the challenge that followed, if the bank declined for the lack of one. An answer of
    the bank says itself in which state it left the payment, so nothing is folded.
    """
    first, *later = payment.operations
    if not isinstance(first, Authorization):
        return render_step(payment, first.id)
    if later and isinstance(later[0], AuthorizationBegun) and later[0].status is Status.REQUIRES_ACTION:
        return first.bank_response(payment) | render_step(payment, later[0].id)
    return first.answered(payment, State(authorized=payment.authorized, decline=first.decline))


def render_payment(payment: Payment, referred: Callable[[Payment, State], str | None] | None = None) -> Body:
    """Render the current state of a payment, with its operations.

    With `referred`, it has the reference that this returns. Answers to the requests that made it have what those sent.
    """
    state = state_of(payment)
    reference = referred(payment, state) if referred is not None else None
    return (
        payment_facts(payment, state)
        | ({"reference": reference} if reference is not None else {})
        | ({"customer": state.terms.customer} if state.terms and state.terms.customer else {})
        | _answered(payment)
        | _unanswered(payment, state)
        | ({"refund_pending": state.refund_pending} if state.refund_pending else {})
        | _dispute(state)
        | {
            "status": str(state.status),
            "captured": state.captured,
            "released": state.released,
            "refunded": state.refunded,
            "remaining": state.remaining,
            "captures": [
                {"transaction_id": capture_id, "amount": balance.amount, "refunded": balance.refunded}
                for capture_id, balance in state.captures.items()
            ],
            "refunds": [_refund_line(refund_id, refund) for refund_id, refund in state.refunds.items()],
            "operations": [operation_line(step) for step in steps(payment)],
        }
    )


def _dispute(state: State) -> Body:
    if not state.disputes:
        return {}
    from paysandbox.payments.disputes.dispute_body import latest_dispute  # few payments have a dispute

    return {"disputed": state.disputed, "dispute": latest_dispute(state.disputes)}


def _answered(payment: Payment) -> Body:
    """Render the last attempt, if the bank answered it: also if the answer asked for the challenge that followed."""
    last, begun = last_attempt(payment), _unanswered_attempt(payment)
    return last.bank_response(payment) if last and (begun is None or begun.request_id == last.request_id) else {}


def _unanswered_attempt(payment: Payment) -> AuthorizationBegun | None:
    """Return the last attempt, if the bank has not answered it or was never asked."""
    last = next((operation for operation in reversed(payment.operations) if isinstance(operation, Attempt)), None)
    return last if isinstance(last, AuthorizationBegun) else None


def _refund_line(refund_id: str, refund: RefundBalance) -> Body:
    line: Body = {
        "transaction_id": refund_id,
        "capture_id": refund.parts[0][0],
        "amount": refund.amount,
        "status": str(refund.status),
    }
    return line | ({"failure_reason": refund.failure} if refund.failure is not None else {})


def _unanswered(payment: Payment, state: State) -> Body:
    """Render an attempt without an answer: its card, its authentication, and why it ended if no bank was asked."""
    begun = _unanswered_attempt(payment)
    if begun is None:
        return {}
    body: Body = {"card": card_body(begun.card), **_authentication(payment, begun)}
    decline = state.decline
    if decline is not None and decline is NOT_AUTHENTICATED:
        body |= {"decline_code": decline.decline_code, "advice_code": decline.advice_code}
    return body


def _authentication(payment: Payment, begun: AuthorizationBegun) -> Body:
    """Render the latest result of the authentication that an attempt waits for."""
    if begun.status is not Status.REQUIRES_ACTION:
        return {}
    from paysandbox.payments.attempts.challenge_results import latest_result  # few payments are authenticated

    return latest_result(payment, begun)


def operation_line(step: Step) -> Body:
    """Render an operation as the list of a payment's operations has it."""
    operation = step.operation
    line: Body = {
        "transaction_id": operation.id,
        "amount": step.amount,
        "created_at": format_timestamp(operation.at),
        "request_id": operation.request_id,
    }
    if operation.source is not None:
        line["source"] = operation.source
    return line | {"type": operation.type_name} | operation.own_facts(step.after)
