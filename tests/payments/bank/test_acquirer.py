"""The simulated bank: each published test card gets its documented answer, and other cards are rejected."""

from typing import Any

import pytest

from paysandbox.core.cards.brand import CARD_FORMATS, brand_of, luhn_ok
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.acquirer import (
    Answer,
    Answered,
    AuthorizationRequest,
    AwaitsBank,
    AwaitsCardholder,
    Step,
    answer,
)
from paysandbox.payments.bank.outcome import (
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Challenge,
    DeclineFor,
    Outcome,
    Outcomes,
    decline_for,
    outcome_for_response_code,
)
from paysandbox.payments.bank.plan import plan_of
from paysandbox.payments.bank.response import Check, Checks, Response, RiskLevel
from paysandbox.payments.bank.test_cards import MISTYPED, TEST_CARDS, TRIGGERS
from tests.support.builders.build import INSUFFICIENT_FUNDS, VISA

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
    "4000008400001280": ("processing_error", "96", "try_again_later"),
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

# From the same page: what follows the authentication of cards that require it.
DOCUMENTED_CHALLENGES = {
    "4000002500003155": "approved",
    "4000002760003184": "approved",
    "4000003800000446": "approved",
    "4000008260003178": "insufficient_funds",
    "4000000000003220": "approved",
    "4000000000003063": "approved",
    "4000008400001629": "generic_decline",
}

MASTERCARD = "5555555555554444"
OPTIONAL, OPTIONAL_ERROR, FRICTIONLESS = "4000000000003055", "4000000000003097", "4000000032200000"


def ask(
    number: str = VISA, amount: int = 10_00, outcome: Outcome | None = None, plan: str | None = None, **more: Any
) -> AuthorizationRequest:
    requested = Outcomes(authorization=outcome, plan=plan)
    return AuthorizationRequest(number=number, amount=amount, requested=requested, **more)


def said(asked: AuthorizationRequest, *, accept_any_card: bool = False) -> str | Code:
    """Return `approved`, a decline code, or the error code."""
    try:
        heard = answer(asked, accept_any_card=accept_any_card)
    except Refused as refused:
        return refused.code
    return heard.response.decline.decline_code if heard.response.decline else "approved"


# --- the published cards ----------------------------------------------------------------------------------------------


def test_every_test_card_has_its_documented_response(subtests: pytest.Subtests) -> None:
    """This also holds where any card is accepted: a declining test card keeps its behaviour."""
    for accept_any_card in [False, True]:
        for card in TEST_CARDS.values():
            with subtests.test(f"{accept_any_card} {card.number}"):
                expected = DOCUMENTED_CHALLENGES.get(card.number) or (
                    card.reason.decline_code if card.reason else "approved"
                )
                assert said(ask(card.number), accept_any_card=accept_any_card) == expected


def test_cards_are_verified_as_they_pay_unless_they_decline_payments_only(subtests: pytest.Subtests) -> None:
    """Stripe, "Testing": one is declined after it was attached, the other although it was set up."""
    only_payments = {"4000000000000341", "4000008260003178"}
    for card in TEST_CARDS.values():
        with subtests.test(card.number):
            expected = "approved" if card.number in only_payments else said(ask(card.number))
            assert said(ask(card.number, amount=0)) == expected


def test_every_test_card_has_its_brands_format(subtests: pytest.Subtests) -> None:
    for card in TEST_CARDS.values():
        with subtests.test(str(card.number)):
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
def test_only_given_fields_are_checked(number: str, given: dict[str, Any], found: Checks) -> None:
    assert answer(ask(number, **given), accept_any_card=False).response.checks == found


# --- other cards ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept_any_card, heard", [(False, Code.LIVE_CARD_IN_SANDBOX), (True, "approved")])
@pytest.mark.parametrize("outcome", [None, Approve()])
def test_other_cards(accept_any_card: bool, heard: str | Code, outcome: Approve | None) -> None:
    assert luhn_ok(NOBODYS_TEST_CARD)
    assert said(ask(NOBODYS_TEST_CARD, outcome=outcome), accept_any_card=accept_any_card) == heard


def test_other_cards_are_validated() -> None:
    heard = answer(ask(NOBODYS_TEST_CARD, with_cvc=True), accept_any_card=True)
    assert heard.response.checks == Checks(cvc=Check.PASS)


def test_errors_name_the_field_and_not_the_number() -> None:
    with pytest.raises(Refused) as caught:
        answer(ask(NOBODYS_TEST_CARD), accept_any_card=False)

    assert caught.value.param == "card.number"
    assert NOBODYS_TEST_CARD not in f"{caught.value!r} {caught.value}"


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


# --- answers that take time -------------------------------------------------------------------------------------------


def described(response: Response) -> str:
    return response.decline.decline_code if response.decline else "approved"


def follows(asked: AuthorizationRequest) -> tuple[type, str]:
    """Return the kind of answer, and what follows: `approved` or a decline code."""
    heard = answer(asked, accept_any_card=False)
    return type(heard), described(heard.response)


@pytest.mark.parametrize("number", DOCUMENTED_CHALLENGES)
def test_cards_that_require_authentication(number: str) -> None:
    assert follows(ask(number)) == (AwaitsCardholder, DOCUMENTED_CHALLENGES[number])


def test_no_other_card_requires_authentication() -> None:
    challenged = {card.number for card in TEST_CARDS.values() if isinstance(card.outcome, Challenge)}
    assert challenged == set(DOCUMENTED_CHALLENGES)


@pytest.mark.parametrize(
    "number, by_itself, if_requested",
    [
        (VISA, (Answered, "approved"), (Answered, "approved")),  # not enrolled
        (OPTIONAL, (Answered, "approved"), (AwaitsCardholder, "approved")),
        (OPTIONAL_ERROR, (Answered, "approved"), (Answered, "processing_error")),
        (FRICTIONLESS, (Answered, "approved"), (Answered, "approved")),
        ("4000002760003184", (AwaitsCardholder, "approved"), (AwaitsCardholder, "approved")),
        (INSUFFICIENT_FUNDS, (Answered, "insufficient_funds"), (Answered, "insufficient_funds")),
    ],
)
def test_authentication_that_the_merchant_requests(
    number: str, by_itself: tuple[type, str], if_requested: tuple[type, str]
) -> None:
    assert (follows(ask(number)), follows(ask(number, authenticate=True))) == (by_itself, if_requested)


@pytest.mark.parametrize("number, frictionless", [(FRICTIONLESS, True), (VISA, False), (OPTIONAL, False)])
def test_authentication_without_a_challenge(number: str, frictionless: bool) -> None:
    heard = answer(ask(number), accept_any_card=False)
    assert isinstance(heard, Answered)
    assert heard.frictionless is frictionless


@pytest.mark.parametrize(
    "asked, kind, then, due",
    [
        (ask(outcome=AnswerLater(60, Approve())), AwaitsBank, "approved", (Step(name="approve", seconds=60),)),
        (
            ask(outcome=AnswerLater(60, decline_for("lost_card"))),
            AwaitsBank,
            "lost_card",
            (Step(name="decline", seconds=60, value="lost_card"),),
        ),
        (ask(TRIGGERS, 2006_01), AwaitsBank, "approved", (Step(name="approve", seconds=3600),)),
        (
            ask(TRIGGERS, 2006_02),
            AwaitsBank,
            "issuer_not_available",
            (Step(name="decline", seconds=3600, value="issuer_not_available"),),
        ),
        (ask(outcome=ApproveLate(60)), Answered, "issuer_not_available", (Step(name="approve", seconds=60),)),
        (
            ask(outcome=AnswerLater(60, decline_for("authentication_required"))),
            AwaitsBank,
            "authentication_required",
            (Step(name="decline", seconds=60, value="authentication_required"),),
        ),
        (
            ask(outcome=Challenge(decline_for("authentication_required"))),
            AwaitsCardholder,
            "authentication_required",
            (),
        ),
        (ask(outcome=Challenge()), AwaitsCardholder, "approved", ()),
        (ask(outcome=Challenge(decline_for("lost_card"))), AwaitsCardholder, "lost_card", ()),
        (ask(INSUFFICIENT_FUNDS, outcome=Challenge()), AwaitsCardholder, "approved", ()),
        (ask("4000002760003184", outcome=Approve()), Answered, "approved", ()),
    ],
)
def test_delayed_responses(asked: AuthorizationRequest, kind: type, then: str, due: tuple[Step, ...]) -> None:
    heard = answer(asked, accept_any_card=False)
    assert (type(heard), described(heard.response), heard.amount) == (kind, then, asked.amount)
    assert getattr(heard, "due", ()) == due
    assert getattr(heard, "soft_decline", None) is None


@pytest.mark.parametrize(
    "number, code, softly",
    [
        (VISA, "1A", ("1A", "authentication_required")),
        (MASTERCARD, "1A", ("1A", "authentication_required")),
        (MASTERCARD, "65", ("65", "authentication_required")),
        ("2223003122003222", "65", ("65", "authentication_required")),
        (VISA, "65", None),  # the activity limit
        (MASTERCARD, "51", None),
    ],
)
def test_soft_declines_ask_for_a_challenge(number: str, code: str, softly: tuple[str, str] | None) -> None:
    heard = answer(ask(number, outcome=outcome_for_response_code(code)), accept_any_card=False)
    declined = heard.soft_decline if isinstance(heard, AwaitsCardholder) else None
    assert (declined and (declined.code, described(declined))) == softly
    assert (described(heard.response) == "approved") is (softly is not None)


@pytest.mark.parametrize(
    "asked, plan",
    [
        (ask(), None),
        (ask(plan="refund=fail"), "refund=fail"),
        (ask("4000000000005423"), "fraud_warning"),
        (ask("4000000000007726"), "refund=pending"),
        (ask("4000000000000259"), "dispute=fraudulent"),
        (ask("4000000000002685"), "dispute=product_not_received"),
        (ask("4000000000001976"), "dispute=inquiry"),
        (ask("4000000000000259", plan="dispute=inquiry:60"), "dispute=inquiry:60"),
        (ask("4000000000000259", outcome=decline_for("lost_card")), None),
        (ask(TRIGGERS, 2005_01), "dispute=fraudulent"),
        (ask("4000000000005126"), "refund=fail:expired_or_canceled_card"),
        (ask(TRIGGERS, 2002_01), "capture=fail"),
        # Of the same thing the request decides, else each has its own.
        (ask("4000000000007726", plan="refund=fail"), "refund=fail"),
        (ask("4000000000007726", plan="capture=fail"), "refund=pending,capture=fail"),
        (ask("4000000000005423", outcome=Approve()), "fraud_warning"),
        (ask(TRIGGERS, 2002_01, plan="capture=late:1,fraud_warning"), "capture=late:1,fraud_warning"),
        (ask(TRIGGERS, 2002_01, outcome=Approve()), None),
        # After a decline, nothing happens; unless it is approved late.
        (ask("4000000000005423", outcome=decline_for("lost_card")), None),
        (ask(INSUFFICIENT_FUNDS, plan="refund=fail"), None),
        (ask("4000000000005423", outcome=ApproveLate(60)), "fraud_warning"),
        (ask("4000000000005423", outcome=AnswerLater(60, decline_for("lost_card"))), "fraud_warning"),
    ],
)
def test_plan_of_card_amount_and_request(asked: AuthorizationRequest, plan: str | None) -> None:
    assert answer(asked, accept_any_card=False).plan == plan


def test_plans_of_cards_can_be_requested_by_header_too(subtests: pytest.Subtests) -> None:
    for card in [card for card in TEST_CARDS.values() if card.plan]:
        with subtests.test(str(card.number)):
            assert card.plan is not None
            assert plan_of([card.plan]) == card.plan


def test_a_requested_approval_keeps_the_cards_checks(subtests: pytest.Subtests) -> None:
    for card in TEST_CARDS.values():
        with subtests.test(str(card.number)):
            approved = answer(ask(card.number, outcome=Approve(), with_cvc=True), accept_any_card=False)
            assert isinstance(approved, Answered)
            heard = approved.response
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
