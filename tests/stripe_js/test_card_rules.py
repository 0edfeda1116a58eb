"""What is typed of a card: how it is written, and what is wrong with it, in Stripe's codes."""

from typing import Any

import pytest

from tests.stripe_js.pure import CARDS, called

NOW = {"date": "2026-11-26T12:00:00"}
VISA = "4242424242424242"

CASES: list[tuple[tuple[Any, ...], Any]] = [
    (("brandOf", VISA, CARDS), "visa"),
    (("brandOf", "2223003122003222", CARDS), "mastercard"),
    (("brandOf", "378282246310005", CARDS), "amex"),
    (("brandOf", "6011", CARDS), "discover"),
    (("brandOf", "6759649826438453", CARDS), "unknown"),
    (("brandOf", "", CARDS), "unknown"),
    (("writeNumber", VISA, CARDS), "4242 4242 4242 4242"),
    (("writeNumber", "4242-4242 x4242424299", CARDS), "4242 4242 4242 4242"),
    (("writeNumber", "378282246310005", CARDS), "3782 822463 10005"),
    (("writeNumber", "37828", CARDS), "3782 8"),
    (("writeNumber", "6205500000000000004", CARDS), "6205 5000 0000 0000 004"),
    (("checkNumber", "4242 4242 4242 4242", CARDS), None),
    (("checkNumber", "4242 4242 4242 4241", CARDS), "invalid_number"),
    (("checkNumber", "4242 4242", CARDS), "incomplete_number"),
    (("checkNumber", "", CARDS), "incomplete_number"),
    (("checkNumber", "3782 822463 10005", CARDS), None),
    (("checkNumber", "3782 822463 10006", CARDS), "invalid_number"),
    (("checkNumber", "3056 930902 5904", CARDS), None),
    (("writeExpiry", "1", False), "1"),
    (("writeExpiry", "4", False), "04 / "),
    (("writeExpiry", "12", False), "12 / "),
    (("writeExpiry", "12 /", True), "12"),
    (("writeExpiry", "1/", False), "01 / "),
    (("writeExpiry", "1234", False), "12 / 34"),
    (("writeExpiry", "12/34", False), "12 / 34"),
    (("writeExpiry", "1/34", False), "01 / 34"),
    (("writeExpiry", "12 / 2034", False), "12 / 34"),
    (("writeExpiry", "122034", False), "12 / 34"),
    (("writeExpiry", "", True), ""),
    (("checkExpiry", "12 / 34", NOW), None),
    (("checkExpiry", "11 / 26", NOW), None),
    (("checkExpiry", "10 / 26", NOW), "invalid_expiry_month_past"),
    (("checkExpiry", "12 / 25", NOW), "invalid_expiry_year_past"),
    (("checkExpiry", "12 / 99", NOW), "invalid_expiry_year"),
    (("checkExpiry", "13 / ", NOW), "invalid_expiry_month"),
    (("checkExpiry", "12 / 3", NOW), "incomplete_expiry"),
    (("checkExpiry", "", NOW), "incomplete_expiry"),
    (("expiryOf", "02 / 30"), {"month": 2, "year": 2030}),
    (("expiryOf", "02 / 3"), None),
    (("checkCvc", "123", "visa", CARDS), None),
    (("checkCvc", "12", "visa", CARDS), "incomplete_cvc"),
    (("checkCvc", "123", "amex", CARDS), "incomplete_cvc"),
    (("writeCvc", "12345", "visa", CARDS), "123"),
    (("writeCvc", "12345", "amex", CARDS), "1234"),
    (("writeCvc", "1a2345", "unknown", CARDS), "1234"),
]


def test_rules_of_cards(subtests: pytest.Subtests) -> None:
    results = called("frames/card_rules.js", [call for call, _ in CASES])
    for (call, expected), result in zip(CASES, results, strict=True):
        with subtests.test(str(call[:2])):
            assert result == expected
