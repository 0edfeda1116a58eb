"""The simulated bank. Pure, so it cannot time out.

The outcome is, in this order: the one that the caller requested (header, then metadata), that of the published test
card, that of a trigger amount. Everything else is approved.
"""

from collections.abc import Mapping

from paysandbox.core.cards.brand import Brand, brand_of
from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.record import record, replace
from paysandbox.payments.bank.amount_triggers import outcomes_for_amount
from paysandbox.payments.bank.decline_codes import SOFT_DECLINE_OF_MASTERCARD
from paysandbox.payments.bank.outcome import (
    NO_OUTCOMES,
    OUTCOME_ENTRY,
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Challenge,
    DeclineFor,
    Outcome,
    Outcomes,
    decline_for,
)
from paysandbox.payments.bank.response import PARTIALLY_APPROVED, Check, Checks, Decline, Response
from paysandbox.payments.bank.test_cards import ANY_CARD, LOOKUP_FAILED, TEST_CARDS, TestCard, ThreeDSecure


@record(kw_only=True)
class AuthorizationRequest:
    """A request to the bank: a Luhn-valid number, an amount (minor units), and which cardholder data to check.

    An amount of 0 verifies the card (an account verification), so that it can be saved.

    `requested` are the outcomes that the caller requested. `authenticate` asks for 3-D Secure where the card supports
    it; a card that requires it gets it anyway.
    """

    number: str
    amount: int
    allow_partial: bool = False
    with_cvc: bool = False
    with_zip: bool = False
    with_line1: bool = False
    requested: Outcomes = NO_OUTCOMES
    authenticate: bool = False


@record(kw_only=True)
class Step:
    """A step that falls due `seconds` after the authorization: an action of the simulation table, and its value."""

    name: str
    seconds: int
    value: str | None = None


@record
class Answered:
    """The bank's response and its amount (minor units), which is less than requested for a partial approval.

    `frictionless` tells that the cardholder was authenticated without a challenge. `due` is what follows by itself, and
    `plan` is what happens after an approval (see `plan`).
    """

    response: Response
    amount: int
    frictionless: bool = False
    due: tuple[Step, ...] = ()
    plan: str | None = None


@record
class AwaitsBank:
    """The bank answers later: with this response and amount, when the step in `due` falls due."""

    response: Response
    amount: int
    due: tuple[Step, ...]
    plan: str | None = None


@record
class AwaitsCardholder:
    """The cardholder has to authenticate first. Then the bank answers with this response and amount.

    If the bank declined only because the cardholder has not authenticated, `soft_decline` is that response.
    """

    response: Response
    amount: int
    soft_decline: Response | None = None
    plan: str | None = None


Answer = Answered | AwaitsBank | AwaitsCardholder


def requested_outcomes(header: str | None, entries: Mapping[str, str], *, amount: int) -> Outcomes:
    """Return the outcomes that a caller requested for `amount` minor units: from the header, else from the metadata.

    Raises Refused as `read_outcomes` does.
    """
    param = OUTCOME_HEADER if header is not None else f"metadata.{OUTCOME_ENTRY}"
    requested = entries.get(OUTCOME_ENTRY) if header is None else header
    if requested is None:
        return NO_OUTCOMES
    from paysandbox.payments.bank.grammar import read_outcomes  # few callers request an outcome

    return read_outcomes(requested, param, amount=amount)


def answer(request: AuthorizationRequest, *, accept_any_card: bool) -> Answer:
    """Return the bank's response.

    Raises Refused: live_card_in_sandbox for a number that is not a published test card (unless `accept_any_card`), to
    keep real cards out; outcome_invalid for a trigger amount with an unknown response code.
    """
    card = _card(request.number, accept_any_card=accept_any_card)
    requested = request.requested
    triggered = NO_OUTCOMES if requested.authorization else outcomes_for_amount(request.number, request.amount)
    outcome = requested.authorization or _outcome_of_card(card, request) or triggered.authorization or Approve()
    answered = _answer(outcome, request, card)
    if not (card.plan or triggered.plan or requested.plan):
        return answered
    is_final_decline = isinstance(answered, Answered) and answered.response.decline and not answered.due
    plans = [plan for plan in (card.plan, triggered.plan, requested.plan) if plan]
    return answered if is_final_decline else replace(answered, plan=_merged(plans))


def _answer(outcome: Outcome, request: AuthorizationRequest, card: TestCard) -> Answer:
    match outcome:
        case Approve():
            frictionless = card.three_d_secure is ThreeDSecure.FRICTIONLESS
            return Answered(_approval(request, card), request.amount, frictionless=frictionless)
        case ApprovePartially():
            part = request.amount // 2 if outcome.amount is None else outcome.amount
            # A merchant that does not accept partial approvals gets a decline for insufficient funds.
            if not (part and request.allow_partial):
                return _answer(decline_for("insufficient_funds"), request, card)
            return Answered(Response(PARTIALLY_APPROVED, None, _checks(request, card), card.risk_level), part)
        case DeclineFor():
            return _declined(outcome, request, card)
        case AnswerLater():
            response = _after_wait(outcome.then, request, card)
            step = Step(name="approve", seconds=outcome.seconds)
            if response.decline:
                step = Step(name="decline", seconds=outcome.seconds, value=response.decline.decline_code)
            return AwaitsBank(response, request.amount, due=(step,))
        case ApproveLate():
            response = _decline_response(decline_for("issuer_not_available"), request, card)
            return Answered(response, request.amount, due=(Step(name="approve", seconds=outcome.seconds),))
        case Challenge():
            return AwaitsCardholder(_after_wait(outcome.then, request, card), request.amount)


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
    return TEST_CARDS.get(number, ANY_CARD)


def _approval(request: AuthorizationRequest, card: TestCard) -> Response:
    return Response(checks=_checks(request, card), risk_level=card.risk_level)


def _after_wait(outcome: Approve | DeclineFor, request: AuthorizationRequest, card: TestCard) -> Response:
    """Return the response that follows a wait, so that a decline asks for no challenge."""
    if isinstance(outcome, DeclineFor):
        return _decline_response(outcome, request, card)
    return _approval(request, card)


def _outcome_of_card(card: TestCard, request: AuthorizationRequest) -> Outcome | None:
    if card.outcome is None and request.authenticate:
        match card.three_d_secure:
            case ThreeDSecure.CHALLENGE:
                return Challenge()
            case ThreeDSecure.LOOKUP_FAILS:
                return LOOKUP_FAILED
            case _:
                pass
    if request.amount == 0 and card.declines_payments:
        return Challenge() if isinstance(card.outcome, Challenge) else None
    return card.outcome


def _declined(outcome: DeclineFor, request: AuthorizationRequest, card: TestCard) -> Answer:
    reason = outcome.reason
    if reason.response_code == SOFT_DECLINE_OF_MASTERCARD.response_code and _is_mastercard(request.number):
        outcome = DeclineFor(SOFT_DECLINE_OF_MASTERCARD)
    response = _decline_response(outcome, request, card)
    if not outcome.asks_for_challenge:
        return Answered(response, request.amount)
    return AwaitsCardholder(_approval(request, card), request.amount, soft_decline=response)


def _is_mastercard(number: str) -> bool:
    return brand_of(number) is Brand.MASTERCARD


def _decline_response(outcome: DeclineFor, request: AuthorizationRequest, card: TestCard) -> Response:
    reason = outcome.reason
    decline = Decline(decline_code=reason.decline_code, advice_code=reason.advice_code)
    if reason.response_code is None:  # blocked before it reached the bank, so nothing was checked
        return Response(None, decline, risk_level=card.risk_level)
    checks = _checks(request, card)
    if reason.decline_code == "incorrect_cvc" and request.with_cvc:
        checks = Checks(cvc=Check.FAIL, zip=checks.zip, line1=checks.line1)
    return Response(reason.response_code, decline, checks, card.risk_level)


def _merged(plans: list[str]) -> str | None:
    """Return the plans as one. Of those about the same thing, the last decides."""
    if len(plans) == 1:
        return plans[0]
    from paysandbox.payments.bank.plan import merge  # only for those who plan ahead

    merged: str | None = None
    for plan in plans:
        merged = merge(merged, plan)
    return merged


def _checks(request: AuthorizationRequest, card: TestCard) -> Checks:
    """Return the bank's checks of the data that was sent."""
    checks = card.checks
    return Checks(
        cvc=checks.cvc if request.with_cvc else Check.UNCHECKED,
        zip=checks.zip if request.with_zip else Check.UNCHECKED,
        line1=checks.line1 if request.with_line1 else Check.UNCHECKED,
    )
