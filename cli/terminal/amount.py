"""Converts amounts between decimal text and integer minor units, without rounding.

`12.50` USD is 1250 minor units and `12` USD is 1200. An amount may not have more decimals than its currency. Signs,
exponents and thousands separators are rejected as ambiguous.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from paysandbox.core.currency import MINOR_DIGITS

_USUAL_DIGITS: Final = 2
"""For an unknown code, which the API rejects."""

# Longer than any amount of the API, and within the 28 digits that Decimal keeps exactly.
_DECIMAL_TEXT = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,9}))?")
_WHOLE_TEXT = re.compile(r"[0-9]{1,15}")


class Unreadable(ValueError):  # noqa: N818 - the text is wrong, not the program
    """The text is not an amount of the currency. The message shows the right form."""


def minor_digits(currency: str) -> int:
    """The number of decimals of the currency: 2 for USD, 0 for JPY, 3 for KWD."""
    return MINOR_DIGITS.get(currency.upper(), _USUAL_DIGITS)


def to_minor(text: str, currency: str) -> int:
    """The amount in minor units: `12.50` USD is 1250, `500` JPY is 500, `1.250` KWD is 1250."""
    digits = minor_digits(currency)
    example = to_decimal(1250, currency)
    match = _DECIMAL_TEXT.fullmatch(text)
    if match is None:
        raise Unreadable(f"{text!r} is not an amount. Use digits and a decimal point, such as {example}.")
    if len(match[2] or "") > digits:
        has = str(digits) if digits else "none"
        raise Unreadable(f"{text!r} has too many decimal places: {currency.upper()} has {has}, as in {example}.")
    return int(Decimal(text).scaleb(digits))


def whole_minor(text: str) -> int:
    """The amount, written in minor units: `1250`."""
    if _WHOLE_TEXT.fullmatch(text) is None:
        raise Unreadable(f"{text!r} is not a whole number of minor units. Use digits only, such as 1250.")
    return int(text)


def to_decimal(amount_minor: int, currency: str) -> str:
    """The amount as decimal text, which `to_minor` reads back: 1250 USD is `12.50`."""
    digits = minor_digits(currency)
    return f"{Decimal(amount_minor).scaleb(-digits):.{digits}f}"


def show(amount_minor: int, currency: str) -> str:
    """The amount with its currency: `12.50 USD`."""
    return f"{to_decimal(amount_minor, currency)} {currency}"


def complete_currency(incomplete: str) -> list[str]:
    """The currency codes that begin like this, in the case that was typed."""
    codes = [code.lower() if incomplete.islower() else code for code in sorted(MINOR_DIGITS)]
    return [code for code in codes if code.startswith(incomplete)]
