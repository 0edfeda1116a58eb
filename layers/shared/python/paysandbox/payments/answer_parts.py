"""Parts of the responses of payments that several kinds of operation have. Pure."""

import json

from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.bank.card import Card
from paysandbox.payments.payment import AuthorizationBegun, Body, Payment, State


def payment_facts(payment: Payment, state: State) -> Body:
    """Render the fields of a payment in the given state, without the bank's response."""
    return {
        "auth_id": payment.id,
        "transaction_id": payment.id,
        "amount": state.authorized or (state.terms.amount if state.terms else payment.authorized),
        "currency": payment.currency,
        "capture_method": "automatic" if payment.automatic else "manual",
        "created_at": format_timestamp(payment.created_at),
        **annotations(payment, state),
    }


def annotations(payment: Payment, state: State) -> Body:
    """Render the merchant's annotations of a payment in the given state."""
    latest, terms = payment.annotations, state.terms
    if terms:  # they have what an intent can be updated with, which is not all
        latest = replace(latest, description=terms.description, metadata=terms.metadata)
    body: Body = {**latest.noted()}
    return body | ({"metadata": json.loads(body["metadata"])} if "metadata" in body else {})


def unanswered_attempt(payment: Payment, state: State, attempt: AuthorizationBegun) -> Body:
    """Render a payment whose attempt waits."""
    return payment_facts(payment, state) | {
        "card": card_body(attempt.card),
        "status": str(state.status),
        "transaction_id": attempt.id,
    }


def card_body(card: Card) -> Body:
    """Render the stored data of a card."""
    return {
        "card_id": card.card_id,
        "brand": str(card.brand),
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }
