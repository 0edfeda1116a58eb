"""The payment that a body is about, its amount, reference and card: of a request, an answer or an event of either API.

Bodies are read as far as they are valid, because some are masked and cut off. Amounts are in ISO 4217 minor units.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, cast

from paysandbox.core.cards.brand import Brand
from paysandbox.core.ids import AUTHORIZATION, BODY_LENGTH, SUFFIX_LENGTH, is_disbursement_id, payment_of
from paysandbox.core.record import record, replace
from paysandbox.core.stripe_amounts import from_stripe

_BODY: Final = f"[a-z2-7]{{{BODY_LENGTH}}}"
_OWN: Final = f"[a-z2-7]{{{SUFFIX_LENGTH}}}"
# As stripe_api/ids.py makes them of a payment's and its operations' ids.
# A payment method without a part of its own was created by itself.
_OF_STRIPE: Final = re.compile(rf"(?:pi|ch|re|issfr)_({_BODY})(?:{_OWN})?[a-z]?|pm_({_BODY}){_OWN}")
_CURRENCY: Final = re.compile(r"[A-Za-z]{3}")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}")
_LAST4: Final = re.compile(r"[0-9]{4}")
_IDS: Final = ("payment_id", "auth_id", "transaction_id", "payment_intent", "charge", "id")
_OBJECT_IDS: Final = ("transaction_id", "dispute_id", "payment_id", "donation_id", "endpoint_id", "batch", "id")
_BRANDS: Final = frozenset(Brand)
_MAX_REFERENCE: Final = 100

_read: Final = json.JSONDecoder().raw_decode


@record(kw_only=True)
class PaymentFacts:
    """What a body says of a payment or disbursement. A card has both brand and last four digits, or neither."""

    payment_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    reference: str | None = None
    card_brand: str | None = None
    card_last4: str | None = None


PAYMENT_FACTS: Final = tuple(each.name for each in fields(PaymentFacts))


def facts_in(body: Mapping[str, Any], *, of_stripe: bool = False) -> PaymentFacts:
    """Return the facts in a body. Fields of another type or form are ignored.

    `of_stripe`: the body is of the Stripe-compatible API. Its amount is in Stripe's units: without a currency, unknown.
    """
    sent, currency, reference = body.get("amount", body.get("gross")), body.get("currency"), body.get("reference")
    amount = int(sent) if _is_amount(sent) else None
    currency = currency.upper() if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else None
    if of_stripe and amount is not None:
        amount = None if currency is None else from_stripe(amount, currency)
    brand, last4 = _card(body)
    return PaymentFacts(
        payment_id=next(filter(None, map(payment_in, _texts(body, _IDS))), None),
        amount=amount,
        currency=currency,
        reference=reference[:_MAX_REFERENCE] if isinstance(reference, str) and reference else None,
        card_brand=brand,
        card_last4=last4,
    )


def combined(first: PaymentFacts, second: PaymentFacts) -> PaymentFacts:
    """Return the first facts, and the second ones where the first are missing. A card is taken whole."""
    missing = [each.name for each in fields(first) if getattr(first, each.name) is None]
    wanted = {name: getattr(second, name) for name in missing}
    if first.card_last4 is not None:
        wanted = {name: value for name, value in wanted.items() if not name.startswith("card_")}
    return replace(first, **wanted)


def object_in(body: Mapping[str, Any]) -> str | None:
    """Return the id of the operation or object that a body is about."""
    return next(iter(_texts(body, _OBJECT_IDS)), None)


def payment_in(text: str) -> str | None:
    """Return the payment or disbursement that an id of either API refers to, or None."""
    if is_disbursement_id(text):
        return text
    match = _OF_STRIPE.fullmatch(text)
    return f"{AUTHORIZATION}_{match[1] or match[2]}" if match else payment_of(text)


def is_of_stripe(body: Mapping[str, Any]) -> bool:
    """Whether a body is one of Stripe's objects, which name their kind."""
    return isinstance(body.get("object"), str)


def event_data(body: str) -> Mapping[str, Any]:
    """Return what an event is about: its `data` or, in Stripe's format, the object in it."""
    data = members(body).get("data")
    if not isinstance(data, dict):
        return {}
    entries = cast("dict[str, Any]", data)
    inner = entries.get("object")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else entries


def members(text: str) -> Mapping[str, Any]:
    """Return the members of a JSON object that are whole, if its text is cut off. {} for any other text."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return dict(_whole_members(text))
    return cast("dict[str, Any]", whole) if isinstance(whole, dict) else {}


def _whole_members(text: str) -> Iterator[tuple[str, Any]]:
    """Yield members of compact JSON until it ends or becomes invalid."""
    at = 1 if text.startswith("{") else len(text)
    while at < len(text):
        try:
            name, at = _read(text, at)
            value, at = _read(text, at + 1)
        except (ValueError, RecursionError):
            return
        if not isinstance(name, str) or text[at : at + 1] not in (",", "}"):
            return  # the text ends within this value
        yield name, value
        at += 1


def _texts(body: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [value for name in names if isinstance(value := body.get(name), str)]


def _is_amount(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, (int, str)) and _AMOUNT.fullmatch(str(value)) is not None


def _card(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    for holder in (body, body.get("payment_method_details"), body.get("payment_method")):
        card = cast("dict[str, Any]", holder).get("card") if isinstance(holder, Mapping) else None
        if not isinstance(card, dict):
            continue
        shown = cast("dict[str, Any]", card)
        last4 = str(shown.get("last4") or str(shown.get("number") or "")[-4:])
        if _LAST4.fullmatch(last4):
            brand = shown.get("brand")
            return (brand if brand in _BRANDS else str(Brand.UNKNOWN)), last4
    return None, None
