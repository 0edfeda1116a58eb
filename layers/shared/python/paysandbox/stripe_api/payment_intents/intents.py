# pyright: standard
"""Code common to the intent routes: find an intent, authorize it, render it as of an operation."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.record import replace
from paysandbox.payments.bank.acquirer import Answer, Answered
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED
from paysandbox.payments.change import Change
from paysandbox.payments.idempotency import IdempotentResult
from paysandbox.payments.ledger.refusals import RequestedOperation
from paysandbox.payments.ledger.store import (
    Explain,
    ReadPayment,
    change_payment_storing_refusals,
    get_payment,
)
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.terms import IntentTerms
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.ids import payment_of_intent
from paysandbox.stripe_api.objects.decline import AUTHENTICATION_NOT_HANDLED
from paysandbox.stripe_api.objects.render import render_intent
from paysandbox.stripe_api.payment_intents.intent_rules import authenticated_attempt, no_method
from paysandbox.stripe_api.payment_intents.intent_terms import (
    check_takes_cards,
    requests_authentication,
    stored_return_url,
)
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.payment_methods.bank import bank_answer
from paysandbox.stripe_api.protocol import StripeAnswer


def payment_id_of(call: AnyStripeCall) -> str:
    """Return the payment of the intent in the path. Raises Refused(resource_not_found) for a malformed ID."""
    name = call.path.get("intent", "")
    payment_id = payment_of_intent(name)
    if payment_id is None:
        raise no_intent(name)
    return payment_id


def find_intent(call: AnyStripeCall, payment_id: str) -> Payment:
    """Return the payment as of now. Raises Refused(resource_not_found)."""
    payment = get_payment(ledger(), payment_id)
    if payment is None or payment.merchant != call.merchant or payment.is_charge:
        raise no_intent(call.path.get("intent", ""))
    return payment


def check_outcome(call: AnyStripeCall) -> None:
    """Refuse (outcome_invalid) to ask for an outcome of a new intent that is not confirmed."""
    if call.outcome is not None and not call.body.confirm:
        detail = "The bank is asked when the intent is confirmed. Send the header with the confirmation."
        raise Refused(Code.OUTCOME_INVALID, detail, OUTCOME_HEADER)


def authorize_with_bank(call: AnyStripeCall, terms: IntentTerms) -> Answer:
    """Return the bank's answer to the terms.

    Raises Refused: payment_method_required, and as `check_takes_cards` and `bank_answer` do.
    """
    if terms.method is None:
        raise no_method()
    check_takes_cards(terms)
    return bank_answer(
        terms.method,
        call.merchant,
        terms.amount,
        outcome=call.outcome,
        metadata=terms.metadata,
        authenticate=requests_authentication(terms),
        unattended=_unattended(call),
    )


def _unattended(call: AnyStripeCall) -> str | None:
    """Return the decline code of a card that requires authentication, if nobody can be authenticated now."""
    if call.body.off_session:
        return AUTHENTICATION_REQUIRED
    return AUTHENTICATION_NOT_HANDLED if call.body.error_on_requires_action else None


def submit(call: AnyStripeCall, payment: Payment, operation_id: str, terms: IntentTerms) -> AuthorizationAttempt:
    """Return an attempt at the terms, with the bank's answer.

    If the cardholder was authenticated for them, it is the answer that was decided when the attempt began, unless the
    caller requests another outcome. Raises Refused as `authorize_with_bank` does.
    """
    done = authenticated_attempt(payment, terms) if call.outcome is None else None
    if done is None:
        return attempt_of(call, payment.id, operation_id, terms, authorize_with_bank(call, terms))
    check_takes_cards(terms)
    answer = Answered(done.challenge.response, done.challenge.approved, plan=payment.plan)
    return replace(attempt_of(call, payment.id, operation_id, terms, answer), authentication=done.result)


def change_read(
    call: AnyStripeCall,
    read: Payment,
    operation_id: str,
    decide: Callable[[Payment | None], Change],
    explain: Explain,
) -> Payment:
    """Change a payment that was read, or store its refusal, as `change_payment_storing_refusals` does."""
    known = ReadPayment(read, RequestedOperation(operation_id=operation_id, request_id=call.request_id))
    return change_payment_storing_refusals(ledger(), decide, known=known, explain=explain)


def store_what_follows(payment: Payment, customer: str | None) -> None:
    """Store what follows from a payment that was attempted: its transfer and application fee, and its card. Idempotent.

    The card is attached to the customer (None: it has none), if the payment saves it.
    """
    store_if_shared(payment)
    if customer is None or payment.remaining is None:
        return
    from paysandbox.stripe_api.payment_methods.saving import save_card  # few payments save their card

    save_card(payment)


def store_if_shared(payment: Payment) -> None:
    """Store the transfer and the application fee of a captured payment, if it is shared. Idempotent."""
    state = state_of(payment) if payment.captures else None
    if state is None or not state.shares:
        return
    from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared  # few payments are shared

    store_shared(payment)


def attempt_of(
    call: AnyStripeCall, payment_id: str, operation_id: str, terms: IntentTerms, answer: Answer
) -> AuthorizationAttempt:
    """Return an attempt of this request at the terms, which the bank has answered."""
    return AuthorizationAttempt(
        terms=terms,
        answer=answer,
        operation_id=operation_id,
        capture_id=ids.operation_id(ids.CAPTURE, payment_id, operation_id[-ids.SUFFIX_LENGTH :]),
        idempotency_key=call.caller_key,
        base_url=call.request.base_url,
        return_url=stored_return_url(call.body.return_url),
    )


def no_intent(name: str) -> Refused:
    """Return the same error for an unknown or malformed ID of an intent in a path, and for another merchant's."""
    return no_such("payment_intent", name, "intent")


@contextmanager
def translate_not_found(kind: str, name: str, param: str) -> Iterator[None]:
    """Replace a not-found error by the one with the ID and the parameter that the caller sent."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.RESOURCE_NOT_FOUND:
            raise
        raise no_such(kind, name, param) from None


def answered(
    call: AnyStripeCall, once: IdempotentResult, until: str, *, expand: Collection[str], outcome: str
) -> StripeAnswer:
    """Return the intent as of an operation. If that operation is a decline, the answer is a card error."""
    payment = once.payment
    secret, version = secrets_of(payment.id), call.stripe_version
    body = render_intent(payment, private=secret, until=until, expand=expand, version=version)
    last = next(operation for operation in payment.operations if operation.id == until)
    declined = isinstance(last, Authorization) and last.decline is not None
    return StripeAnswer(
        body=body,
        replayed=once.replayed,
        first_request=once.first_request,
        transaction_id=payment.id,
        outcome="declined" if declined else outcome,
        declined=declined,
    )


def last_of(payment: Payment, operation_id: str) -> str:
    """Return the last operation of the same write: those of the same request, right after this one."""
    recorded = [operation.id for operation in payment.operations]
    first = recorded.index(operation_id)
    request_id = payment.operations[first].request_id
    last = first
    while last + 1 < len(recorded) and payment.operations[last + 1].request_id == request_id:
        last += 1
    return recorded[last]
