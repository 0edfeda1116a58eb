"""Amounts as displayed, with the digits of their currency."""

import re

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.amount_text import amount_text, amount_with_code
from paysandbox.core.currency import MINOR_DIGITS


@pytest.mark.parametrize(
    "amount, currency, shown",
    [
        (12_50, "usd", "$12.50"),
        (12_50, "USD", "$12.50"),
        (5, "usd", "$0.05"),
        (0, "usd", "$0.00"),
        (1_234_567_89, "usd", "$1,234,567.89"),
        (1250, "jpy", "¥1,250"),
        (50, "jpy", "¥50"),
        (1250, "kwd", "KWD 1.250"),
        (10, "kwd", "KWD 0.010"),
        (99_99, "eur", "€99.99"),
        (30, "gbp", "£0.30"),
        # Shared by many countries, so that the sign alone would be ambiguous.
        (5_00, "cad", "CAD 5.00"),
        (1000, "krw", "KRW 1,000"),
    ],
)
def test_amounts_are_formatted_per_currency(amount: int, currency: str, shown: str) -> None:
    assert amount_text(amount, currency) == shown


@pytest.mark.parametrize(
    "amount, currency, shown",
    [
        (1250_00, "usd", "1,250.00 USD"),
        (0, "usd", "0.00 USD"),
        (1, "JPY", "1 JPY"),
        (-5, "usd", "-0.05 USD"),
        (1250, "xxx", "1,250 XXX"),  # no currency that is known: as it is stored
    ],
)
def test_amounts_in_messages(amount: int, currency: str, shown: str) -> None:
    assert amount_with_code(amount, currency) == shown


@given(st.integers(0, 10**12), st.sampled_from(sorted(MINOR_DIGITS)))
def test_digits_are_preserved(amount: int, currency: str) -> None:
    digits = re.sub(r"\D", "", amount_text(amount, currency))
    assert int(digits) == amount
    assert len(digits) > MINOR_DIGITS[currency]
