"""3-D Secure: every result of a challenge in every state, what is sent to the bank afterwards, and what is shown."""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api_reference.events import EVENTS
from benchmarks.cost.write_units import item_size_bytes
from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.answers import render_authorization, render_payment
from paysandbox.payments.attempts import authentication
from paysandbox.payments.attempts.authentication import CHALLENGE_LIFETIME, authenticate, begin, open_challenge
from paysandbox.payments.attempts.return_url import MAX_LENGTH
from paysandbox.payments.attempts.three_d_secure import three_d_secure
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.acquirer import AwaitsCardholder
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.change import Change
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.ledger.items import payment_from, payment_item
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, Timer, state_of
from paysandbox.payments.refusals import judge
from paysandbox.payments.rules.capture import capture
from paysandbox.payments.rules.refund import refund
from paysandbox.payments.rules.void import void
from paysandbox.payments.simulated_action import NotPossible, Stamp
from paysandbox.payments.simulation import simulation
from tests.payments.ledger.test_items import traced
from tests.support.builders import build
from tests.support.builders.build import HOUR, MERCHANT, MONDAY, PAYMENT_ID, VALIDITY
from tests.support.builders.largest_payment import ROOM_FOR_LATER_BYTES, largest_payment
from tests.support.worlds import tables
from tests.support.worlds.memory_ledger import MemoryLedger

BASE_URL = "http://localhost:8080"
RETURN_URL = "https://shop.example/return"
SOFT = Response("1A", Decline(decline_code="authentication_required", advice_code="confirm_card_data"))
POOR = Response("51", Decline(decline_code="insufficient_funds", advice_code="try_again_later"))

Y = AuthenticationResult.AUTHENTICATED
A = AuthenticationResult.ATTEMPTED
N = AuthenticationResult.FAILED
U = AuthenticationResult.UNAVAILABLE
R = AuthenticationResult.REJECTED
C = AuthenticationResult.CHALLENGE
D = AuthenticationResult.DECOUPLED
I = AuthenticationResult.INFORMATIONAL  # noqa: E741 - EMV's letter
ABANDONED = AuthenticationResult.ABANDONED


def challenged(
    amount: int = 10_00,
    *,
    automatic: bool = False,
    response: Response | None = None,
    approved: int | None = None,
    soft_decline: Response | None = None,
    proceeds: bool = True,
    brand: Brand = Brand.VISA,
) -> Payment:
    """Begin a payment whose cardholder must be authenticated. `response` is what the bank answers afterwards."""
    return begin(
        build.order(amount=amount, automatic=automatic, card=build.card(brand=brand)),
        AwaitsCardholder(response or Response(), approved or amount, soft_decline=soft_decline),
        PAYMENT_ID,
        build.fingerprint(),
        base_url=BASE_URL,
        return_url=RETURN_URL,
        proceeds_if_unavailable=proceeds,
    )


def stamp(key: str = "1", *, after: timedelta = timedelta(minutes=1), source: str | None = None) -> Stamp:
    """Build the stamp of a step."""
    return Stamp(
        key=key,
        request_id=f"request-{key}",
        at=MONDAY + after,
        contract=CONTRACT,
        validity_s=int(VALIDITY.total_seconds()),
        source=source,
    )


def after(payment: Payment, *results: AuthenticationResult) -> Payment:
    """Return the payment after these results of its challenge, which must be possible, and checked by the audit."""
    for result in results:
        challenge = open_challenge(payment)
        assert challenge is not None
        change = authenticate(payment, challenge.id, result, stamp(f"step {payment.version}"))
        assert change.fits(payment)
        payment = change.apply(payment)
        assert breaks_of(payment) == ()
        assert payment_from(payment_item(payment)) == payment
    return payment


def kinds(payment: Payment) -> list[type]:
    """Return the types of a payment's operations."""
    return [type(one) for one in payment.operations]


# --- the beginning ----------------------------------------------------------------------------------------------------


def test_a_challenge_is_an_attempt_without_a_hold() -> None:
    payment = challenged()
    challenge = payment.operations[0]

    assert isinstance(challenge, ChallengeRequested)
    assert challenge.id == payment.id
    assert challenge.timers == (Timer(step="expire", at=MONDAY + HOUR),)
    assert (challenge.base_url, challenge.return_url) == (BASE_URL, RETURN_URL)
    assert state_of(payment).status == "requires_action"
    assert (payment.remaining, payment.refundable, payment.due_at) == (None, 0, None)
    assert breaks_of(payment) == ()
    assert payment_from(payment_item(payment)) == payment


def test_a_soft_decline_is_a_first_attempt_that_asks_for_the_challenge() -> None:
    payment = challenged(soft_decline=SOFT)
    first, challenge = payment.operations

    assert isinstance(first, Authorization)
    assert isinstance(challenge, ChallengeRequested)
    assert (first.id, first.response) == (payment.id, SOFT)
    assert ids.kind_of(challenge.id) == ids.ATTEMPT
    assert ids.payment_of(challenge.id) == payment.id
    assert state_of(payment).status == "requires_action"
    assert breaks_of(payment) == ()
    assert payment_from(payment_item(payment)) == payment


def test_a_retry_begins_the_same_challenge() -> None:
    assert challenged(soft_decline=SOFT) == challenged(soft_decline=SOFT)


# --- the results ------------------------------------------------------------------------------------------------------

PROCEED = {"challenged": {}, "soft": {"soft_decline": SOFT}}


def test_results_of_a_challenge(subtests: pytest.Subtests) -> None:
    for name, begun in PROCEED.items():
        for result, proceeds, status in [
            (Y, True, "approved"),
            (A, True, "approved"),
            (I, True, "approved"),
            (U, True, "approved"),
            (U, False, "declined"),
            (N, True, "declined"),
            (R, True, "declined"),
            (ABANDONED, True, "declined"),
            (C, True, "requires_action"),
            (D, True, "requires_action"),
        ]:
            with subtests.test(f"{name} {result} {proceeds} {status}"):
                begun_payment = challenged(proceeds=proceeds, **begun)
                payment = after(begun_payment, result)

                assert state_of(payment).status == status
                recorded = kinds(payment)[len(begun_payment.operations) :]
                assert recorded == ([Authentication, Authorization] if status == "approved" else [Authentication])
                told = payment.operations[len(begun_payment.operations)]
                assert isinstance(told, Authentication)
                assert (told.result, told.failed) == (result, status == "declined")
                if status == "approved":
                    attempt = authorization_of(payment)
                    assert ids.kind_of(attempt.id) == ids.ATTEMPT
                    assert attempt.authentication is result
                    held_until = MONDAY + timedelta(minutes=1) + VALIDITY
                    assert (payment.remaining, payment.capture_before, payment.due_at) == (
                        10_00,
                        held_until,
                        payment.created_at,
                    )
                else:
                    assert (payment.remaining, payment.due_at) == (None, None)
                    decline = state_of(payment).decline
                    if status == "declined":
                        assert decline is not None
                        assert decline.decline_code == "authentication_failed"


def test_a_soft_decline_then_an_approval_is_one_payment_with_two_attempts() -> None:
    payment = after(challenged(soft_decline=SOFT), Y)
    attempts = [one for one in payment.operations if isinstance(one, Authorization)]

    assert [bool(one.decline) for one in attempts] == [True, False]
    shown = render_payment(payment)
    assert (shown["status"], shown["remaining"], shown["response_code"]) == ("approved", 10_00, "00")
    assert "decline_code" not in shown


@pytest.mark.parametrize(
    "begun, status, operations",
    [
        ({"automatic": True}, "captured", [ChallengeRequested, Authentication, Authorization, Capture]),
        ({"response": POOR}, "declined", [ChallengeRequested, Authentication, Authorization]),
        ({"response": POOR, "automatic": True}, "declined", [ChallengeRequested, Authentication, Authorization]),
        (
            {"response": Response("10"), "approved": 4_00},
            "approved",
            [ChallengeRequested, Authentication, Authorization],
        ),
    ],
    ids=["automatic capture", "declined", "declined instead of captured", "approved in part"],
)
def test_bank_responses_after_authentication(begun: dict[str, Any], status: str, operations: list[type]) -> None:
    payment = after(challenged(**begun), Y)
    assert (state_of(payment).status, kinds(payment)) == (status, operations)
    assert authorization_of(payment).authentication is Y
    if "approved" in begun:
        assert (payment.remaining, authorization_of(payment).requested) == (4_00, 10_00)


def test_interim_results_leave_it_open_and_each_counts_once() -> None:
    payment = after(challenged(), C, D)
    assert state_of(payment).status == "requires_action"
    for result in (C, D):
        with pytest.raises(NotPossible, match=f"has the result {result} already"):
            authenticate(payment, PAYMENT_ID, result, stamp("again"))
    assert state_of(after(payment, Y)).status == "approved"


ENDED = {
    "authenticated": lambda: after(challenged(), Y),
    "failed": lambda: after(challenged(), N),
    "abandoned": lambda: after(challenged(), ABANDONED),
    "voided": lambda: voided(challenged()),
    "declined afterwards": lambda: after(challenged(response=POOR), Y),
    "never challenged": build.authorized,
}


def voided(payment: Payment) -> Payment:
    """Void a payment."""
    change = void(payment.id, payment.merchant, build.void(), current=payment)
    assert change.fits(payment)
    return change.apply(payment)


def test_a_challenge_that_has_ended_has_no_other_result(subtests: pytest.Subtests) -> None:
    for name, ended in ENDED.items():
        for result in AuthenticationResult:
            with subtests.test(f"{name} {result}"):
                payment = ended()
                with pytest.raises(NotPossible, match="has ended") as caught:
                    authenticate(payment, PAYMENT_ID, result, stamp("late"))

                refused = simulation.refusal_of(payment, caught.value)
                allowed = [action.name for action in simulation.allowed(payment, payment.id)]
                assert (refused.code, refused.detail) == (Code.SIMULATION_NOT_ALLOWED, caught.value.detail)
                assert refused.possible == {"current_status": str(state_of(payment).status), "allowed": allowed}
                assert "authenticate" not in allowed


def test_another_challenge_is_not_answered_instead() -> None:
    with pytest.raises(NotPossible, match="has ended"):
        authenticate(challenged(soft_decline=SOFT), PAYMENT_ID, Y, stamp())


def test_two_results_decided_from_one_state_are_one() -> None:
    ledger = MemoryLedger()
    payment = challenged()
    ledger.put(payment)

    def answered(result: AuthenticationResult, key: str) -> str:
        def decide(current: Payment | None) -> Change:
            return authenticate(current or payment, PAYMENT_ID, result, stamp(key))

        try:
            return str(state_of(ledger.change(payment.id, decide)).status)
        except NotPossible:
            return "not possible"

    assert [answered(Y, "page"), answered(N, "simulated"), answered(ABANDONED, "timer")] == [
        "approved",
        "not possible",
        "not possible",
    ]
    assert answered(Y, "page") == "approved", "the same step again is a replay"


# --- the simulation table ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["Y", "A", "N", "U", "R", "C", "D", "I"])
def test_a_simulated_result_is_the_real_operation(letter: str) -> None:
    payment = challenged()
    simulated = simulation.step(payment, payment.id, "authenticate", {"result": letter}, stamp(source=SIMULATED)).apply(
        payment
    )
    real = authenticate(payment, PAYMENT_ID, AuthenticationResult(letter), stamp()).apply(payment)

    assert {one.source for one in simulated.operations[1:]} == {SIMULATED}
    assert render_payment(simulated)["status"] == render_payment(real)["status"]
    assert [one.id for one in simulated.operations] == [one.id for one in real.operations]
    assert [event.type for event in events_of(payment, simulated)] == [event.type for event in events_of(payment, real)]


@pytest.mark.parametrize("arguments, code", [({}, "parameter_missing"), ({"result": "abandoned"}, "parameter_invalid")])
def test_arguments_of_a_simulated_result(arguments: dict[str, str], code: str) -> None:
    payment = challenged()
    with pytest.raises(Refused) as caught:
        simulation.step(payment, payment.id, "authenticate", arguments, stamp())
    assert (caught.value.code, caught.value.param) == (code, "result")


def test_expiry_abandons_a_challenge() -> None:
    payment = challenged(soft_decline=SOFT)
    change = simulation.step(payment, payment.id, "expire", {}, stamp(after=CHALLENGE_LIFETIME))
    expired = change.apply(payment)
    assert state_of(expired).status == "declined"
    assert render_payment(expired)["three_d_secure"]["result"] == "abandoned"


# --- what is shown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "result, eci, eci_of_mastercard, shifted",
    [
        (Y, "05", "02", True),
        (A, "06", "01", True),
        (U, "07", "00", False),
        (I, "07", "04", False),
    ],
)
def test_indicator_and_liability(result: AuthenticationResult, eci: str, eci_of_mastercard: str, shifted: bool) -> None:
    for brand, expected in (
        (Brand.VISA, eci),
        (Brand.AMEX, eci),
        (Brand.MASTERCARD, eci_of_mastercard),
        (Brand.MAESTRO, eci_of_mastercard),
    ):
        shown = render_payment(after(challenged(brand=brand), result))["three_d_secure"]
        assert shown == {
            "result": str(result),
            "version": "2.2.0",
            "liability_shifted": shifted,
            "eci": expected,
        }


@pytest.mark.parametrize("results", [(N,), (R,), (ABANDONED,), (C,), (D,), (C, D), (D, N)], ids=str)
def test_nothing_is_sent_without_an_authorization(results: tuple[AuthenticationResult, ...]) -> None:
    shown = render_payment(after(challenged(), *results))["three_d_secure"]
    assert shown == {"result": str(results[-1]), "version": "2.2.0", "liability_shifted": False}


def test_unavailable_without_authorization_shifts_nothing() -> None:
    assert render_payment(after(challenged(proceeds=False), U))["three_d_secure"] == three_d_secure(U, Brand.VISA)


FIRST = {
    "challenged": (challenged(), None),
    "soft": (challenged(soft_decline=SOFT), "authentication_required"),
}


def test_the_first_answer_stays(subtests: pytest.Subtests) -> None:
    for name, (begun, decline_code) in FIRST.items():
        for result in AuthenticationResult:
            with subtests.test(f"{name} {result}"):
                first = render_authorization(begun)
                assert (first["status"], first["auth_id"], first["amount"]) == ("requires_action", PAYMENT_ID, 10_00)
                assert first["three_d_secure"]["result"] == "C"
                assert first.get("decline_code") == decline_code
                assert render_authorization(after(begun, result)) == first


@pytest.mark.parametrize(
    "begun, results, types",
    [
        ({}, (), ["payment_requires_action"]),
        ({"soft_decline": SOFT}, (), ["payment_declined", "payment_requires_action"]),
        ({}, (Y,), ["payment_requires_action", "payment_authenticated", "payment_authorized"]),
        (
            {"automatic": True},
            (A,),
            ["payment_requires_action", "payment_authenticated", "payment_authorized", "payment_captured"],
        ),
        ({"response": POOR}, (Y,), ["payment_requires_action", "payment_authenticated", "payment_declined"]),
        ({}, (N,), ["payment_requires_action", "payment_authentication_failed"]),
        ({}, (ABANDONED,), ["payment_requires_action", "payment_authentication_failed"]),
        ({}, (D, Y), ["payment_requires_action", *["payment_authenticated"] * 2, "payment_authorized"]),
    ],
)
def test_events(begun: dict[str, Any], results: tuple[AuthenticationResult, ...], types: list[str]) -> None:
    events = events_of(None, after(challenged(**begun), *results))
    assert [str(event.type) for event in events] == types
    for event in events:
        EVENTS[event.type].model_validate_json(render_event(event))
        assert "authenticate/" not in render_event(event), "the page's address is a secret"


def test_events_are_unchanged_by_later_operations() -> None:
    begun = challenged(soft_decline=SOFT)
    before = [render_event(event) for event in events_of(None, begun)]
    assert [render_event(event) for event in events_of(None, after(begun, D, Y))][: len(before)] == before


# --- void -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("begun", PROCEED.values(), ids=PROCEED)
def test_a_void_ends_the_challenge_and_releases_nothing(begun: dict[str, Any]) -> None:
    payment = voided(challenged(**begun))
    assert state_of(payment).status == "voided"
    assert (payment.remaining, payment.amounts[payment.operations[-1].id]) == (0, 0)
    assert breaks_of(payment) == ()


@pytest.mark.parametrize("rule", [capture, void], ids=["capture", "second void"])
def test_a_voided_challenge_allows_nothing(rule: Any) -> None:
    payment = voided(challenged())
    operation = build.capture(2) if rule is capture else build.void(2)
    amounts = {"amount": None, "currency": None} if rule is capture else {}
    with pytest.raises(Refused) as caught:
        judge(rule(payment.id, MERCHANT, operation, current=payment, **amounts), payment)
    assert caught.value.code is Code.ALREADY_VOIDED


def test_a_challenge_cannot_be_captured() -> None:
    payment = challenged()
    change = capture(payment.id, MERCHANT, build.capture(), amount=None, currency=None, current=payment)
    with pytest.raises(Refused) as caught:
        judge(change, payment)
    assert caught.value.code is Code.PAYMENT_REQUIRES_ACTION


# --- any program, and the largest payment -----------------------------------------------------------------------------


@pytest.mark.full
def test_the_audit_passes_for_every_outcome_of_a_challenge(subtests: pytest.Subtests) -> None:
    for seed in range(300):
        with subtests.test(str(seed)):
            dice = random.Random(seed)
            payment = challenged(
                automatic=dice.random() < 0.3,
                response=POOR if dice.random() < 0.2 else None,
                soft_decline=SOFT if dice.random() < 0.4 else None,
                proceeds=dice.random() < 0.5,
            )
            ledger = MemoryLedger()
            ledger.put(payment)
            for number in range(1, 9):
                with suppress(Refused):
                    ledger.change(payment.id, deed(dice, payment.id, number))
                after_it = ledger.payments[payment.id]
                assert breaks_of(after_it) == ()
                assert payment_from(payment_item(after_it)).operations == after_it.operations
                approvals = [one for one in after_it.operations if isinstance(one, Authorization) and not one.decline]
                ends = [
                    one for one in after_it.operations if isinstance(one, Authentication) and one.result not in (C, D)
                ]
                assert max(len(approvals), len(ends)) <= 1


def deed(dice: random.Random, payment_id: str, number: int) -> Callable[[Payment | None], Change]:
    """Return something that may happen to a payment: a result, its timer, a void, a capture or a refund."""
    ledger_stamp = stamp(f"deed {number}", after=timedelta(minutes=number))

    def simulated(name: str, **arguments: str) -> Callable[[Payment | None], Change]:
        def decide(current: Payment | None) -> Change:
            if current is None:  # as if the write had failed: decide again with the stored payment
                return void(payment_id, MERCHANT, build.void(number))
            return simulation.step(current, payment_id, name, arguments, ledger_stamp)

        return decide

    return dice.choice(
        [
            simulated("authenticate", result=dice.choice("YANURCDI")),
            simulated("expire"),
            lambda current: void(payment_id, MERCHANT, build.void(number), current=current),
            lambda current: capture(
                payment_id, MERCHANT, build.capture(number), amount=3_00, currency=None, current=current
            ),
            lambda current: refund(
                payment_id, MERCHANT, build.refund(number), amount=1_00, currency=None, current=current
            ),
        ]
    )


def test_the_largest_payment_with_a_challenge_leaves_room_for_void_and_settlement() -> None:
    begun = challenged(soft_decline=SOFT)
    first, challenge = begun.operations
    assert isinstance(challenge, ChallengeRequested)
    longest = "https://shop.example/".ljust(MAX_LENGTH, "a")
    challenge = replace(challenge, base_url="https://" + "h" * 253, return_url=longest, request_id="c" * 36)
    authenticated = after(replace(begun, operations=(first, challenge)), C, D, Y)
    largest = largest_payment()
    payment = replace(
        largest, operations=(*authenticated.operations, *largest.operations[1:]), open_until=MONDAY + HOUR
    )
    size_bytes = item_size_bytes(payment_item(traced(payment)))
    assert size_bytes + ROOM_FOR_LATER_BYTES < tables.MAX_ITEM_BYTES


def test_every_action_is_listed_once() -> None:
    names = [(action.kind, action.name) for action in simulation.ACTIONS]
    assert len(names) == len(set(names))
    assert set(authentication.ACTIONS) <= set(simulation.ACTIONS)
