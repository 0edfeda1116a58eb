# pyright: standard
"""The payment intent of a Checkout session: its ID is derived from the session's, and its terms follow from it.

Only the session's page confirms it. Its amount changes with the session's, until the bank has approved it.
"""

import json
from typing import Any, Final

from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings, LedgerSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.idempotency_record import Fingerprint
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.store import change_payment, get_payment, put_payment
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.rules.void import end_unapproved
from paysandbox.payments.terms import ConnectTerms, IntentTerms
from paysandbox.search_index.tables import reference_keys
from paysandbox.search_index.terms import reference_in
from paysandbox.stripe_api.checkout.line_item import session_totals
from paysandbox.stripe_api.objects.intent_state import OPEN, IntentStatus, intent_status, terms_of
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes, Cause, StoredObject
from paysandbox.stripe_api.payment_intents.intent_rules import open_intent, revise

DATA: Final = "payment_intent_data"
CONNECT: Final = "connect"
"""Beside the fields of a session: how its payment is shared, as its intent's terms have it."""

_json: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_PAID: Final = (IntentStatus.SUCCEEDED, IntentStatus.NEEDS_CAPTURE)
_TEXTS: Final = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


class ChangedMeanwhileError(Exception):
    """Another request has changed the payment since it was read."""


def payment_id_of(session: StoredObject) -> str:
    """Return the ID of the payment of a session. No other request can create one with it."""
    return ids.payment_id("checkout", "session", session.merchant, session.id)


def payment_of(session: StoredObject) -> Payment | None:
    """Return the payment of a session as of now, or None before its payer has tried to pay. One read."""
    return get_payment(ledger(), payment_id_of(session))


def status_of_payment(payment: Payment) -> IntentStatus:
    """Return the status of a session's payment intent."""
    return intent_status(payment, state_of(payment))


def is_approved(payment: Payment) -> bool:
    """Whether the bank has approved it: it is captured or held."""
    return status_of_payment(payment) in _PAID


def late_answer(payment: Payment) -> tuple[AuthorizationPending | None, Authorization | None]:
    """Return the first attempt that the bank did not answer at once, and its answer. None: not in this payment yet."""
    waiting = next((each for each in payment.operations if isinstance(each, AuthorizationPending)), None)
    later = payment.operations[payment.operations.index(waiting) :] if waiting else ()
    return waiting, next((each for each in later if isinstance(each, Authorization)), None)


def terms_of_session(session: StoredObject) -> IntentTerms:
    """Return the terms of a session's payment intent.

    Raises Refused as `to_ledger` does.
    """
    attributes = session.attributes
    data: Attributes = attributes.get(DATA) or {}
    collected: Attributes = attributes.get(COLLECTED, {})
    card: Attributes = (attributes.get("payment_method_options") or {}).get("card") or {}
    texts: dict[str, Any] = {name: data.get(name) or None for name in _TEXTS}
    shipping = data.get("shipping") or collected.get("shipping")
    options = {name: value for name, value in card.items() if value is not None and name != "capture_method"}
    return IntentTerms(
        amount=amount_of(attributes),
        **texts,
        metadata=_stored(data.get("metadata")),
        shipping=_stored(shipping),
        payment_method_types=_json(["card"]),
        payment_method_options=_stored({"card": options} if options else None),
        customer=attributes.get("customer"),
        checkout_session=session.id,
        session_reference=_reference(attributes),
        connect=ConnectTerms(**attributes[CONNECT]) if CONNECT in attributes else None,
    )


def _reference(attributes: Attributes) -> str | None:
    """Return what the merchant calls a session: an order, by its own field or by metadata."""
    own: str | None = attributes.get("client_reference_id")
    return own or reference_in(attributes.get("metadata") or {}, reference_keys())


def amount_of(attributes: Attributes) -> int:
    """Return what is due for a session, in the ledger's units. Raises Refused as `to_ledger` does."""
    total = session_totals(attributes).total
    return to_ledger(StripeAmount(total), attributes["currency"].upper()) if total else 0


def opened(session: StoredObject, cause: Cause) -> Payment:
    """Create the payment of a session, or return the one that it has. One conditional write."""
    payment_id = payment_id_of(session)
    data: Attributes = session.attributes.get(DATA) or {}
    card: Attributes = (session.attributes.get("payment_method_options") or {}).get("card") or {}
    opening = IntentCreated(
        id=payment_id,
        request_id=cause.request_id,
        at=cause.at,
        contract=CONTRACT,
        terms=terms_of_session(session),
    )
    payment = open_intent(
        payment_id,
        merchant=session.merchant,
        currency=session.attributes["currency"].upper(),
        automatic="manual" not in (data.get("capture_method"), card.get("capture_method")),
        opening=opening,
        fingerprint=Fingerprint("", 0),
        validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
        retention_s=settings_of(LedgerSettings).retention_s,
    )
    return put_payment(ledger(), payment)[0]


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

    def decide(current: Payment | None) -> Change:
        return revise(unchanged(payment, current), revision)

    return change_payment(ledger(), decide, current=payment)


def revised(session: StoredObject, cause: Cause) -> None:
    """Let the payment intent of an open session follow it, before the session is stored, if there is one.

    Whoever stores the session afterwards finds out if its payer has paid meanwhile: then this refuses
    (intent_state_unexpected).
    """
    payment = payment_of(session)
    while payment is not None:
        if status_of_payment(payment) not in OPEN:
            raise Refused(Code.INTENT_STATE_UNEXPECTED, "This Checkout Session is being paid.")
        try:
            with_terms(payment, terms_of_session(session), cause)
        except ChangedMeanwhileError:
            payment = payment_of(session)
        else:
            return


def canceled(payment: Payment, session: StoredObject, at: Any, request_id: str) -> Payment:
    """Cancel the payment intent of a session that expires, once. One conditional write.

    Returns it as it is then: approved or processing, if its payer was faster.
    """
    operation = Void(
        id=ids.step_id(ids.VOID, payment.id, session.id),
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
        return payment_of(session) or payment


def unchanged(read: Payment, current: Payment | None) -> Payment:
    """Return the payment that a rule decides about. Raises ChangedMeanwhileError if it is not as it was read."""
    if current is not None and current.version != read.version:
        raise ChangedMeanwhileError
    return current or read


def _stored(value: Any) -> str | None:
    return _json(value) if value else None
