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
        ("MGA", 2),  # whatever coins exist
        ("XAF", 0),  # a monetary union's currency, although it begins with X
        ("XCG", 2),  # replaced ANG in 2025
        ("USN", 2),  # a fund's unit of account
        ("ANG", None),
        ("HRK", None),  # withdrawn in 2023
        ("BGN", None),  # and in 2026
        ("XAU", None),  # gold is not a card currency
        ("XTS", None),  # the standard's test code
        ("CLF", None),  # units of account with four digits
        ("UYW", None),
        ("usd", None),  # the contract converts to upper case
        ("US", None),
        ("", None),
    ],
)
def test_known_currencies(code: str, digits: int | None) -> None:
    assert MINOR_DIGITS.get(code) == digits
    assert is_known(code) is (digits is not None)


def test_table_matches_iso_4217() -> None:
    """The reference is a maintained library that reads the agency's list; a new list shows up when it is relocked."""
    published = {currency.code: currency.exponent for currency in iso4217.Currency}
    assert {code: digits for code, digits in published.items() if digits in {0, 2, 3}} == MINOR_DIGITS
    assert {digits for code, digits in published.items() if code not in MINOR_DIGITS} == {None, 4}
