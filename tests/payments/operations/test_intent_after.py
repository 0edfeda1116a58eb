"""What each operation makes of an intent's terms, and of an attempt that waits for the cardholder."""

from typing import Any

import pytest

from paysandbox.core.record import replace
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Response
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.void import Void
from paysandbox.payments.payment import CONTRACT, AuthenticatedAttempt, State, Status
from paysandbox.payments.terms import IntentTerms, Method
from tests.support.builders import build
from tests.support.builders.build import MONDAY

CARD = build.card()
METHOD = Method(card=CARD, id="pm_saved")
TERMS = IntentTerms(amount=10_00, method=METHOD, description="an order")
STATED = IntentTerms(amount=9_00, description="a smaller order")
RESTATED = replace(STATED, method=METHOD)
DECLINED = Response("51", build.decline())


def operation(kind: Any, **own: Any) -> Any:
    return kind(id="op_1", request_id="r", at=MONDAY, contract=CONTRACT, **own)


def pending(terms: IntentTerms | None = None) -> Any:
    return operation(AuthorizationPending, card=CARD, response=Response(), amount=10_00, approved=10_00, terms=terms)


CHALLENGE = operation(
    ChallengeRequested, card=CARD, response=Response(), amount=10_00, approved=10_00, base_url="", method_id="pm_saved"
)
WAITING = State(
    terms=TERMS,
    attempt=CHALLENGE,
    authenticated=AuthenticatedAttempt(challenge=CHALLENGE, result=AuthenticationResult.AUTHENTICATED),
)


@pytest.mark.parametrize(
    "terms, stated, after",
    [
        (None, None, None),
        (None, STATED, STATED),
        (TERMS, None, TERMS),
        (TERMS, STATED, RESTATED),
        (TERMS, replace(STATED, method=Method(card=CARD)), RESTATED),
    ],
    ids=["none", "the first", "as before", "others", "with another method"],
)
def test_other_terms_keep_the_method(
    terms: IntentTerms | None, stated: IntentTerms | None, after: IntentTerms | None
) -> None:
    assert State(terms=terms).restated(stated) == after


@pytest.mark.parametrize(
    "response, stated, terms",
    [
        pytest.param(Response(), None, TERMS, id="approved"),
        pytest.param(Response(), STATED, RESTATED, id="approved under other terms"),
        pytest.param(DECLINED, None, replace(TERMS, method=None), id="declined"),
        pytest.param(DECLINED, STATED, STATED, id="declined under other terms"),
    ],
)
def test_an_answer_ends_the_attempt_and_a_decline_removes_the_method(
    response: Response, stated: IntentTerms | None, terms: IntentTerms
) -> None:
    answer = operation(Authorization, card=CARD, response=response, terms=stated)

    assert answer.after(WAITING, 9_00) == State(authorized=9_00, decline=response.decline, terms=terms)


@pytest.mark.parametrize("stated, terms", [(None, TERMS), (STATED, RESTATED)])
def test_an_attempt_that_begins_uses_up_the_authentication(stated: IntentTerms | None, terms: IntentTerms) -> None:
    attempt = pending(stated)

    assert attempt.after(WAITING, 10_00) == State(terms=terms, attempt=attempt)


@pytest.mark.parametrize("stated, terms", [(None, TERMS), (STATED, RESTATED)])
def test_a_capture_may_state_other_terms(stated: IntentTerms | None, terms: IntentTerms) -> None:
    capture = operation(Capture, terms=stated)

    assert capture.after(State(terms=TERMS, authorized=10_00), 4_00).terms == terms


@pytest.mark.parametrize("kind, ended", [(Void, Status.VOIDED), (Expiry, Status.EXPIRED)])
def test_the_end_of_a_payment_ends_an_attempt_that_waits(kind: Any, ended: Status) -> None:
    before = replace(WAITING, released=1_00)

    assert operation(kind).after(before, 2_00) == replace(before, released=3_00, ended=ended, attempt=None)


@pytest.mark.parametrize(
    "terms, ends",
    [
        pytest.param(replace(TERMS, description="another"), False, id="another description"),
        pytest.param(replace(TERMS, amount=9_00), True, id="another amount"),
        pytest.param(replace(TERMS, method=Method(card=CARD)), True, id="another card"),
    ],
)
def test_an_update_of_the_amount_or_the_card_ends_an_attempt_that_waits(terms: IntentTerms, *, ends: bool) -> None:
    after = operation(IntentUpdated, terms=terms).after(WAITING, terms.amount)

    assert after == (State(terms=terms) if ends else replace(WAITING, terms=terms))


def test_an_update_of_a_payment_without_terms_ends_nothing() -> None:
    before = replace(WAITING, terms=None)

    assert operation(IntentUpdated, terms=STATED).after(before, 9_00) == replace(WAITING, terms=STATED)
