"""The simulated bank: each published test card gets its documented answer, and other cards are rejected."""

from typing import Any

import pytest

from paysandbox.core.brand import CARD_FORMATS, brand_of, luhn_ok
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.acquirer import Answer, AuthorizationRequest, answer
from paysandbox.payments.outcome import Approve, ApprovePartially, DeclineFor, decline_for
from paysandbox.payments.response import Check, Checks, RiskLevel
from paysandbox.payments.test_cards import MISTYPED, TEST_CARDS, TRIGGERS, TestCard
from tests.support.build import INSUFFICIENT_FUNDS, VISA

NOBODYS_TEST_CARD = "4539578763621486"  # passes Luhn, but is not a published test card

# From Stripe's "Testing" page and ISO 8583, not from our table: decline code, response code, advice.
DOCUMENTED_DECLINES = {
    "4000000000000002": ("generic_decline", "05", "try_again_later"),
    "4000000000009995": ("insufficient_funds", "51", "try_again_later"),
    "4000000000009987": ("lost_card", "41", "do_not_try_again"),
    "4000000000009979": ("stolen_card", "43", "do_not_try_again"),
    "4000000000000069": ("expired_card", "54", "confirm_card_data"),
    "4000000000000127": ("incorrect_cvc", "N7", "confirm_card_data"),
    "4000000000000119": ("processing_error", "96", "try_again_later"),
    "4000000000006975": ("card_velocity_exceeded", "65", "try_again_later"),
    "4000000000000341": ("generic_decline", "05", "try_again_later"),
    "4100000000000019": ("fraudulent", None, "do_not_try_again"),
}

# The check results for security code, postal code and first address line when all three are given, and the risk.
DOCUMENTED_CHECKS = {
    "4242424242424242": ("pass", "pass", "pass", "normal"),
    "4000000000000101": ("fail", "pass", "pass", "normal"),
    "4000000000000036": ("pass", "fail", "pass", "normal"),
    "4000000000000028": ("pass", "pass", "fail", "normal"),
    "4000000000000010": ("pass", "fail", "fail", "normal"),
    "4000000000000044": ("pass", "unavailable", "unavailable", "normal"),
    "4000000000004954": ("pass", "pass", "pass", "highest"),
    "4000000000009235": ("pass", "pass", "pass", "elevated"),
    "4000000000000127": ("fail", "pass", "pass", "normal"),
}

NOT_BUILT_YET = ("4000002500003155", "4000000000000259", "4000000000007726", "4000000000005126", "4000000000000077")


def ask(number: str = VISA, amount: int = 10_00, **more: Any) -> AuthorizationRequest:
    return AuthorizationRequest(number=number, amount=amount, **more)


def said(asked: AuthorizationRequest, *, accept_any_card: bool = False) -> str | Code:
    """Return `approved`, a decline code, or the error code."""
    try:
        heard = answer(asked, accept_any_card=accept_any_card)
    except Refused as refused:
        return refused.code
    return heard.response.decline.decline_code if heard.response.decline else "approved"


# --- the published cards ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept_any_card", [False, True])
@pytest.mark.parametrize("card", TEST_CARDS.values(), ids=lambda card: card.number)
def test_every_test_card_has_its_documented_response(card: TestCard, accept_any_card: bool) -> None:
    """This also holds where any card is accepted: a declining test card keeps its behaviour."""
    expected = card.reason.decline_code if card.reason else "approved"
    assert said(ask(card.number), accept_any_card=accept_any_card) == (
        expected if card.simulated else Code.NOT_YET_SIMULATED
    )


@pytest.mark.parametrize("card", TEST_CARDS.values(), ids=lambda card: card.number)
def test_every_test_card_has_its_brands_format(card: TestCard) -> None:
    assert luhn_ok(card.number)
    assert brand_of(card.number) is card.brand
    assert card.length in CARD_FORMATS[card.brand].lengths
    assert card.cvc_digits == CARD_FORMATS[card.brand].cvc_digits


def test_invalid_numbers_do_not_reach_the_bank() -> None:
    assert not luhn_ok(MISTYPED)
    assert MISTYPED not in TEST_CARDS


@pytest.mark.parametrize("number", DOCUMENTED_DECLINES)
def test_documented_declines(number: str) -> None:
    heard = answer(ask(number), accept_any_card=False)
    decline = heard.response.decline
    assert decline is not None
    assert (decline.decline_code, heard.response.code, decline.advice_code) == DOCUMENTED_DECLINES[number]
    assert heard.amount == 10_00


def test_no_other_card_declines() -> None:
    assert {card.number for card in TEST_CARDS.values() if card.reason} == set(DOCUMENTED_DECLINES)


@pytest.mark.parametrize("number", DOCUMENTED_CHECKS)
def test_documented_checks(number: str) -> None:
    response = answer(ask(number, with_cvc=True, with_zip=True, with_line1=True), accept_any_card=False).response
    checks = response.checks
    assert (checks.cvc, checks.zip, checks.line1, response.risk_level) == DOCUMENTED_CHECKS[number]


@pytest.mark.parametrize(
    "number, given, found",
    [
        (VISA, {}, Checks()),
        (VISA, {"with_cvc": True}, Checks(cvc=Check.PASS)),
        (VISA, {"with_zip": True}, Checks(zip=Check.PASS)),
        (VISA, {"with_line1": True}, Checks(line1=Check.PASS)),
        ("4000000000000101", {"with_zip": True}, Checks(zip=Check.PASS)),  # fails only if a code is given
        ("4000000000000010", {"with_line1": True}, Checks(line1=Check.FAIL)),
        ("4000000000000127", {}, Checks()),
        (INSUFFICIENT_FUNDS, {"with_cvc": True}, Checks(cvc=Check.PASS)),  # the bank compares before it declines
        ("4100000000000019", {"with_cvc": True}, Checks()),  # blocked before it reaches the bank
    ],
)
def test_only_given_fields_are_checked(number: str, given: dict[str, bool], found: Checks) -> None:
    assert answer(ask(number, **given), accept_any_card=False).response.checks == found


@pytest.mark.parametrize("number", NOT_BUILT_YET)
@pytest.mark.parametrize("outcome", [None, Approve()])
def test_a_special_card_is_never_a_plain_approval(number: str, outcome: Approve | None) -> None:
    """Not even when an approval is requested: the behaviour that follows it would be missing."""
    assert said(ask(number, outcome=outcome), accept_any_card=True) == Code.NOT_YET_SIMULATED


# --- other cards ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept_any_card, heard", [(False, Code.LIVE_CARD_IN_SANDBOX), (True, "approved")])
@pytest.mark.parametrize("outcome", [None, Approve()])
def test_other_cards(accept_any_card: bool, heard: str | Code, outcome: Approve | None) -> None:
    assert luhn_ok(NOBODYS_TEST_CARD)
    assert said(ask(NOBODYS_TEST_CARD, outcome=outcome), accept_any_card=accept_any_card) == heard


def test_other_cards_are_validated() -> None:
    heard = answer(ask(NOBODYS_TEST_CARD, with_cvc=True), accept_any_card=True)
    assert heard.response.checks == Checks(cvc=Check.PASS)


@pytest.mark.parametrize("number", [NOBODYS_TEST_CARD, *NOT_BUILT_YET])
def test_errors_name_the_field_and_not_the_number(number: str) -> None:
    with pytest.raises(Refused) as caught:
        answer(ask(number), accept_any_card=False)

    assert caught.value.param == "card.number"
    assert number not in f"{caught.value!r} {caught.value}"


# --- requested outcomes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked, heard",
    [
        (ask(outcome=decline_for("lost_card")), "lost_card"),
        (ask(INSUFFICIENT_FUNDS, outcome=Approve()), "approved"),
        (ask(INSUFFICIENT_FUNDS, outcome=decline_for("lost_card")), "lost_card"),
        (ask(TRIGGERS, 200_051), "insufficient_funds"),
        (ask(TRIGGERS, 200_051, outcome=Approve()), "approved"),
        (ask(TRIGGERS, 200_051, outcome=decline_for("lost_card")), "lost_card"),
        (ask(VISA, 200_051), "approved"),
        (ask(INSUFFICIENT_FUNDS, 200_041), "insufficient_funds"),
    ],
)
def test_precedence_of_outcome_card_and_amount(asked: AuthorizationRequest, heard: str) -> None:
    assert said(asked) == heard


def test_a_wrong_security_code_fails_its_check_on_any_card() -> None:
    heard = answer(ask(outcome=decline_for("incorrect_cvc"), with_cvc=True, with_zip=True), accept_any_card=False)
    assert heard.response.checks == Checks(cvc=Check.FAIL, zip=Check.PASS)


@pytest.mark.parametrize("card", [card for card in TEST_CARDS.values() if card.simulated], ids=lambda card: card.number)
def test_a_requested_approval_keeps_the_cards_checks(card: TestCard) -> None:
    heard = answer(ask(card.number, outcome=Approve(), with_cvc=True), accept_any_card=False).response
    assert (heard.code, heard.decline) == ("00", None)
    assert (heard.checks.cvc, heard.risk_level) == (card.checks.cvc, card.risk_level)


# --- partial approvals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount, outcome, promised",
    [
        (10_00, ApprovePartially(), 5_00),
        (10_01, ApprovePartially(), 5_00),  # never more than half
        (2, ApprovePartially(), 1),
        (10_00, ApprovePartially(1), 1),
        (10_00, ApprovePartially(9_99), 9_99),
    ],
)
def test_partial_approval_if_supported(amount: int, outcome: ApprovePartially, promised: int) -> None:
    heard = answer(ask(amount=amount, outcome=outcome, allow_partial=True, with_cvc=True), accept_any_card=False)
    assert (heard.response.code, heard.response.decline, heard.amount) == ("10", None, promised)
    assert heard.response.checks == Checks(cvc=Check.PASS)


@pytest.mark.parametrize(
    "amount, allow_partial", [(10_00, False), (1, True)], ids=["the merchant takes no parts", "nothing has no half"]
)
def test_decline_for_insufficient_funds_if_not_supported(amount: int, allow_partial: bool) -> None:
    heard = answer(ask(amount=amount, outcome=ApprovePartially(), allow_partial=allow_partial), accept_any_card=False)
    assert (heard.response.code, heard.amount) == ("51", amount)
    assert heard.response.decline is not None
    assert heard.response.decline.decline_code == "insufficient_funds"


@pytest.mark.parametrize("outcome", [None, Approve(), decline_for("lost_card")])
def test_partial_approval_support_changes_nothing_else(outcome: Approve | DeclineFor | None) -> None:
    def heard(*, allow_partial: bool) -> Answer:
        return answer(ask(outcome=outcome, allow_partial=allow_partial), accept_any_card=False)

    assert heard(allow_partial=True) == heard(allow_partial=False)


def test_risk_level_is_present_in_a_decline() -> None:
    heard = answer(ask("4000000000004954", outcome=decline_for("lost_card")), accept_any_card=False)
    assert heard.response.risk_level is RiskLevel.HIGHEST
