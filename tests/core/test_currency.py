"""Currencies: the active codes of ISO 4217, list one, with the digits of their minor unit."""

import iso4217
import pytest

from paysandbox.core.currency import MINOR_DIGITS, is_known


@pytest.mark.parametrize(
    "code, digits",
    [
        ("USD", 2),
        ("EUR", 2),
        ("JPY", 0),
        ("ISK", 0),
        ("BHD", 3),
        ("MGA", 2),  # whatever the coins are
        ("XAF", 0),  # a union's money, though it begins with X
        ("XCG", 2),  # since 2025, in the place of ANG
        ("USN", 2),  # a fund's unit of account
        ("ANG", None),
        ("HRK", None),  # withdrawn in 2023
        ("BGN", None),  # and in 2026
        ("XAU", None),  # gold is not paid with by card
        ("XTS", None),  # the standard's code for tests
        ("CLF", None),  # units of account with four digits
        ("UYW", None),
        ("usd", None),  # the contract raises the case
        ("US", None),
        ("", None),
    ],
)
def test_known_currencies(code: str, digits: int | None) -> None:
    assert MINOR_DIGITS.get(code) == digits
    assert is_known(code) is (digits is not None)


def test_the_table_is_the_standards() -> None:
    """As a kept library reads it from the maintenance agency. A new list shows here when the library is locked anew."""
    published = {currency.code: currency.exponent for currency in iso4217.Currency}
    assert {code: digits for code, digits in published.items() if digits in {0, 2, 3}} == MINOR_DIGITS
    assert {digits for code, digits in published.items() if code not in MINOR_DIGITS} == {None, 4}
