"""Amounts in major units, from the text of a request to minor units, and back to the text of an answer."""

from decimal import Decimal

import pytest

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.decimal_amount import major_units, minor_units
from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text

MAX = 99_999_999


def read(text: str, currency: str = "USD") -> int | Code:
    """Return an amount in minor units, or the code of its refusal."""
    try:
        return minor_units(Decimal(text), currency, at_most=MAX)
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize(
    "text, currency, minor",
    [
        ("12.50", "USD", 12_50),
        ("12.5", "USD", 12_50),
        ("12.500", "USD", 12_50),  # zeros at the end say nothing
        ("12.50000000000000000000000000000000000000000000", "USD", 12_50),
        ("12", "USD", 12_00),
        ("1e2", "USD", 100_00),
        ("1.25E+1", "USD", 12_50),
        ("1250e-2", "USD", 12_50),
        ("0.01", "USD", 1),
        ("0.1", "USD", 10),  # a float is a little more
        ("1.15", "USD", 1_15),  # a float is a little less
        ("4.35", "USD", 4_35),
        ("999999.99", "USD", MAX),
        ("1250", "JPY", 1_250),
        ("1250.0", "JPY", 1_250),
        ("99999999", "JPY", MAX),
        ("1.250", "KWD", 1_250),
        ("99999.999", "KWD", MAX),
    ],
)
def test_minor_units(text: str, currency: str, minor: int) -> None:
    assert read(text, currency) == minor


@pytest.mark.parametrize(
    "text, currency, code",
    [
        ("0", "USD", Code.AMOUNT_TOO_SMALL),
        ("0.00", "USD", Code.AMOUNT_TOO_SMALL),
        ("-0", "USD", Code.AMOUNT_TOO_SMALL),
        ("-12.50", "USD", Code.AMOUNT_TOO_SMALL),
        ("-1e400", "USD", Code.AMOUNT_TOO_SMALL),
        ("1000000", "USD", Code.AMOUNT_TOO_LARGE),
        ("999999.991", "USD", Code.AMOUNT_TOO_LARGE),
        ("1e400", "USD", Code.AMOUNT_TOO_LARGE),
        ("1e999999999", "USD", Code.AMOUNT_TOO_LARGE),  # never written out
        ("1e999999999999999999", "USD", Code.AMOUNT_TOO_LARGE),
        ("100000000", "JPY", Code.AMOUNT_TOO_LARGE),
        ("12.505", "USD", Code.AMOUNT_INVALID),
        ("0.001", "USD", Code.AMOUNT_INVALID),
        ("1e-400", "USD", Code.AMOUNT_INVALID),
        ("1e-999999999999999999", "USD", Code.AMOUNT_INVALID),
        ("12.50000000000000000000000000000000000000000001", "USD", Code.AMOUNT_INVALID),
        ("12.49999999999999999999999999999999999999999999", "USD", Code.AMOUNT_INVALID),
        ("12.5", "JPY", Code.AMOUNT_INVALID),
        ("1.2505", "KWD", Code.AMOUNT_INVALID),
    ],
)
def test_refused_amounts(text: str, currency: str, code: Code) -> None:
    assert read(text, currency) == code


@pytest.mark.parametrize(
    "currency, detail",
    [
        ("JPY", "Use a whole number: JPY has no decimals."),
        ("USD", "Use at most 2 decimals: USD has no more."),
        ("KWD", "Use at most 3 decimals: KWD has no more."),
    ],
)
def test_the_refusal_names_the_decimals_of_the_currency(currency: str, detail: str) -> None:
    with pytest.raises(Refused) as caught:
        minor_units(Decimal("1.23456"), currency, at_most=MAX)
    assert (caught.value.detail, caught.value.param) == (detail, "amount")


def test_round_trip(subtests: pytest.Subtests) -> None:
    for currency in ["JPY", "USD", "KWD"]:
        for minor in [1, 9, 10, 99, 100, 1_000, 12_50, MAX]:
            with subtests.test(f"{currency} {minor}"):
                text = json_text(major_units(minor, currency))
                assert read(text, currency) == minor
                assert len(text.partition(".")[2]) == MINOR_DIGITS[currency]


@pytest.mark.parametrize(
    "value, text",
    [
        ({"amount": Decimal("12.50")}, '{"amount":12.50}'),
        ({"b": [Decimal("0.00"), 1], "a": {"d": Decimal(1250), "c": None}}, '{"a":{"c":null,"d":1250},"b":[0.00,1]}'),
        ({"name": 'Jane "é"', "fee": Decimal("1.000")}, '{"fee":1.000,"name":"Jane \\"é\\""}'),
        ({"b": 1, "a": 1.5}, '{"a":1.5,"b":1}'),
        (Decimal("1E+2"), "100"),
    ],
)
def test_json_with_decimals(value: object, text: str) -> None:
    assert json_text(value) == text


@pytest.mark.parametrize("value", [{"a": object()}, {"a": Decimal(1), "b": object()}])
def test_no_json_value(value: object) -> None:
    with pytest.raises(TypeError):
        json_text(value)
