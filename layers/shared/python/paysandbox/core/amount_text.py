"""Amounts as people read them: `$12.50`, `¥1,250`, `KWD 1.250`. Exact: digits are put in their places, none is made."""

from typing import Final

from paysandbox.core.currency import MINOR_DIGITS

_SIGNS: Final = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
"""Of the others a sign would be of several currencies (dollars, pounds and crowns), or nobody abroad would know it."""


def amount_text(amount: int, currency: str) -> str:
    """An amount of minor units, not negative, in its currency (ISO 4217, in either case)."""
    code = currency.upper()
    shown = _shown(amount, code)
    return f"{_SIGNS[code]}{shown}" if code in _SIGNS else f"{code} {shown}"


def amount_with_code(amount: int, currency: str) -> str:
    """The same as errors say it: `1,250.00 USD`."""
    code = currency.upper()
    return f"{_shown(amount, code)} {code}"


def _shown(amount: int, code: str) -> str:
    digits = MINOR_DIGITS[code]
    whole, rest = divmod(amount, int(f"1{'0' * digits}"))
    return f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"
