"""Stripe's units of currencies, and the ledger's."""

from math import log10

import pytest

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import UNITS, StripeAmount, Units, from_ledger, from_stripe, to_ledger

# "Supported currencies": zero-decimal, three-decimal, and those that are two-decimal in the API ("Special cases").
ZERO = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
THREE = ["BHD", "JOD", "KWD", "OMR", "TND"]
TWO = ["ISK", "UGX", "HUF", "TWD"]
UNLISTED = {"UYI", "IQD", "LYD"}
"""Currencies that Stripe does not list, with other than two digits: theirs of ISO 4217."""


def test_the_digits_of_every_currency_are_those_that_stripe_publishes() -> None:
    published = {**dict.fromkeys(ZERO, 0), **dict.fromkeys(THREE, 3), **dict.fromkeys(TWO, 2)}
    assert published.keys() | UNLISTED >= {code for code, digits in MINOR_DIGITS.items() if digits != 2}
    for code, digits in MINOR_DIGITS.items():
        row = UNITS.get(code, Units())
        counted = digits + log10(row.stripe) - log10(row.ledger)
        assert counted == published.get(code, digits), code


@pytest.mark.parametrize(
    "currency, at_stripe, in_ledger",
    [
        ("ISK", 500, 5),
        ("UGX", 500, 5),
        ("MGA", 5, 500),
        ("KWD", 5_120, 5_120),
        ("TND", 10, 10),
        ("JPY", 500, 500),
        ("HUF", 501, 501),
        ("TWD", 501, 501),
        ("USD", 10_01, 10_01),
        ("UYI", 7, 7),
        ("IQD", 1_001, 1_001),
        ("ISK", 99_999_900, 999_999),
        ("MGA", 99_999_999, 9_999_999_900),
    ],
)
def test_an_amount_goes_to_the_ledger_and_back(currency: str, at_stripe: int, in_ledger: int) -> None:
    assert to_ledger(StripeAmount(at_stripe), currency) == in_ledger
    assert from_stripe(-at_stripe, currency) == -in_ledger
    assert from_ledger(in_ledger, currency) == at_stripe
    assert from_ledger(-in_ledger, currency) == -at_stripe


@pytest.mark.parametrize(
    "currency, units, code",
    [
        ("ISK", 101, Code.AMOUNT_NOT_WHOLE),
        ("ISK", 50, Code.AMOUNT_NOT_WHOLE),
        ("UGX", 501, Code.AMOUNT_NOT_WHOLE),
        *((code, 1_001, Code.AMOUNT_INVALID) for code in THREE),
    ],
)
def test_an_amount_that_is_no_multiple_of_the_step_is_refused(currency: str, units: int, code: Code) -> None:
    with pytest.raises(Refused) as refused:
        to_ledger(StripeAmount(units), currency, "amount_to_capture")
    assert (refused.value.code, refused.value.param) == (code, "amount_to_capture")
    assert currency in refused.value.detail


@pytest.mark.parametrize(
    "currency, in_ledger, at_stripe",
    [("MGA", 5_50, 5), ("MGA", -5_50, -5), ("MGA", 99, 0), ("KWD", 1_234, 1_234), ("ISK", 0, 0)],
)
def test_what_only_the_native_api_can_charge_is_shown(currency: str, in_ledger: int, at_stripe: int) -> None:
    assert from_ledger(in_ledger, currency) == at_stripe
