"""Decimal text and minor units: exactly the same amount, or a refusal."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies as some

from cli.terminal.amount import Unreadable, minor_digits, show, to_decimal, to_minor, whole_minor
from paysandbox.core.currency import MINOR_DIGITS


@pytest.mark.parametrize("text, currency, minor", [
    ("12.50", "USD", 1250),
    ("12.5", "USD", 1250),                       # fewer decimals than the currency has
    ("12", "USD", 1200),
    ("0.01", "USD", 1),
    ("0.29", "USD", 29),                         # 0.29 * 100 is 28.999… in binary
    ("19.99", "eur", 1999),                      # codes in any case, as in the API
    ("0", "USD", 0),                             # the command refuses it
    ("500", "JPY", 500),
    ("500", "ISK", 500),
    ("1.250", "KWD", 1250),
    ("1.25", "KWD", 1250),
    ("0.001", "BHD", 1),
    ("7", "MGA", 700),                           # 2 decimals in ISO 4217, whatever the coins
    ("999999999999999.99", "USD", 99999999999999999),
])  # fmt: skip
def test_an_amount_in_minor_units(text, currency, minor):
    assert to_minor(text, currency) == minor


@pytest.mark.parametrize("text, currency, because", [
    ("12.505", "USD", "too many decimal places: USD has 2"),
    ("12.500", "USD", "too many decimal places: USD has 2"),     # zeros are not cut off either
    ("500.0", "JPY", "too many decimal places: JPY has none"),
    ("1.2500", "KWD", "too many decimal places: KWD has 3"),
    ("12,50", "USD", "not an amount"),
    ("1,250", "USD", "not an amount"),
    ("1 250", "USD", "not an amount"),
    ("1_250", "USD", "not an amount"),
    ("12.", "USD", "not an amount"),
    (".50", "USD", "not an amount"),
    ("-12.50", "USD", "not an amount"),
    ("+12.50", "USD", "not an amount"),
    ("1e3", "USD", "not an amount"),
    ("NaN", "USD", "not an amount"),
    ("$12.50", "USD", "not an amount"),
    ("", "USD", "not an amount"),
    ("١٢", "USD", "not an amount"),              # digits, but not ASCII
    ("1" * 16, "USD", "not an amount"),
])  # fmt: skip
def test_ambiguous_amounts_are_rejected(text, currency, because):
    with pytest.raises(Unreadable, match=because):
        to_minor(text, currency)


@pytest.mark.parametrize("text", ["12.50", "-1", "1e3", "", " 1", "1_0"])
def test_minor_units_are_whole(text):
    assert whole_minor("1250") == 1250
    with pytest.raises(Unreadable):
        whole_minor(text)


@given(minor=some.integers(0, 10**15 - 1), currency=some.sampled_from(sorted(MINOR_DIGITS)))
def test_amounts_round_trip(minor, currency):
    assert to_minor(to_decimal(minor, currency), currency) == minor
    assert Decimal(to_decimal(minor, currency)) * 10 ** minor_digits(currency) == minor


@pytest.mark.parametrize("minor, currency, shown", [
    (1250, "USD", "12.50 USD"),
    (5, "USD", "0.05 USD"),
    (0, "USD", "0.00 USD"),
    (500, "JPY", "500 JPY"),
    (1, "KWD", "0.001 KWD"),
])  # fmt: skip
def test_amounts_are_shown_with_all_decimals(minor, currency, shown):
    assert show(minor, currency) == shown
