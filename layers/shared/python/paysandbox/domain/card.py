"""Cards at the rim: brand, Luhn, expiry, security code. The number becomes a `Card` here and is gone."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from paysandbox.domain.identity import base32
from paysandbox.errors import Code, Refused

LATEST_EXPIRY_YEARS: Final = 20


class Brand(StrEnum):
    """Card schemes, as the answers name them."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    AMEX = "amex"
    DISCOVER = "discover"
    DINERS = "diners"
    JCB = "jcb"
    UNIONPAY = "unionpay"
    UNKNOWN = "unknown"


# First and last IIN of each range, and the brand (issuer identification numbers, ISO/IEC 7812-1). Longer ranges first:
# 3095 is Diners although 30 is nobody's.
_IIN_RANGES: Final[tuple[tuple[int, int, Brand], ...]] = (
    (622126, 622925, Brand.UNIONPAY),
    (2221, 2720, Brand.MASTERCARD),
    (3528, 3589, Brand.JCB),
    (3095, 3095, Brand.DINERS),
    (6011, 6011, Brand.DISCOVER),
    (300, 305, Brand.DINERS),
    (644, 649, Brand.DISCOVER),
    (34, 34, Brand.AMEX),
    (37, 37, Brand.AMEX),
    (36, 36, Brand.DINERS),
    (38, 39, Brand.DINERS),
    (51, 55, Brand.MASTERCARD),
    (62, 62, Brand.UNIONPAY),
    (65, 65, Brand.DISCOVER),
    (81, 81, Brand.UNIONPAY),
    (4, 4, Brand.VISA),
)

_CARD_LIKE: Final = re.compile(r"\d(?:[ -]?\d){11,18}")

_LUHN_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


@dataclass(frozen=True, slots=True)
class Card:
    """What may be kept of a card (PCI DSS 3.4.1, 3.5.1.1): a keyed hash, brand, last four digits, expiry."""

    card_id: str
    brand: Brand
    last4: str
    exp_month: int
    exp_year: int


def without_card_numbers(text: str) -> str:
    """The text with everything masked that looks like a card number: 12 to 19 digits, grouped or not."""
    return _CARD_LIKE.sub("[number]", text)


def luhn_ok(number: str) -> bool:
    """Whether the last digit is the check digit of the rest (ISO/IEC 7812-1, annex B)."""
    digits = [ord(c) - 48 for c in reversed(number)]
    return (sum(digits[::2]) + sum(_LUHN_DOUBLED[d] for d in digits[1::2])) % 10 == 0


def brand_of(number: str) -> Brand:
    """The scheme that the number's first digits belong to."""
    for first, last, brand in _IIN_RANGES:
        if first <= int(number[: len(str(first))]) <= last:
            return brand
    return Brand.UNKNOWN


def keep(
    *, number: str, exp_month: int, exp_year: int, cvc: str | None, merchant: str, key: bytes, now: datetime
) -> Card:
    """The card as it may be kept. `number` is 12 to 19 ASCII digits; `key` is the pepper for cards.

    Refuses, in this order: card_number_incorrect (Luhn), card_expiry_invalid, cvc_invalid. The card's last valid
    moment is the end of its expiry month, UTC. The same number is another `card_id` for another merchant.
    """
    if not luhn_ok(number):
        raise Refused(
            Code.CARD_NUMBER_INCORRECT, "The number fails its check digit; look for a mistyped one.", "card.number"
        )
    first_invalid = datetime(exp_year + exp_month // 12, exp_month % 12 + 1, 1, tzinfo=UTC)
    if now >= first_invalid:
        raise Refused(Code.CARD_EXPIRY_INVALID, f"The card expired at the end of {exp_month:02}/{exp_year}.",
                      "card.exp_month" if exp_year == now.year else "card.exp_year")  # fmt: skip
    if exp_year > now.year + LATEST_EXPIRY_YEARS:
        raise Refused(
            Code.CARD_EXPIRY_INVALID, f"No card is valid for more than {LATEST_EXPIRY_YEARS} years.", "card.exp_year"
        )
    brand = brand_of(number)
    digits = 4 if brand is Brand.AMEX else 3
    if cvc is not None and len(cvc) != digits:
        raise Refused(Code.CVC_INVALID, f"The security code of this brand has {digits} digits.", "card.cvc")
    digest = hmac.digest(key, f"{merchant}:{number}".encode(), hashlib.sha256)
    return Card(f"card_{base32(digest, 26)}", brand, number[-4:], exp_month, exp_year)
