"""Stripe's Token, and the Card that it has, as charges have it that were created with one."""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.core.cards.brand import Brand
from paysandbox.http.answer import Body
from paysandbox.payments.bank.card import Card
from paysandbox.stripe_api.objects.method import NOTHING, card_fields, unchecked_results
from paysandbox.stripe_api.objects.stored_method import method_in
from paysandbox.stripe_api.objects.stored_object import StoredObject

CARD: Final = "card"
TOKEN: Final = "token"  # noqa: S105 - Stripe's name of the object
CARD_TOKEN: Final = "tok"  # noqa: S105 - the prefix of IDs
CVC_TOKEN: Final = "cvctok"  # noqa: S105 - the prefix of IDs

_BRANDS: Final = {
    Brand.AMEX: "American Express",
    Brand.DINERS: "Diners Club",
    Brand.DISCOVER: "Discover",
    Brand.JCB: "JCB",
    Brand.MAESTRO: "MasterCard",
    Brand.MASTERCARD: "MasterCard",
    Brand.UNIONPAY: "UnionPay",
    Brand.VISA: "Visa",
}
"""How Stripe's cards name a brand. Source: `brand` of Cards.d.ts in stripe-node 23.1.0."""

ADDRESS: Final[Mapping[str, str]] = {
    "address_city": "city",
    "address_country": "country",
    "address_line1": "line1",
    "address_line2": "line2",
    "address_state": "state",
    "address_zip": "postal_code",
}
"""The fields of a Card that a payment method has in the address of its billing details."""

_EMPTY: Final = ("dynamic_last4", "tokenization_method")
"""Features that are not simulated: always null."""

_AS_METHOD: Final = ("country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status")
"""What a card has as a payment method's has it."""


def card_id_of(token_or_payment: str) -> str:
    """Return the ID of the card that a token has, or of one that a charge was made with by a published name."""
    return f"{CARD}_{token_or_payment.partition('_')[2]}"


def token_fields(token: StoredObject) -> Body:
    """Return what a stored Token has beside its ID and its creation. One of a security code has no card."""
    has_card = CARD in token.attributes
    body: Body = {
        "client_ip": None,
        "type": CARD if has_card else "cvc_update",
        "used": token.used_by is not None,
    }
    if not has_card:
        return body
    method = method_in(token)
    details = token.attributes.get("billing_details", NOTHING)
    return body | {CARD: card_body(card_id_of(token.id), method.card, unchecked_results(method), details=details)}


def card_body(
    name: str, card: Card, results: Body, customer: str | None = None, *, details: Mapping[str, Any] = NOTHING
) -> Body:
    """Return a Card with the bank's results for its data: `unchecked` until a bank was asked, null if none was sent.

    `customer` is the one that it was saved for. `details` are its billing details.
    """
    fields = card_fields(card)
    address: Mapping[str, Any] = details.get("address") or {}
    return {
        **dict.fromkeys(_EMPTY),
        **{field: address.get(entry) for field, entry in ADDRESS.items()},
        "name": details.get("name"),
        "id": name,
        "object": CARD,
        "address_line1_check": results["address_line1_check"],
        "address_zip_check": results["address_postal_code_check"],
        "allow_redisplay": "unspecified",
        "brand": _BRANDS.get(card.brand, "Unknown"),
        "customer": customer,
        "cvc_check": results["cvc_check"],
        "metadata": {},
        **{field: fields[field] for field in _AS_METHOD},
    }
