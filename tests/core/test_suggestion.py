"""Suggestions for a word that is not one of the known ones."""

import pytest

from paysandbox.core.errors import Refused
from paysandbox.core.event_type import EventType
from paysandbox.core.suggestion import did_you_mean
from paysandbox.payments.bank.grammar import read_outcomes


@pytest.mark.parametrize(
    "text, hint",
    [
        ("payment_capturd", "Did you mean payment_captured? "),
        ("PAYMENT_CAPTURED", "Did you mean payment_captured? "),
        ("payment.captured", "Did you mean payment_captured? "),
        ("zzz", ""),
        ("", ""),
        (7, ""),
        ("payment_captured" + "x" * 100_000, ""),
    ],
)
def test_the_nearest_word_is_suggested(text: object, hint: str) -> None:
    assert did_you_mean(text, EventType) == hint


@pytest.mark.parametrize(
    "text, hint",
    [
        ("declin:x", "Did you mean decline:<decline_code>? "),
        ("decline:lost_crad", "Did you mean decline:lost_card? "),
        ("aproved", "Did you mean approve? "),
        ("approve,captur=fail", "Did you mean capture=fail[:<seconds>]? "),
        ("partial:9999", ""),
        ("zzz", ""),
    ],
)
def test_the_nearest_outcome_is_suggested(text: str, hint: str) -> None:
    with pytest.raises(Refused) as refused:
        read_outcomes(text, "outcome", amount=10_00)
    assert (refused.value.detail or "").startswith(f"{hint}Use approve")
