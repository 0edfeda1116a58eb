"""Amounts as people read them: `$12.50`, `¥1,250`, `KWD 1.250`. Exact: digits are put in their places, none is made."""

from typing import Final

from paysandbox.core.currency import MINOR_DIGITS

_SIGNS: Final = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
"""Of the others a sign would be of several currencies (dollars, pounds and crowns), or nobody abroad would know it."""


def amount_text(amount: int, currency: str) -> str:
    """An amount of minor units, not negative, in its currency (ISO 4217, in either case)."""
    code = currency.upper()
    digits = MINOR_DIGITS[code]
    whole, rest = divmod(amount, int(f"1{'0' * digits}"))
    shown = f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"
    return f"{_SIGNS[code]}{shown}" if code in _SIGNS else f"{code} {shown}"
