"""The simulated bank. Pure, so it cannot time out.

The outcome is, in this order: the one that the caller requested (header, then metadata), that of the published test
card, that of a trigger amount. Everything else is approved.
"""

from dataclasses import dataclass

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.amount_triggers import outcome_for_amount
from paysandbox.payments.outcome import Approve, ApprovePartially, DeclineFor, Outcome, decline_for
from paysandbox.payments.response import PARTIALLY_APPROVED, Check, Checks, Decline, Response
from paysandbox.payments.test_cards import ANY_CARD, TEST_CARDS, TestCard


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request to the bank: a Luhn-valid number, an amount (minor units), and which cardholder data to check."""

    number: str
    amount: int
    allow_partial: bool = False
    with_cvc: bool = False
    with_zip: bool = False
    with_line1: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The bank's response and its amount (minor units), which is less than requested for a partial approval."""

    response: Response
    amount: int


def answer(request: AuthorizationRequest, *, accept_any_card: bool) -> Answer:
    """Return the bank's response.

    Raises Refused: live_card_in_sandbox for a number that is not a published test card (unless `accept_any_card`), to
    keep real cards out; not_yet_simulated for a published card or trigger amount that is not implemented (never an
    approval); outcome_invalid for a trigger amount with an unknown response code.
    """
    card = _card(request.number, accept_any_card=accept_any_card)
    outcome = request.outcome or card.outcome or outcome_for_amount(request.number, request.amount) or Approve()
    if isinstance(outcome, ApprovePartially):
        part = request.amount // 2 if outcome.amount is None else outcome.amount
        # A merchant that does not accept partial approvals gets a decline for insufficient funds.
        if part and request.allow_partial:
            return Answer(Response(PARTIALLY_APPROVED, None, _checks(request, card), card.risk_level), part)
        outcome = decline_for("insufficient_funds")
    if isinstance(outcome, DeclineFor):
        return Answer(_declined(outcome, request, card), request.amount)
    return Answer(Response(checks=_checks(request, card), risk_level=card.risk_level), request.amount)


def refuse_live_card(number: str, *, accept_any_card: bool) -> None:
    """Raise live_card_in_sandbox for a number that is not a published test card, unless `accept_any_card`.

    For callers that store a card now and authorize it later.
    """
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


def _declined(outcome: DeclineFor, request: AuthorizationRequest, card: TestCard) -> Response:
    reason = outcome.reason
    decline = Decline(decline_code=reason.decline_code, advice_code=reason.advice_code)
    if reason.response_code is None:  # blocked before it reached the bank, so nothing was checked
        return Response(None, decline, risk_level=card.risk_level)
    checks = _checks(request, card)
    if reason.decline_code == "incorrect_cvc" and request.with_cvc:
        checks = Checks(cvc=Check.FAIL, zip=checks.zip, line1=checks.line1)
    return Response(reason.response_code, decline, checks, card.risk_level)


def _checks(request: AuthorizationRequest, card: TestCard) -> Checks:
    """Return the bank's checks of the data that was sent."""
    checks = card.checks
    return Checks(
        cvc=checks.cvc if request.with_cvc else Check.UNCHECKED,
        zip=checks.zip if request.with_zip else Check.UNCHECKED,
        line1=checks.line1 if request.with_line1 else Check.UNCHECKED,
    )
