"""Card brands: their number ranges, number lengths and security code lengths."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record

_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_LUHN_DOUBLED: Final = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


class Brand(StrEnum):
    """Card brands, as responses name them."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    AMEX = "amex"
    DISCOVER = "discover"
    DINERS = "diners"
    JCB = "jcb"
    UNIONPAY = "unionpay"
    MAESTRO = "maestro"
    UNKNOWN = "unknown"


@record
class CardFormat:
    """The number lengths that a brand allows, and the length of its security code."""

    lengths: Collection[int]
    cvc_digits: int = 3


CARD_FORMATS: Final[dict[Brand, CardFormat]] = {
    Brand.VISA: CardFormat((13, 16, 19)),
    Brand.MASTERCARD: CardFormat((16,)),
    Brand.AMEX: CardFormat((15,), cvc_digits=4),
    Brand.DISCOVER: CardFormat(range(16, 20)),
    Brand.DINERS: CardFormat(range(14, 20)),
    Brand.JCB: CardFormat(range(16, 20)),
    Brand.UNIONPAY: CardFormat(range(14, 20)),
    Brand.MAESTRO: CardFormat(range(12, 20)),
    Brand.UNKNOWN: CardFormat(range(12, 20)),
}

# First and last IIN (issuer identification number, ISO/IEC 7812-1) of each range, and the brand. Both have the same
# length, so string order is numeric order. Longer prefixes come first: 3095 is Diners, although 30 is unassigned.
IIN_RANGES: Final[tuple[tuple[str, str, Brand], ...]] = (
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

# No range has numbers of two first digits.
_RANGES_BY_DIGIT: Final[dict[str, list[tuple[str, str, Brand]]]] = {
    digit: [each for each in IIN_RANGES if each[0].startswith(digit)] for digit in "0123456789"
}


def brand_of(number: str) -> Brand:
    """Return the brand of a card number, by its first digits."""
    for first, last, brand in _RANGES_BY_DIGIT.get(number[:1], ()):
        if first <= number[: len(first)] <= last:
            return brand
    return Brand.UNKNOWN


def luhn_ok(number: str) -> bool:
    """Whether the number passes the Luhn check (ISO/IEC 7812-1, annex B)."""
    digits = number.encode().translate(_VALUES)[::-1]
    return (sum(digits[::2]) + sum(digits[1::2].translate(_LUHN_DOUBLED))) % 10 == 0
