"""Convert between amounts in major units, as decimal numbers, and minor units. Nothing is rounded."""

from decimal import Decimal

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.errors import Code, Refused


def minor_units(amount: Decimal, currency: str, *, at_most: int, param: str = "amount") -> int:
    """Return a positive amount of major units in minor units; `currency` is an ISO 4217 code in upper case.

    12.5, 12.50 and 12.500 USD are 1250. Raises Refused, about `param`: amount_too_small unless it is positive,
    amount_too_large above `at_most` minor units, amount_invalid if it has more decimals than the currency.
    """
    digits = MINOR_DIGITS[currency]
    if amount <= 0:
        raise Refused(Code.AMOUNT_TOO_SMALL, "The amount must be greater than 0.", param)
    # Before anything else, because a number such as 1e999999999 would fill the memory if it was written out.
    if amount > major_units(at_most, currency):
        raise Refused(Code.AMOUNT_TOO_LARGE, f"The amount can be at most {amount_with_code(at_most, currency)}.", param)
    minor = int(amount.scaleb(digits))
    # Comparing decimals is exact, unlike scaling them.
    if major_units(minor, currency) != amount:
        raise Refused(Code.AMOUNT_INVALID, _decimals_of(currency), param)
    return minor


def major_units(amount: int, currency: str) -> Decimal:
    """Return an amount of minor units in major units, with exactly the decimals of the currency: 1250 USD is 12.50."""
    return Decimal(amount).scaleb(-MINOR_DIGITS[currency])


def _decimals_of(currency: str) -> str:
    digits = MINOR_DIGITS[currency]
    if digits == 0:
        return f"Use a whole number: {currency} has no decimals."
    return f"Use at most {digits} decimals: {currency} has no more."
