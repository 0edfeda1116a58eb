"""Validate a card (brand, Luhn, expiry, security code) and reduce it to what may be stored, without its number."""

import hashlib
import hmac
from dataclasses import field
from datetime import UTC, datetime
from typing import Final

from paysandbox.core.cards.brand import CARD_FORMATS, Brand, brand_of, luhn_ok
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import base32
from paysandbox.core.record import record
from paysandbox.payments.stored import NUMBER, text_of

LATEST_EXPIRY_YEARS: Final = 20


@record(kw_only=True)
class Card:
    """The storable data of a card (PCI DSS 3.4.1, 3.5.1.1): a keyed hash, brand, last four digits, expiry."""

    card_id: str
    brand: Brand = field(metadata=text_of(Brand))
    last4: str
    exp_month: int = field(metadata=NUMBER)
    exp_year: int = field(metadata=NUMBER)


def storable_card(
    *, number: str, exp_month: int, exp_year: int, cvc: str | None, merchant: str, key: bytes, now: datetime
) -> Card:
    """Validate a card and return its storable data. `number` is 12 to 19 ASCII digits; `key` is the card hashing key.

    Raises Refused, in this order: card_number_incorrect (check digit, length for the brand), card_expiry_invalid,
    cvc_invalid. A card is valid until the end of its expiry month, UTC. `card_id` differs between merchants.
    """
    if not luhn_ok(number):
        raise Refused(Code.CARD_NUMBER_INCORRECT, "The check digit is wrong.", "card.number")
    brand = brand_of(number)
    card_format = CARD_FORMATS[brand]
    if len(number) not in card_format.lengths:
        raise Refused(Code.CARD_NUMBER_INCORRECT, "The number does not have a length of its brand.", "card.number")
    first_invalid = datetime(exp_year + exp_month // 12, exp_month % 12 + 1, 1, tzinfo=UTC)
    if now >= first_invalid:
        raise Refused(Code.CARD_EXPIRY_INVALID, f"The card expired at the end of {exp_month:02}/{exp_year}.",
                      "card.exp_month" if exp_year == now.year else "card.exp_year")  # fmt: skip
    if exp_year > now.year + LATEST_EXPIRY_YEARS:
        raise Refused(
            Code.CARD_EXPIRY_INVALID, f"The expiry is more than {LATEST_EXPIRY_YEARS} years ahead.", "card.exp_year"
        )
    if cvc is not None and len(cvc) != card_format.cvc_digits:
        raise Refused(
            Code.CVC_INVALID, f"The security code of this brand must have {card_format.cvc_digits} digits.", "card.cvc"
        )
    return Card(
        card_id=card_id_of(number, merchant, key),
        brand=brand,
        last4=number[-4:],
        exp_month=exp_month,
        exp_year=exp_year,
    )


def card_id_of(number: str, merchant: str, key: bytes) -> str:
    """Derive the ID of a card: a keyed hash of merchant and number, so that it differs between merchants."""
    digest = hmac.digest(key, f"{merchant}:{number}".encode(), hashlib.sha256)
    return f"card_{base32(digest, 26)}"
