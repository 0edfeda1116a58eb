"""Card brands: which numbers are whose, how long they may be, and how long the security code is."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_LUHN_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class Brand(StrEnum):
    """Card schemes, as the answers name them."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    AMEX = "amex"
    DISCOVER = "discover"
    DINERS = "diners"
    JCB = "jcb"
    UNIONPAY = "unionpay"
    MAESTRO = "maestro"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Form:
    """How a brand's cards look: the digits that a number may have, and those of its security code."""

    lengths: Collection[int]
    cvc_digits: int = 3


FORMS: Final[dict[Brand, Form]] = {
    Brand.VISA: Form((13, 16, 19)),
    Brand.MASTERCARD: Form((16,)),
    Brand.AMEX: Form((15,), cvc_digits=4),
    Brand.DISCOVER: Form(range(16, 20)),
    Brand.DINERS: Form(range(14, 20)),
    Brand.JCB: Form(range(16, 20)),
    Brand.UNIONPAY: Form(range(14, 20)),
    Brand.MAESTRO: Form(range(12, 20)),
    Brand.UNKNOWN: Form(range(12, 20)),
}

# First and last IIN of each range, and the brand (issuer identification numbers, ISO/IEC 7812-1). Of one length,
# so that text order is their order. Longer ranges first: 3095 is Diners although 30 is nobody's.
_IIN_RANGES: Final[tuple[tuple[str, str, Brand], ...]] = (
    ("622126", "622925", Brand.UNIONPAY),
    ("2221", "2720", Brand.MASTERCARD),
    ("3528", "3589", Brand.JCB),
    ("3095", "3095", Brand.DINERS),
    ("6011", "6011", Brand.DISCOVER),
    ("6304", "6304", Brand.MAESTRO),
    ("300", "305", Brand.DINERS),
    ("644", "649", Brand.DISCOVER),
    ("34", "34", Brand.AMEX),
    ("37", "37", Brand.AMEX),
    ("36", "36", Brand.DINERS),
    ("38", "39", Brand.DINERS),
    ("50", "50", Brand.MAESTRO),
    ("51", "55", Brand.MASTERCARD),
    ("56", "58", Brand.MAESTRO),
    ("62", "62", Brand.UNIONPAY),
    ("65", "65", Brand.DISCOVER),
    ("67", "67", Brand.MAESTRO),
    ("81", "81", Brand.UNIONPAY),
    ("4", "4", Brand.VISA),
)


def brand_of(number: str) -> Brand:
    """The scheme that the number's first digits belong to."""
    for first, last, brand in _IIN_RANGES:
        if first <= number[: len(first)] <= last:
            return brand
    return Brand.UNKNOWN


def luhn_ok(number: str) -> bool:
    """Whether the last digit is the check digit of the rest (ISO/IEC 7812-1, annex B)."""
    digits = [ord(c) - 48 for c in reversed(number)]
    return (sum(digits[::2]) + sum(_LUHN_DOUBLED[d] for d in digits[1::2])) % 10 == 0
