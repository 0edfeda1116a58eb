"""Stripe's Card and Source: a payment method in an older form, that a customer can have as a source.

Source: Cards.d.ts, Customers.d.ts and Sources.d.ts of stripe-node 23.1.0. The fields of a card in a Source are those of
answers that public programs have recorded.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.objects.method import NOTHING, unchecked_results
from paysandbox.stripe_api.objects.stored_method import is_consumed, is_source_object, method_in
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.objects.token import card_body

CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the name of a field
OWN: Final = "source"
"""Of a payment method that was created as a source: what only a Source has, its client secret and its currency."""

_OF_CARD: Final = (
    "address_line1_check",
    "address_zip_check",
    "brand",
    "country",
    "cvc_check",
    "dynamic_last4",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
    "tokenization_method",
)
"""What the card of a Source has as a Card has it."""

_OF_OWNER: Final = ("address", "email", "name", "phone")
_IN_ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")


def source_body(stored: StoredObject) -> Body:
    """Return the Card of a payment method that is also a source, or its Source if it was created as one."""
    return _source(stored) if is_source_object(stored.id) else _card(stored)


def charged_source(stored: StoredObject) -> Body:
    """Return a Source as a charge shows it that it was charged for: one without a customer is consumed by that."""
    return _source(stored) | {"status": "chargeable" if method_in(stored).customer else "consumed"}


def _source(stored: StoredObject) -> Body:
    method, own = method_in(stored), stored.attributes[OWN]
    details: Mapping[str, Any] = stored.attributes.get("billing_details", NOTHING)
    card = card_body(stored.id, method.card, unchecked_results(method))
    return {
        "id": stored.id,
        "object": "source",
        "allow_redisplay": method.allow_redisplay or "unspecified",
        "amount": None,
        "card": {"name": None, **{field: card[field] for field in _OF_CARD}},
        CLIENT_SECRET: own[CLIENT_SECRET],
        "created": int(stored.created_at.timestamp()),
        "currency": own.get("currency"),
        **({"customer": method.customer} if method.customer else {}),
        "flow": "none",
        "livemode": False,
        "metadata": dict(stored.attributes.get("metadata", {})),
        "owner": _owner(details),
        "statement_descriptor": None,
        "status": "consumed" if is_consumed(stored) else "chargeable",
        "type": "card",
        "usage": "reusable",
    }


def _owner(details: Mapping[str, Any]) -> Body:
    address: Mapping[str, Any] | None = details.get("address")
    return {
        **{field: details.get(field) for field in _OF_OWNER},
        "address": {field: address.get(field) for field in _IN_ADDRESS} if address else None,
        **{f"verified_{field}": None for field in _OF_OWNER},
    }


def _card(stored: StoredObject) -> Body:
    method, details = method_in(stored), stored.attributes.get("billing_details", NOTHING)
    results = unchecked_results(method)
    return {
        **card_body(stored.id, method.card, results, method.customer, details=details),
        "allow_redisplay": method.allow_redisplay or "unspecified",
        "metadata": dict(stored.attributes.get("metadata", {})),
    }


def sources_list(customer_id: str, cards: list[Body], *, more: bool = False) -> Body:
    """Return a customer's list of sources."""
    return {"object": "list", "data": cards, "has_more": more, "url": f"/v1/customers/{customer_id}/sources"}
