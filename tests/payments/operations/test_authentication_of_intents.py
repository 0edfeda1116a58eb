"""What the result of a challenge makes of an intent: which attempt waits, with which card, and which card remains."""

from collections.abc import Sequence
from typing import Any

import pytest

from paysandbox.core.event_type import EventType
from paysandbox.core.record import replace
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Check, Checks, Response
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import CONTRACT, NOT_AUTHENTICATED, AuthenticatedAttempt, State, state_of
from paysandbox.payments.terms import IntentTerms, Method
from tests.support.builders import build
from tests.support.builders.build import MONDAY
from tests.support.builders.later_steps import begun

CHALLENGED = begun(ChallengeRequested, base_url="", method_id="pm_saved", billing_details='{"name": "A"}')
CHALLENGE: Any = CHALLENGED.operations[0]
OTHER = replace(CHALLENGE.card, last4="0002")
SAVED = Method(card=CHALLENGE.card, id=CHALLENGE.method_id, allow_redisplay="always")


def terms(method: Method | None = SAVED, *, manually: bool = True) -> IntentTerms:
    return IntentTerms(amount=10_00, method=method, confirmation_method="manual" if manually else None)


def after(result: AuthenticationResult, state: State, *, failed: bool = False) -> State:
    """Return the state after a result of the challenge."""
    operation = Authentication(
        id="aut_1",
        request_id="r",
        at=MONDAY,
        contract=CONTRACT,
        challenge_id=CHALLENGE.id,
        result=result,
        failed=failed,
    )
    return operation.after(state, 10_00)


def waiting(of: IntentTerms | None) -> State:
    return replace(state_of(CHALLENGED), terms=of, authorized=10_00, decline=build.decline())


def test_a_success_waits_for_a_merchant_that_confirms_itself() -> None:
    state = after(AuthenticationResult.AUTHENTICATED, waiting(terms()))

    assert state.authenticated == AuthenticatedAttempt(challenge=CHALLENGE, result=AuthenticationResult.AUTHENTICATED)
    assert (state.attempt, state.authorized, state.decline) == (None, 0, None)
    assert state.terms == terms()


@pytest.mark.parametrize("kept", [None, Method(card=OTHER, id=SAVED.id), Method(card=SAVED.card, id="pm_other")])
def test_the_card_of_the_attempt_becomes_the_intents(kept: Method | None) -> None:
    checked = Checks(cvc=Check.PASS, zip=Check.UNCHECKED, line1=Check.FAIL)
    challenge = replace(CHALLENGE, response=Response(checks=checked))
    state = after(AuthenticationResult.ATTEMPTED, replace(waiting(terms(kept)), attempt=challenge))

    assert state.terms == terms(
        Method(challenge.card, checked.given, challenge.method_id, billing_details=challenge.billing_details)
    )


@pytest.mark.parametrize(
    "result, of",
    [
        (AuthenticationResult.AUTHENTICATED, None),
        (AuthenticationResult.AUTHENTICATED, terms(manually=False)),
        *((result, terms()) for result in (AuthenticationResult.CHALLENGE, AuthenticationResult.DECOUPLED)),
    ],
)
def test_anything_else_changes_nothing_yet(result: AuthenticationResult, of: IntentTerms | None) -> None:
    assert after(result, waiting(of)) == waiting(of)


@pytest.mark.parametrize("of", [None, terms(), terms(manually=False)])
def test_a_failure_ends_the_attempt_and_takes_the_card(of: IntentTerms | None) -> None:
    state = after(AuthenticationResult.FAILED, waiting(of), failed=True)

    assert (state.attempt, state.decline, state.authenticated) == (None, NOT_AUTHENTICATED, None)
    assert state.terms == (None if of is None else replace(of, method=None))


ATTEMPTS: Sequence[object] = (None, state_of(begun(AuthorizationPending)).attempt)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_without_a_challenge_nothing_can_succeed(attempt: object) -> None:
    with pytest.raises(LookupError, match=r"^no attempt waits"):
        after(AuthenticationResult.AUTHENTICATED, replace(waiting(terms()), attempt=attempt))


def test_without_an_attempt_nothing_can_fail() -> None:
    with pytest.raises(LookupError, match=r"^no attempt waits"):
        after(AuthenticationResult.FAILED, replace(waiting(terms()), attempt=None), failed=True)


@pytest.mark.parametrize(
    "failed, event",
    [(False, EventType.PAYMENT_AUTHENTICATED), (True, EventType.PAYMENT_AUTHENTICATION_FAILED)],
)
def test_a_failure_is_an_event_of_its_own(event: EventType, *, failed: bool) -> None:
    operation = Authentication(
        id="aut_1",
        request_id="r",
        at=MONDAY,
        contract=CONTRACT,
        challenge_id=CHALLENGE.id,
        result=AuthenticationResult.FAILED,
        failed=failed,
    )
    assert operation.event_type(waiting(terms())) is event
    assert operation.amount_in(CHALLENGED, replace(waiting(terms()), authorized=4_00)) == 10_00
    assert operation.amount_in(CHALLENGED, replace(waiting(terms()), attempt=None, authorized=4_00)) == 4_00
