"""The cards and outcomes that the dashboard offers are those of the simulated bank."""

import re
from pathlib import Path

import pytest

from paysandbox.payments.bank.grammar import read_outcomes
from paysandbox.payments.bank.test_cards import TEST_CARDS

PAGE = (Path(__file__).resolve().parents[2] / "dashboard/src/try/cards.ts").read_text()
CARDS = re.findall(r'number: "(\d+)", brand: "(\w+)", result: "([^"]+)"', PAGE)
OUTCOMES = re.findall(r'value: "([^"]+)"', PAGE)
AMOUNT = 1250


@pytest.mark.parametrize("number, brand, result", CARDS)
def test_a_card_has_the_result_that_is_shown(number: str, brand: str, result: str) -> None:
    card = TEST_CARDS[number]
    assert (card.brand, card.says) == (brand, result)
    assert card.simulated


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_accepted(outcome: str) -> None:
    read_outcomes(outcome, "X-Sandbox-Outcome", amount=AMOUNT)


def test_both_tables_are_read() -> None:
    assert len(CARDS) == PAGE.count('number: "')
    assert OUTCOMES
