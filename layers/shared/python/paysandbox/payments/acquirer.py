"""The simulated bank: it says what it is asked to say, else what the card's row says. Pure, so no time-out to fear.

What is asked for wins in this order: the caller's outcome (a header before metadata), the row of the published card, an
amount that triggers. Everything else is approved.
"""

from dataclasses import dataclass

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.amount_triggers import triggered
from paysandbox.payments.outcome import Approve, ApprovePartially, DeclineFor, Outcome, decline_for
from paysandbox.payments.response import PARTLY_APPROVED, Check, Checks, Decline, Response
from paysandbox.payments.test_cards import ANY_CARD, TEST_CARDS, TestCard


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What the bank is asked: a Luhn-valid number, an amount (minor units), and which data there is to compare."""

    number: str
    amount: int
    allow_partial: bool = False
    with_cvc: bool = False
    with_zip: bool = False
    with_line1: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The bank's response, and the amount (minor units) that it is about: less than asked where it promises a part."""

    response: Response
    amount: int


def answer(ask: AuthorizationRequest, *, accept_any_card: bool) -> Answer:
    """What the bank says.

    Raises Refused: live_card_in_sandbox for a number that nobody published (unless `accept_any_card`), so that no real
    card gets in; not_yet_simulated for a published card or amount whose behaviour is not built (never a plain
    approval); outcome_invalid for an amount that asks for a response code which is not known.
    """
    card = _card(ask.number, accept_any_card=accept_any_card)
    outcome = ask.outcome or card.outcome or triggered(ask.number, ask.amount) or Approve()
    if isinstance(outcome, ApprovePartially):
        part = ask.amount // 2 if outcome.amount is None else outcome.amount
        # A bank whose merchant takes no part of an amount declines for want of the rest.
        if part and ask.allow_partial:
            return Answer(Response(PARTLY_APPROVED, None, _checks(ask, card), card.risk_level), part)
        outcome = decline_for("insufficient_funds")
    if isinstance(outcome, DeclineFor):
        return Answer(_declined(outcome, ask, card), ask.amount)
    return Answer(Response(checks=_checks(ask, card), risk_level=card.risk_level), ask.amount)


def refuse_live_card(number: str, *, accept_any_card: bool) -> None:
    """Refuses a number that nobody published, unless any is taken: live_card_in_sandbox. For whoever keeps a card now
    and asks the bank later."""
    if number not in TEST_CARDS and not accept_any_card:
        raise Refused(
            Code.LIVE_CARD_IN_SANDBOX,
            "The number is not a published test card. Use 4242 4242 4242 4242 for an approval.",
            "card.number",
        )


def _card(number: str, *, accept_any_card: bool) -> TestCard:
    refuse_live_card(number, accept_any_card=accept_any_card)
    card = TEST_CARDS.get(number, ANY_CARD)
    if not card.simulated:
        raise Refused(Code.NOT_YET_SIMULATED, f"This test card ({card.says}) is not simulated yet.", "card.number")
    return card


def _declined(outcome: DeclineFor, ask: AuthorizationRequest, card: TestCard) -> Response:
    reason = outcome.reason
    decline = Decline(decline_code=reason.decline_code, advice_code=reason.advice_code)
    if reason.response_code is None:  # blocked before the bank was asked, so it compared nothing
        return Response(None, decline, risk_level=card.risk_level)
    checks = _checks(ask, card)
    if reason.decline_code == "incorrect_cvc" and ask.with_cvc:
        checks = Checks(cvc=Check.FAIL, zip=checks.zip, line1=checks.line1)
    return Response(reason.response_code, decline, checks, card.risk_level)


def _checks(ask: AuthorizationRequest, card: TestCard) -> Checks:
    """What the bank finds of what it was given."""
    found = card.checks
    return Checks(
        cvc=found.cvc if ask.with_cvc else Check.UNCHECKED,
        zip=found.zip if ask.with_zip else Check.UNCHECKED,
        line1=found.line1 if ask.with_line1 else Check.UNCHECKED,
    )
