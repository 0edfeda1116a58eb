# pyright: standard
"""The payment intent of a Checkout session: its ID is derived from the session's, and its terms follow from it.

Only the session's page confirms it. Its amount changes with the session's, until the bank has approved it.
"""

import json
from typing import Any, Final

from paysandbox.aws.runtime import ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.ledger.store import get_payment, put_payment
from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import ConnectTerms, IntentTerms
from paysandbox.search_index.tables import reference_keys
from paysandbox.search_index.terms import reference_in
from paysandbox.stripe_api.checkout.line_item import session_totals
from paysandbox.stripe_api.checkout.rules import INVOICE, MODE, SUBSCRIPTION
from paysandbox.stripe_api.objects.intent_state import OPEN
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes, Cause, StoredObject
from paysandbox.stripe_api.payment_intents.owned_intents import (
    ChangedMeanwhileError,
    opened_intent,
    status_of_payment,
    with_terms,
)

DATA: Final = "payment_intent_data"
CONNECT: Final = "connect"
"""Beside the fields of a session: how its payment is shared, as its intent's terms have it."""

_json: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_TEXTS: Final = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)


def payment_id_of(session: StoredObject) -> str:
    """Return the ID of the payment of a session. No other request can create one with it."""
    if session.attributes[MODE] == SUBSCRIPTION:
        from paysandbox.stripe_api.checkout.subscriptions.subscribing import payment_id_of_sale  # few sessions sell one

        return payment_id_of_sale(session)
    return ids.payment_id("checkout", "session", session.merchant, session.id)


def payment_of(session: StoredObject) -> Payment | None:
    """Return the payment of a session as of now, or None before its payer has tried to pay. One read."""
    return get_payment(ledger(), payment_id_of(session))


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
    if attributes[MODE] == SUBSCRIPTION:
        from paysandbox.stripe_api.checkout.subscriptions.subscribing import DESCRIPTION, invoice_of_sale

        texts |= {"description": DESCRIPTION, "setup_future_usage": "off_session", INVOICE: invoice_of_sale(session)}
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
    data: Attributes = session.attributes.get(DATA) or {}
    card: Attributes = (session.attributes.get("payment_method_options") or {}).get("card") or {}
    payment = opened_intent(
        payment_id_of(session),
        merchant=session.merchant,
        currency=session.attributes["currency"].upper(),
        automatic="manual" not in (data.get("capture_method"), card.get("capture_method")),
        terms=terms_of_session(session),
        cause=cause,
    )
    return put_payment(ledger(), payment)[0]


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


def _stored(value: Any) -> str | None:
    return _json(value) if value else None
