"""Amounts that trigger an outcome: on one card only, and never a plain approval in place of an unsupported outcome."""

import pytest

from paysandbox.core.break_type import BREAK_OF_ITEM
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.amount_triggers import outcomes_for_amount
from paysandbox.payments.bank.outcome import (
    NO_OUTCOMES,
    AnswerLater,
    Approve,
    ApprovePartially,
    DeclineFor,
    Outcomes,
    decline_for,
)
from paysandbox.payments.bank.test_cards import TEST_CARDS, TRIGGERS


@pytest.mark.parametrize(
    "amount, decline_code, response_code",
    [
        (2000_01, "call_issuer", "01"),
        (2000_05, "generic_decline", "05"),
        (2000_41, "lost_card", "41"),
        (2000_51, "insufficient_funds", "51"),
        (2000_54, "expired_card", "54"),
        (2000_82, "incorrect_cvc", "82"),
        (2000_91, "issuer_not_available", "91"),
        (2000_96, "processing_error", "96"),
    ],
)
def test_cents_are_the_response_code(amount: int, decline_code: str, response_code: str) -> None:
    outcome = outcomes_for_amount(TRIGGERS, amount).authorization
    assert isinstance(outcome, DeclineFor)
    assert (outcome.reason.decline_code, outcome.reason.response_code) == (decline_code, response_code)


@pytest.mark.parametrize("amount", [2000_10, 2001_10])
def test_half_is_approved(amount: int) -> None:
    assert outcomes_for_amount(TRIGGERS, amount) == Outcomes(authorization=ApprovePartially())


def test_approval_by_response_code() -> None:
    assert outcomes_for_amount(TRIGGERS, 2000_00) == Outcomes(authorization=Approve())


@pytest.mark.parametrize("place, name", [*enumerate(BREAK_OF_ITEM, start=1)])
def test_cents_are_the_settlement_break(place: int, name: str) -> None:
    assert outcomes_for_amount(TRIGGERS, 2004_00 + place) == Outcomes(plan=f"settle={name}")


@pytest.mark.parametrize(
    "amount", [1, 10_00, 1999_99, 2001_00, 2001_09, 2001_11, 2002_03, 2005_05, 2008_00, 99_999_999]
)
def test_an_ordinary_amount_triggers_nothing(amount: int) -> None:
    assert outcomes_for_amount(TRIGGERS, amount) == NO_OUTCOMES


def test_amounts_trigger_only_on_the_trigger_card(subtests: pytest.Subtests) -> None:
    for number in [number for number in TEST_CARDS if number != TRIGGERS]:
        with subtests.test(str(number)):
            assert {outcomes_for_amount(number, amount) for amount in (2000_05, 2000_20, 2001_10, 2002_01)} == {
                NO_OUTCOMES
            }


@pytest.mark.parametrize("amount, code", [(2000_20, "20"), (2000_99, "99")])
def test_unknown_response_codes_are_refused(amount: int, code: str) -> None:
    with pytest.raises(Refused, match=f"response code {code}, which is not supported") as caught:
        outcomes_for_amount(TRIGGERS, amount)

    assert (caught.value.code, caught.value.param) == (Code.OUTCOME_INVALID, "amount")


@pytest.mark.parametrize(
    "amount, outcomes",
    [
        (2002_01, Outcomes(plan="capture=fail")),
        (2002_02, Outcomes(plan="capture=fail_once")),
        (2003_01, Outcomes(plan="refund=pending")),
        (2003_02, Outcomes(plan="refund=fail")),
        (2005_01, Outcomes(plan="dispute=fraudulent")),
        (2005_02, Outcomes(plan="dispute=product_not_received")),
        (2005_03, Outcomes(plan="dispute=inquiry")),
        (2005_04, Outcomes(plan="fraud_warning")),
        (2006_01, Outcomes(authorization=AnswerLater(3600, Approve()))),
        (2006_02, Outcomes(authorization=AnswerLater(3600, decline_for("issuer_not_available")))),
        (2007_01, Outcomes(plan="expire:3600")),
        (2007_02, Outcomes(plan="reverse:3600")),
    ],
)
def test_amounts_of_later_steps(amount: int, outcomes: Outcomes) -> None:
    assert outcomes_for_amount(TRIGGERS, amount) == outcomes
