"""Format amounts for people: `$12.50`, `¥1,250`, `KWD 1.250`. Integer arithmetic only, so nothing is rounded."""

from typing import Final

from paysandbox.core.currency import MINOR_DIGITS

_SIGNS: Final = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
"""Other currencies use their code: their symbols are ambiguous (dollar, pound, krone) or little known abroad."""


def amount_text(amount: int, currency: str) -> str:
    """Format a non-negative amount in minor units; `currency` is an ISO 4217 code in either case."""
    code = currency.upper()
    return f"{sign_of(code)}{_grouped(amount, code)}"


def sign_of(code: str) -> str:
    """Return what an amount begins with: `$`, or the currency's ISO 4217 code, in upper case, and a space."""
    return _SIGNS.get(code, f"{code} ")


def amount_with_code(amount: int, currency: str) -> str:
    """Format an amount as messages do: `1,250.00 USD`. A negative one, which only an audit finds, has a minus sign."""
    code = currency.upper()
    return f"{'-' if amount < 0 else ''}{_grouped(abs(amount), code)} {code}"


def _grouped(amount: int, code: str) -> str:
    digits = MINOR_DIGITS.get(code, 0)  # a damaged item may have any currency; its amount is shown as it is stored
    whole, rest = divmod(amount, int(f"1{'0' * digits}"))
    return f"{whole:,}.{rest:0{digits}}" if digits else f"{whole:,}"
