"""Bank accounts: which of them can be written into an entry."""

from typing import Any

import pytest

from paysandbox.disbursements.ach.destination import is_routing_number, wrong_part
from tests.support.builders import ach


@pytest.mark.parametrize("text", ["110000000", "021000021", "091000019", "011401533"])
def test_routing_numbers(text: str) -> None:
    assert is_routing_number(text)


@pytest.mark.parametrize("text", ["110000001", "021000012", "11000000", "1100000000", "11000000x", "", "١١٠٠٠٠٠٠٠"])
def test_other_texts(text: str) -> None:
    assert not is_routing_number(text)


def test_each_wrong_digit_is_found() -> None:
    for place in range(9):
        for digit in set("0123456789") - {"021000021"[place]}:
            assert not is_routing_number("021000021"[:place] + digit + "021000021"[place + 1 :])


@pytest.mark.parametrize(
    "parts, wrong",
    [
        ({}, None),
        ({"routing_number": "110000001"}, "routing_number"),
        ({"account_number": "1" * 17}, None),
        ({"account_number": "1" * 18}, "account_number"),
        ({"account_number": ""}, "account_number"),
        ({"account_number": "12 34"}, "account_number"),
        ({"account_type": "loan"}, "account_type"),
        ({"holder": "N" * 22}, None),
        ({"holder": "N" * 23}, "holder"),
        ({"holder": ""}, "holder"),
        ({"holder": " Jane"}, "holder"),
        ({"holder": "Zoë"}, "holder"),
    ],
)
def test_what_is_wrong_with_an_account(parts: dict[str, Any], wrong: str | None) -> None:
    assert wrong_part(ach.destination(**parts)) == wrong


def test_no_account_number_is_shown() -> None:
    assert repr(ach.destination()) == "Destination(…6789)"
