# pyright: standard
"""Collect an invoice: its payment, under an ID that is derived from the invoice's, and the attempts at it.

Each attempt has a derived ID too. So a payment whose answer was lost is found by whoever comes next, and no attempt is
made twice: the ledger's own conditions decide.
"""

from datetime import datetime
from typing import Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.json_text import json_text
from paysandbox.core.record import record, replace
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.bank.acquirer import Answer
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED
from paysandbox.payments.ledger.store import get_payment, put_payment
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.billing.invoice import (
    CUSTOMER,
    CYCLE,
    FIRST,
    LAST_ATTEMPT,
    REASON,
    total_of,
)
from paysandbox.stripe_api.billing.invoice_shown import OF_SUBSCRIPTION
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.objects.intent_state import OPEN
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.payment_intents.intent_rules import attempted
from paysandbox.stripe_api.payment_intents.intents import store_what_follows
from paysandbox.stripe_api.payment_intents.owned_intents import (
    ChangedMeanwhileError,
    attempted_again,
    canceled,
    opened_intent,
    status_of_payment,
)
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.payment_methods.bank import bank_answer

_TRIES: Final = 4
_DESCRIPTIONS: Final = {FIRST: "Subscription creation", CYCLE: "Subscription update"}
"""Stripe's words, as recorded."""


@record(kw_only=True)
class Collection:
    """How an invoice is collected once: with a card, by an attempt with this ID, because of this cause.

    Without a cardholder who could be authenticated, it is `off_session`. Pages of 3-D Secure are under `base_url`.
    """

    method: Method
    attempt_id: str
    cause: Cause
    off_session: bool = False
    base_url: str = ""


def payment_id_of(merchant: str, invoice_id: str) -> str:
    """Return the ID of the payment of an invoice. No request can create one with it."""
    return ids.payment_id("billing", "invoice", merchant, invoice_id)


def intent_of(merchant: str, invoice_id: str) -> str:
    """Return the ID of the payment intent of an invoice, which exists once it is finalized."""
    return intent_id(payment_id_of(merchant, invoice_id))


def payment_of(invoice: StoredObject) -> Payment | None:
    """Return the payment of an invoice as of now, or None: there is none yet, or it was purged. One read."""
    return get_payment(ledger(), payment_id_of(invoice.merchant, invoice.id))


def open_payment(invoice: StoredObject, cause: Cause) -> Payment:
    """Open the payment of an invoice that was finalized, or return the one that it has. One conditional write."""
    return put_payment(ledger(), _opened(invoice, cause))[0]


def collect(invoice: StoredObject, how: Collection) -> Payment:
    """Attempt to collect an open invoice, once for this attempt's ID. Returns its payment as it is then.

    The first attempt is one conditional write, which also opens the payment; a later one takes a read before. If the
    payment is decided, or this attempt was made, nothing is written. Raises Refused as `bank_answer` does.
    """
    answer = answer_to(invoice, how.method, off_session=how.off_session)
    is_first = LAST_ATTEMPT not in invoice.attributes
    payment = None if is_first else payment_of(invoice)
    for _ in range(_TRIES):
        if payment is None:
            opened = _opened(invoice, how.cause)
            submitted = _submitted(invoice, how, answer)
            validity_s = settings_of(AcceptanceSettings).authorization_validity_s
            new = attempted(
                opened, submitted, request_id=how.cause.request_id, validity_s=validity_s, contract=CONTRACT
            )
            payment, created = put_payment(ledger(), new)
            if created:
                break
        if has_attempt(payment, how.attempt_id) or status_of_payment(payment) not in OPEN:
            break
        try:
            payment = attempted_again(payment, _submitted(invoice, how, answer), how.cause)
        except ChangedMeanwhileError:
            payment = payment_of(invoice)
        else:
            break
    if payment is None:
        raise AssertionError(f"the payment of {invoice.id} was removed while it was attempted")
    store_what_follows(payment, invoice.attributes[CUSTOMER])
    return payment


def cancel_payment(invoice: StoredObject, at: datetime, request_id: str) -> Payment:
    """Cancel the payment of an invoice that ends, if it is open. Returns it as it is then: approved, if that was first.

    If it was not opened, it is opened first, so that no attempt that is on its way opens it afterwards.
    """
    cause = Cause(operation_id=invoice.id, request_id=request_id, at=at)
    payment = payment_of(invoice) or open_payment(invoice, cause)
    return canceled(payment, invoice.id, at, request_id) if status_of_payment(payment) in OPEN else payment


def answer_to(invoice: StoredObject, method: Method, *, off_session: bool) -> Answer:
    """Ask the bank about an invoice on a card. It answers the same whenever it is asked."""
    attributes = invoice.attributes
    metadata: Attributes = {**attributes.get(OF_SUBSCRIPTION, {}), **attributes.get("metadata", {})}
    return bank_answer(
        method,
        invoice.merchant,
        amount_of(attributes),
        metadata=json_text(metadata) if metadata else None,
        unattended=AUTHENTICATION_REQUIRED if off_session else None,
    )


def amount_of(attributes: Attributes) -> int:
    """Return what is due for an invoice, in the ledger's units. Raises Refused as `to_ledger` does."""
    return to_ledger(StripeAmount(total_of(attributes)), attributes["currency"].upper())


def _opened(invoice: StoredObject, cause: Cause) -> Payment:
    return opened_intent(
        payment_id_of(invoice.merchant, invoice.id),
        merchant=invoice.merchant,
        currency=invoice.attributes["currency"].upper(),
        automatic=True,
        terms=_terms(invoice),
        cause=cause,
    )


def _terms(invoice: StoredObject) -> IntentTerms:
    attributes = invoice.attributes
    is_first = attributes.get(REASON) == FIRST
    return IntentTerms(
        amount=amount_of(attributes),
        customer=attributes[CUSTOMER],
        description=_DESCRIPTIONS.get(attributes.get(REASON, "")) or attributes.get("description"),
        invoice=invoice.id,
        payment_method_types=json_text(["card"]),
        setup_future_usage="off_session" if is_first else None,
        statement_descriptor=attributes.get("statement_descriptor"),
    )


def _submitted(invoice: StoredObject, how: Collection, answer: Answer) -> AuthorizationAttempt:
    payment_id = payment_id_of(invoice.merchant, invoice.id)
    return AuthorizationAttempt(
        terms=replace(_terms(invoice), method=how.method),
        answer=answer,
        operation_id=how.attempt_id,
        capture_id=ids.operation_id(ids.CAPTURE, payment_id, how.attempt_id[-ids.SUFFIX_LENGTH :]),
        idempotency_key=how.cause.idempotency_key,
        base_url=how.base_url,
    )


def has_attempt(payment: Payment, operation_id: str) -> bool:
    """Whether this attempt at a payment was made."""
    return any(each.id == operation_id for each in payment.operations)
