"""The outcomes that the dashboard offers are those of the simulated bank. Its cards are a generated document."""

import json
import re
from pathlib import Path

import pytest

from docs import dashboard_facts
from paysandbox.payments.bank.grammar import read_outcomes

FORM = Path(__file__).resolve().parents[2] / "dashboard/src/try"
FACTS = json.loads(dashboard_facts.test_cards_json())
OUTCOMES = [
    *re.findall(r'value: "([^"]+)", text', (FORM / "cards.ts").read_text()),
    *(f"decline:{decline['code']}" for decline in FACTS["declines"]),
    *(f"dispute={reason}" for reason in FACTS["disputes"]),
]
AMOUNT = 1250


def test_an_outcome_is_accepted(subtests: pytest.Subtests) -> None:
    assert "approve" in OUTCOMES
    for outcome in OUTCOMES:
        with subtests.test(outcome):
            read_outcomes(outcome, "X-Sandbox-Outcome", amount=AMOUNT)
