"""Currencies: the active codes of ISO 4217, list one."""

import pytest

from paysandbox.domain.currency import ISO_4217, is_known


@pytest.mark.parametrize(
    "code, known",
    [
        ("USD", True),
        ("EUR", True),
        ("JPY", True),  # no minor unit
        ("BHD", True),  # three digits
        ("XAF", True),  # a union's money, though it begins with X
        ("XCG", True),  # since 2025, in the place of ANG
        ("ANG", False),
        ("HRK", False),  # withdrawn in 2023
        ("XAU", False),  # gold is not paid with by card
        ("XTS", False),  # the standard's code for tests
        ("CLF", False),  # units of account with four digits
        ("UYW", False),
        ("usd", False),  # the contract raises the case
        ("US", False),
        ("", False),
    ],
)
def test_known_currencies(code: str, known: bool) -> None:
    assert is_known(code) is known


def test_codes_have_the_form_of_the_standard() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() for code in ISO_4217)
