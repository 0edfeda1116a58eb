"""`paysandbox cards`: every published card, without a sandbox."""

import json

import pytest

from paysandbox.payments.bank.test_cards import TEST_CARDS
from tests.support.clients.program import paysandbox


def listed(*words: str) -> list[dict[str, str]]:
    return json.loads(paysandbox("cards", *words, "--json").stdout)["data"]


@pytest.mark.parametrize(
    "words, numbers",
    [
        ([], set(TEST_CARDS)),
        (["--declines"], {number for number, card in TEST_CARDS.items() if card.reason}),
        (["--brand", "amex"], {number for number in TEST_CARDS if number[:2] in {"34", "37"}}),
        (["--brand", "jcb", "--declines"], set[str]()),
    ],
)
def test_list_of_cards(words: list[str], numbers: set[str]) -> None:
    assert {card["number"] for card in listed(*words)} == numbers
    rows = [line.split(" ")[0] for line in paysandbox("cards", *words).stdout.splitlines()]
    assert {row for row in rows if row.isdigit()} == numbers


@pytest.mark.parametrize(
    "number, facts",
    [
        ("4242424242424242", {"brand": "visa", "cvc_digits": 3, "status": "approved", "response_code": None}),
        ("378282246310005", {"brand": "amex", "cvc_digits": 4, "length": 15}),
        ("4000000000009995", {"status": "declined", "response_code": "51", "decline_code": "insufficient_funds"}),
        ("4000000000000101", {"status": "approved", "checks": {"cvc": "fail", "zip": "pass", "line1": "pass"}}),
        ("4000000000009235", {"risk_level": "elevated"}),
        ("4000002760003184", {"status": "requires_action"}),
        ("4000000000005126", {"status": "approved", "plan": "refund=fail:expired_or_canceled_card"}),
        ("4000000000000259", {"status": "approved", "plan": "dispute=fraudulent"}),
        ("4000000404000079", {"status": "approved", "plan": "dispute=several"}),
        ("4444333322221111", {"known_from": ["Adyen", "Worldpay"]}),
    ],
)
def test_details_of_a_card(number: str, facts: dict[str, object]) -> None:
    (card,) = (card for card in listed() if card["number"] == number)
    assert card.items() >= facts.items()


def test_other_outcomes_are_listed() -> None:
    shown = paysandbox("cards").stdout
    assert "partial:<less than the amount>" in shown
    assert "refund=pending[:<seconds>[:<result>]]" in shown
    assert "revocation_of_all_authorizations" in shown
    assert "2006.01 pending:3600:approve" in shown
    assert "2005.03 dispute=inquiry" in shown


def test_an_unknown_brand_is_a_usage_error() -> None:
    assert paysandbox("cards", "--brand", "bobs").exit_code == 2
