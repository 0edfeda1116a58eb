"""Response bodies of the card payment routes, as `schemas` has their shapes.

Every response, including the first, is rendered from the stored payment up to and including the requested operation. So
a replay is byte-identical even after later operations.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Checks
from paysandbox.payments.operation import AuthorizationBegun, DisputeStep, Operation
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.capture_failed import CaptureFailed
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.fraud_warning import FraudWarning
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.notes_updated import NotesUpdated
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import (
    NOT_AUTHENTICATED,
    Payment,
    RefundBalance,
    State,
    Step,
    state_of,
    step_of,
    steps,
)
from paysandbox.payments.refund_status import RefundStatus


def render_step(payment: Payment, operation_id: str) -> Body:
    """Render the original response to the request that created `operation_id`."""
    step = step_of(payment, operation_id)
    if step is None:
        raise AssertionError(f"{payment.id} has no operation {operation_id}")
    match step.operation:
        case IntentCreated() | IntentUpdated() | NotesUpdated():
            return _operation(payment, step) | _annotations(payment, step.after)
        case Authorization():
            return _authorization(payment, step)
        case AuthorizationBegun():
            facts = _facts(payment, step.after, None) | {"card": _card(step.operation.card)}
            facts |= {"status": str(step.after.status), "transaction_id": step.operation.id}
            return facts | _authentication(payment, step.operation)
        case Capture():
            return _operation(payment, step) | {
                "final": step.operation.final,
                "remaining": step.after.remaining,
                "released": step.after.released - step.before.released,
            }
        case Refund():
            return _refund(payment, step, step.operation)
        case RefundUpdated():
            refund = next(one for one in payment.operations if one.id == step.operation.refund_id)
            return _refund(payment, step, refund)
        case DisputeStep():
            from paysandbox.payments.disputes.answers import render_dispute_step  # few payments have a dispute

            return render_dispute_step(payment, step, step.operation)
        case _:
            return _operation(payment, step) | _later_step(step.operation)


def render_authorization(payment: Payment) -> Body:
    """Render the original response to the request that authorized a payment: what it recorded in one write.

    That is the first operation; or the challenge that followed, if the bank declined for the lack of one.
    """
    first, *later = payment.operations
    if isinstance(first, Authorization) and later and isinstance(later[0], ChallengeRequested):
        return _bank_response(first) | render_step(payment, later[0].id)
    return render_step(payment, first.id)


def _refund(payment: Payment, step: Step, refund: Operation) -> Body:
    """Render a refund after a step of it. A refund that succeeded is `completed`, as any operation of a merchant."""
    if not isinstance(refund, Refund):
        raise AssertionError(f"{refund} is not a refund")
    balance = step.after.refunds[refund.id]
    capture_id = balance.parts[0][0]
    succeeded = balance.status is RefundStatus.SUCCEEDED
    body: Body = _operation(payment, step) | {
        "status": "completed" if succeeded else str(balance.status),
        "transaction_id": refund.id,
        "created_at": format_timestamp(refund.at),
    }
    if refund.reason is not None:
        body["reason"] = refund.reason
    body |= {"capture_id": capture_id, "refundable": step.after.captures[capture_id].refundable}
    return body | ({"failure_reason": balance.failure} if balance.failure is not None else {})


def render_payment(payment: Payment) -> Body:
    """Render the current state of a payment, with its operations."""
    state = state_of(payment)
    return (
        _facts(payment, state, _answered_attempt(payment))
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
    from paysandbox.payments.disputes.answers import latest_dispute  # few payments have a dispute

    return {"disputed": state.disputed, "dispute": latest_dispute(state.disputes)}


def _answered_attempt(payment: Payment) -> Authorization | None:
    """Return the last attempt, if the bank answered it: also if the answer asked for the challenge that followed."""
    last, begun = payment.last_attempt, _unanswered_attempt(payment)
    return last if last and (begun is None or begun.request_id == last.request_id) else None


def _unanswered_attempt(payment: Payment) -> AuthorizationBegun | None:
    """Return the last attempt, if the bank has not answered it or was never asked."""
    attempts = (one for one in reversed(payment.operations) if isinstance(one, (Authorization, AuthorizationBegun)))
    last = next(attempts, None)
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
    body: Body = {"card": _card(begun.card), **_authentication(payment, begun, latest=True)}
    decline = state.decline
    if decline is not None and decline is NOT_AUTHENTICATED:
        body |= {"decline_code": decline.decline_code, "advice_code": decline.advice_code}
    return body


def _authentication(payment: Payment, begun: AuthorizationBegun, *, latest: bool = False) -> Body:
    """Render the authentication that an attempt waits for, as of its beginning or its `latest` result."""
    if not isinstance(begun, ChallengeRequested):
        return {}
    from paysandbox.payments.attempts.three_d_secure import three_d_secure  # few payments are authenticated

    results = [AuthenticationResult.CHALLENGE]
    if latest:
        of_it = (one for one in payment.operations if isinstance(one, Authentication))
        results += [one.result for one in of_it if one.challenge_id == begun.id]
    return {"three_d_secure": three_d_secure(results[-1], begun.card.brand)}


def render_page(payments: Iterable[Payment], next_cursor: str | None) -> Body:
    """Render a page of the list."""
    return {"data": [render_payment(payment) for payment in payments], "next_cursor": next_cursor}


def _authorization(payment: Payment, step: Step) -> Body:
    attempt = step.operation
    if not isinstance(attempt, Authorization):
        raise AssertionError(f"{attempt} is not an authorization")
    answer = _facts(payment, step.after, attempt) | {"status": str(step.after.status), "transaction_id": attempt.id}
    if payment.automatic and not step.after.decline:
        capture = payment.operations[payment.operations.index(attempt) + 1]
        answer["captures"] = [{"transaction_id": capture.id, "amount": payment.amounts[capture.id]}]
    return answer


def _facts(payment: Payment, state: State, attempt: Authorization | None) -> Body:
    """Render the fields of a payment in the given state, and the bank's response to the given attempt."""
    body: Body = {
        "auth_id": payment.id,
        "transaction_id": payment.id,
        "amount": state.authorized or (state.terms.amount if state.terms else payment.authorized),
        "currency": payment.currency,
        "capture_method": "automatic" if payment.automatic else "manual",
        "created_at": format_timestamp(payment.created_at),
        **_annotations(payment, state),
    }
    return body | (_bank_response(attempt) if attempt else {}) | _hold(payment, attempt)


def _bank_response(attempt: Authorization) -> Body:
    body: Body = {
        "card": _card(attempt.card),
        "checks": _checks(attempt.response.checks),
        "risk_level": str(attempt.response.risk_level),
    }
    if attempt.requested is not None:
        body["amount_requested"] = attempt.requested
    if attempt.response.code is not None:
        body["response_code"] = attempt.response.code
    if attempt.decline:
        body |= {"decline_code": attempt.decline.decline_code, "advice_code": attempt.decline.advice_code}
    if attempt.authentication is not None:
        from paysandbox.payments.attempts.three_d_secure import three_d_secure  # few payments are authenticated

        body["three_d_secure"] = three_d_secure(attempt.authentication, attempt.card.brand, sent=True)
    return body


def _hold(payment: Payment, attempt: Authorization | None) -> Body:
    approved = attempt is not None and not attempt.decline
    return {"expires_at": format_timestamp(payment.capture_before)} if approved else {}


def _annotations(payment: Payment, state: State) -> Body:
    """Render the merchant's annotations of a payment in the given state."""
    latest, terms = payment.annotations, state.terms
    if terms:  # they have what an intent can be updated with, which is not all
        latest = replace(latest, description=terms.description, metadata=terms.metadata)
    body: Body = {**latest.noted()}
    return body | ({"metadata": json.loads(body["metadata"])} if "metadata" in body else {})


def _card(card: Card) -> Body:
    return {
        "card_id": card.card_id,
        "brand": str(card.brand),
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }


def _checks(checks: Checks) -> Body:
    return {"cvc": str(checks.cvc), "zip": str(checks.zip), "line1": str(checks.line1)}


def _operation(payment: Payment, step: Step) -> Body:
    return {
        "status": "completed",
        "transaction_id": step.operation.id,
        "auth_id": payment.id,
        "amount": step.amount,
        "currency": payment.currency,
        "created_at": format_timestamp(step.operation.at),
    }


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
    if isinstance(operation, DisputeStep):
        from paysandbox.payments.disputes.answers import OPERATION_TYPES, own_facts  # few payments have a dispute

        return line | {"type": OPERATION_TYPES[type(operation)]} | own_facts(operation)
    return line | {"type": _TYPES[type(operation)]} | _own_facts(step)


def _own_facts(step: Step) -> Body:
    """Render what an operation of this type has of its own, in the list of operations."""
    operation = step.operation
    match operation:
        case Capture():
            return {"final": operation.final}
        case Refund():
            reason = {"reason": operation.reason} if operation.reason is not None else {}
            return {"capture_id": step.after.refunds[operation.id].parts[0][0]} | reason
        case Settlement():
            return {
                "batch": operation.batch,
                "fee": sum(settled.fee for settled in operation.settled),
                "settled": [settled.id for settled in operation.settled],
            }
        case _:
            return _later_step(operation)


_TYPES: Final[Mapping[type[Operation], str]] = {
    IntentCreated: "opening",
    IntentUpdated: "revision",
    NotesUpdated: "revision",
    Authorization: "authorization",
    Capture: "capture",
    Void: "void",
    Expiry: "expiry",
    Refund: "refund",
    Settlement: "settlement",
    ChallengeRequested: "challenge",
    AuthorizationPending: "pending_authorization",
    Authentication: "authentication",
    RefundUpdated: "refund_update",
    CaptureFailed: "capture_failure",
    PresentmentDelayed: "presentment_delay",
    Reversal: "reversal",
    FraudWarning: "fraud_warning",
}


def _later_step(operation: Operation) -> Body:
    """Render what a step of the bank, the network or the cardholder has of its own."""
    match operation:
        case Authentication():
            return {"challenge_id": operation.challenge_id, "result": str(operation.result)}
        case RefundUpdated():
            reason = {"failure_reason": operation.reason} if operation.reason is not None else {}
            return {"refund_id": operation.refund_id, "refund_status": str(operation.status)} | reason
        case CaptureFailed() | FraudWarning():
            return {"capture_id": operation.capture_id}
        case PresentmentDelayed():
            return {"capture_id": operation.capture_id, "presented_at": format_timestamp(operation.until)}
        case _:
            return {}
