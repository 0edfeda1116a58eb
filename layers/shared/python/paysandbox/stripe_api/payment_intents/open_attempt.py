"""Attempts at an intent that are not over with the bank's answer: those that wait for the cardholder, who must be
authenticated first, or for the bank; and those after which something falls due by itself."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.payments.attempts.authentication import request_challenge
from paysandbox.payments.attempts.rules import await_bank
from paysandbox.payments.bank.acquirer import Answered, AwaitsBank, AwaitsCardholder
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import AuthorizationBegun, Operation, Payment
from paysandbox.payments.plan_rules import with_plan
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt

Operations = tuple[Operation, *tuple[Operation, ...]]


def begin(
    payment: Payment,
    submitted: AuthorizationAttempt,
    answer: AwaitsBank | AwaitsCardholder,
    method: Method,
    request_id: str,
    at: datetime,
    contract: int,
    restated: IntentTerms | None,
) -> Operations:
    """Return the operations of an attempt that waits.

    If the bank declined only because the cardholder has not authenticated, that attempt comes first, and the challenge
    is another one.
    """
    amount, attempt_id = submitted.terms.amount, submitted.operation_id
    terms = replace(restated, method=None) if restated else None
    begun: AuthorizationBegun
    if isinstance(answer, AwaitsBank):
        begun = await_bank(
            attempt_id,
            card=method.card,
            answer=answer,
            amount=amount,
            request_id=request_id,
            at=at,
            contract=contract,
        )
        return (_of_intent(begun, submitted, method, terms),)
    declined = None
    if answer.soft_decline is not None:
        declined = Authorization(
            id=attempt_id,
            request_id=request_id,
            at=at,
            contract=contract,
            idempotency_key=submitted.idempotency_key,
            card=method.card,
            response=answer.soft_decline,
            method_id=method.id,
            billing_details=method.billing_details,
            allow_redisplay=method.allow_redisplay,
            terms=terms,
        )
        terms = None
        own = ids.derive(ids.ATTEMPT, attempt_id, length=ids.SUFFIX_LENGTH)
        attempt_id = ids.operation_id(ids.ATTEMPT, payment.id, own)
    begun = request_challenge(
        attempt_id,
        card=method.card,
        answer=answer,
        amount=amount,
        request_id=request_id,
        at=at,
        contract=contract,
        base_url=submitted.base_url,
        return_url=submitted.return_url,
    )
    begun = _of_intent(begun, submitted, method, terms)
    return (declined, begun) if declined else (begun,)


def _of_intent(
    begun: AuthorizationBegun, submitted: AuthorizationAttempt, method: Method, terms: IntentTerms | None
) -> AuthorizationBegun:
    """Return an attempt with what an intent adds to it."""
    return replace(
        begun,
        idempotency_key=submitted.idempotency_key,
        method_id=method.id,
        billing_details=method.billing_details,
        allow_redisplay=method.allow_redisplay,
        terms=terms,
    )


def planned(payment: Payment, operations: Operations, answer: Answered) -> Operations:
    """Return the operations of an attempt with what falls due after them.

    Raises Refused(outcome_invalid) as `with_plan` does.
    """
    first, *later = with_plan(replace(payment, operations=operations), answer).operations
    return first, *later
