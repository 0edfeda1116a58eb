"""Payment intents that belong to another object, a Checkout session or an invoice, which opens, changes and ends them.

The ID of such an intent's payment is derived from its owner's. What the ledger has recorded decides, and the owner
follows: whoever comes to it first.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core import ids
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.rules.void import end_unapproved
from paysandbox.payments.terms import IntentTerms
from paysandbox.stripe_api.objects.intent_state import OPEN, IntentStatus, intent_status, terms_of
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.payment_intents.intent_rules import attempt, open_intent, revise
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt

_APPROVED: Final = (IntentStatus.SUCCEEDED, IntentStatus.NEEDS_CAPTURE)


class ChangedMeanwhileError(Exception):
    """Another request has changed the payment since it was read."""


def status_of_payment(payment: Payment) -> IntentStatus:
    """Return the status of a payment intent."""
    return intent_status(payment, state_of(payment))


def is_approved(payment: Payment) -> bool:
    """Whether the bank has approved it: it is captured or held."""
    return status_of_payment(payment) in _APPROVED


def late_answer(payment: Payment) -> tuple[AuthorizationPending | None, Authorization | None]:
    """Return the first attempt that the bank did not answer at once, and its answer. None: not in this payment yet."""
    waiting = next((each for each in payment.operations if isinstance(each, AuthorizationPending)), None)
    later = payment.operations[payment.operations.index(waiting) :] if waiting else ()
    return waiting, next((each for each in later if isinstance(each, Authorization)), None)


def is_decided(payment: Payment) -> bool:
    """Whether its owner is paid: the bank has approved it, or may still, since it does not answer at once."""
    return is_approved(payment) or late_answer(payment)[0] is not None


def opened_intent(
    payment_id: str, *, merchant: str, currency: str, automatic: bool, terms: IntentTerms, cause: Cause
) -> Payment:
    """Return the payment of a new intent that is not attempted yet. Nothing is stored."""
    opening = IntentCreated(id=payment_id, request_id=cause.request_id, at=cause.at, contract=CONTRACT, terms=terms)
    return open_intent(
        payment_id,
        merchant=merchant,
        currency=currency,
        automatic=automatic,
        opening=opening,
        fingerprint=Fingerprint("", 0),
        validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
        retention_s=settings_of(LedgerSettings).retention_s,
    )


def with_terms(payment: Payment, terms: IntentTerms, cause: Cause) -> Payment:
    """Give an open payment intent other terms, if they are others. At most one conditional write.

    Raises ChangedMeanwhileError if it has changed since it was read, and Refused as `revise` does.
    """
    state = state_of(payment)
    if terms_of(payment, state) == terms:
        return payment
    # A request may have to do it again, with other terms.
    operation_id = ids.step_id(ids.REVISION, payment.id, f"{cause.operation_id}@{payment.version}")
    revision = IntentUpdated(id=operation_id, request_id=cause.request_id, at=cause.at, contract=CONTRACT, terms=terms)
    return change_unchanged(payment, lambda now: revise(now, revision))


def attempted_again(payment: Payment, submitted: AuthorizationAttempt, cause: Cause) -> Payment:
    """Record the bank's answer to an attempt, on the condition that the payment is as it was read.

    Raises ChangedMeanwhileError, and Refused as `intent_rules.attempt` does.
    """
    validity_s = settings_of(AcceptanceSettings).authorization_validity_s
    return change_unchanged(
        payment,
        lambda now: attempt(
            now,
            submitted,
            request_id=cause.request_id,
            at=cause.at,
            validity_s=validity_s,
            contract=CONTRACT,
            first=now,
        ),
    )


def canceled(payment: Payment, owner: str, at: datetime, request_id: str) -> Payment:
    """Cancel the payment intent of an owner that ends, once. One conditional write.

    Returns it as it is then: approved or processing, if its payer was faster.
    """
    operation = Void(
        id=ids.step_id(ids.VOID, payment.id, owner),
        request_id=request_id,
        at=at,
        contract=CONTRACT,
    )

    def decide(current: Payment | None) -> Change:
        now = current or payment
        if status_of_payment(now) not in OPEN:
            raise ChangedMeanwhileError
        return end_unapproved(now, operation)

    try:
        return change_payment(ledger(), decide, current=payment)
    except ChangedMeanwhileError:
        return get_payment(ledger(), payment.id) or payment


def change_unchanged(read: Payment, decide: Callable[[Payment], Change]) -> Payment:
    """Record a change of a payment that is as it was read. Raises ChangedMeanwhileError if it is not."""

    def decide_unchanged(current: Payment | None) -> Change:
        if current is not None and current.version != read.version:
            raise ChangedMeanwhileError
        return decide(current or read)

    return change_payment(ledger(), decide_unchanged, current=read)
