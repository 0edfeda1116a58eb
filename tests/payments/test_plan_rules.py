"""Payments with a plan: what falls due after their authorization and their captures. Pure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.attempts import rules as attempt_rules
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank import acquirer
from paysandbox.payments.bank.outcome import AnswerLater, Approve, ApproveLate, Outcome, Outcomes, decline_for
from paysandbox.payments.change import Change
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.presentment_delayed import PresentmentDelayed
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, Timer, state_of
from paysandbox.payments.plan_rules import with_plan
from paysandbox.payments.refusals import Verdict, judge
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.simulation import step
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY, VISA

LATER = MONDAY + timedelta(minutes=5)
MINUTE = timedelta(seconds=60)


def answer(outcome: Outcome | None = None, plan: str | None = None) -> acquirer.Answer:
    requested = Outcomes(authorization=outcome, plan=plan)
    request = acquirer.AuthorizationRequest(number=VISA, amount=10_00, requested=requested)
    return acquirer.answer(request, accept_any_card=False)


def planned(plan: str | None, outcome: Outcome | None = None, *, automatic: bool = False) -> Payment:
    """Return a new payment of 10.00 with a plan, as the store puts it."""
    payment = with_plan(build.authorized(10_00, automatic=automatic), answer(outcome, plan))
    return kept_open(payment)


def pending(outcome: Outcome, plan: str | None = None, *, automatic: bool = False) -> Payment:
    """Return a new payment whose bank has not answered."""
    approved = build.authorized(10_00)
    answered = answer(outcome, plan)
    assert isinstance(answered, acquirer.AwaitsBank)
    order = build.order(automatic=automatic, request_id="request", validity_s=600, retention_s=60)
    payment = attempt_rules.begin(order, answered, approved.id, build.fingerprint())
    return kept_open(with_plan(payment, answered))


def kept_open(payment: Payment) -> Payment:
    timers = [timer.at for operation in payment.operations for timer in operation.timers]
    payment = replace(payment, open_until=max(timers, default=None))
    assert breaks_of(payment) == ()
    return payment


def captured(payment: Payment, number: int = 1, amount: int | None = None, *, final: bool = False) -> Change:
    operation = build.capture(number, at=LATER, final=final)
    return capture_rule(payment.id, payment.merchant, operation, amount=amount, currency=None, current=payment)


# --- the authorization ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plan, outcome, timers",
    [
        ("capture=fail", None, ()),
        ("expire:5", None, (Timer(step="expire", at=MONDAY + timedelta(seconds=5), of=build.PAYMENT_ID),)),
        ("reverse:5", None, (Timer(step="reverse", at=MONDAY + timedelta(seconds=5), of=build.PAYMENT_ID),)),
    ],
)
def test_an_approval_with_a_plan(plan: str, outcome: Outcome | None, timers: tuple[Timer, ...]) -> None:
    payment = planned(plan, outcome)
    assert (payment.plan, authorization_of(payment).timers) == (plan, timers)


def test_a_late_approval_falls_due() -> None:
    declined = answer(ApproveLate(60), "reverse:5")
    payment = kept_open(with_plan(build.authorized(10_00, response=declined.response), declined))
    assert authorization_of(payment).timers == (Timer(step="approve", at=MONDAY + MINUTE),)
    after = step(payment, payment.id, "approve", {}, stamp()).apply(payment)
    (authorization,) = after.operations[1:]
    assert [(timer.step, timer.of) for timer in authorization.timers] == [("reverse", payment.id)]


@pytest.mark.parametrize(
    "then, name, value",
    [(Approve(), "approve", None), (decline_for("lost_card"), "decline", "lost_card")],
)
def test_an_answer_that_falls_due(then: Outcome, name: str, value: str | None) -> None:
    assert isinstance(then, type(decline_for("lost_card")) | Approve)
    payment = pending(AnswerLater(60, then))
    attempt = state_of(payment).attempt
    assert isinstance(attempt, AuthorizationPending)
    assert attempt.timers == (Timer(step=name, at=MONDAY + MINUTE, value=value),)
    assert (state_of(payment).status, payment.remaining, payment.due_at) == ("processing", None, None)


@pytest.mark.parametrize("automatic", [False, True])
def test_a_plan_applies_when_the_answer_comes(automatic: bool) -> None:
    payment = pending(AnswerLater(60, Approve()), "capture=fail,expire:5", automatic=automatic)
    change = step(payment, payment.id, "approve", {}, stamp())
    after = kept_open(change.apply(payment))
    steps = [timer.step for operation in after.operations for timer in operation.timers]
    assert steps == (["approve", "expire", "fail"] if automatic else ["approve", "expire"])


def test_declined_captures_need_a_capture_of_their_own() -> None:
    with pytest.raises(Refused) as caught:
        planned("capture=decline:lost_card", automatic=True)
    assert (caught.value.code, caught.value.param) == (Code.OUTCOME_INVALID, "X-Sandbox-Outcome")


# --- captures ---------------------------------------------------------------------------------------------------------


def test_a_capture_that_has_not_seen_the_plan_runs_again() -> None:
    payment = planned("capture=fail")
    blind = capture_rule(payment.id, payment.merchant, build.capture(), amount=None, currency=None)
    assert not blind.fits(payment)
    assert judge(blind, payment) is Verdict.AGAIN


def test_a_capture_that_the_plan_declines_leaves_the_hold() -> None:
    payment = planned("capture=decline:lost_card")
    with pytest.raises(Refused) as caught:
        judge(captured(payment), payment)
    assert caught.value.detail == "The bank declined the capture (lost_card). The hold remains."
    assert caught.value.possible == {
        "current_status": "approved",
        "currency": "USD",
        "remaining": 10_00,
        "refundable": 0,
        "decline_code": "lost_card",
    }


@pytest.mark.parametrize(
    "plan, timers",
    [
        ("capture=fail", [("fail", MINUTE, None, None)]),
        ("capture=fail:5", [("fail", timedelta(seconds=5), None, None)]),
        ("capture=fail_once", [("fail", MINUTE, None, None)]),
        ("fraud_warning", [("fraud_warning", MINUTE, build.PAYMENT_ID, None)]),
        (
            "capture=fail,fraud_warning",
            [("fail", MINUTE, None, None), ("fraud_warning", MINUTE, build.PAYMENT_ID, None)],
        ),
        ("dispute=fraudulent", [("dispute", HOUR, build.PAYMENT_ID, "fraudulent")]),
        ("dispute=duplicate:60", [("dispute", MINUTE, build.PAYMENT_ID, "duplicate")]),
        ("dispute=inquiry:60", [("dispute", MINUTE, build.PAYMENT_ID, "inquiry")]),
        ("capture=late:2", []),
        ("refund=fail", []),
    ],
)
@pytest.mark.parametrize("automatic", [False, True])
def test_steps_due_after_a_capture(
    plan: str, timers: list[tuple[str, timedelta, str | None, str | None]], automatic: bool
) -> None:
    payment = planned(plan, automatic=automatic)
    at = MONDAY if automatic else LATER
    after = payment if automatic else kept_open(captured(payment).apply(payment))
    capture = next(one for one in after.operations if one.id in after.captures)
    assert list(capture.timers) == [
        Timer(step=name, at=at + delay, of=of, value=value) for name, delay, of, value in timers
    ]


def test_captures_that_are_presented_late() -> None:
    payment = planned("capture=late:2")
    after = captured(payment).apply(payment)
    (capture_id,) = after.captures
    assert state_of(after).lines[capture_id].presented_at == LATER + 2 * DAY


def test_a_capture_that_will_fail_is_not_settled_before_it_fails() -> None:
    payment = planned("capture=fail:86400")
    after = kept_open(captured(payment).apply(payment))
    (capture_id,) = after.captures
    fails_at = LATER + DAY
    presented_at = state_of(after).lines[capture_id].presented_at
    assert presented_at is not None
    assert presented_at > fails_at
    failed = step(after, capture_id, "fail", {}, stamp(at=fails_at)).apply(after)
    assert (state_of(failed).status, failed.remaining) == ("approved", 10_00)


@pytest.mark.parametrize("plan, both", [
    ("capture=fail", True),
    ("capture=fail_once", False),
    ("fraud_warning", False),
    ("dispute=fraudulent", False),
])  # fmt: skip
def test_the_second_capture(plan: str, both: bool) -> None:
    payment = planned(plan)
    payment = kept_open(captured(payment, 1, 4_00).apply(payment))
    payment = kept_open(captured(payment, 2, 4_00).apply(payment))
    second = next(one for one in payment.operations if one.id == build.operation_id("cap", 2))
    assert bool(second.timers) is both


def test_declined_captures_are_refused_and_the_hold_remains() -> None:
    payment = planned("capture=decline:insufficient_funds")
    change = captured(payment)
    with pytest.raises(Refused) as caught:
        judge(change, payment)
    refused = caught.value
    assert (refused.code, refused.possible and refused.possible["decline_code"]) == (
        Code.CAPTURE_DECLINED,
        "insufficient_funds",
    )
    assert not change.fits(payment)


@pytest.mark.parametrize("amount, code", [(10_01, Code.CAPTURE_EXCEEDS_AUTHORIZED), (10_00, Code.CAPTURE_DECLINED)])
def test_validation_precedes_the_simulated_decline_of_a_capture(amount: int, code: Code) -> None:
    payment = planned("capture=decline:insufficient_funds")
    with pytest.raises(Refused) as caught:
        judge(captured(payment, amount=amount), payment)
    assert caught.value.code == code


def test_ids_of_operations_recorded_with_a_capture_are_derived_from_it() -> None:
    payment = planned("capture=late:2")
    first, again = captured(payment), captured(payment)
    assert isinstance(first.also[0], PresentmentDelayed)
    assert first.also == again.also


def stamp(*, at: object = LATER) -> Stamp:
    assert isinstance(at, type(LATER))
    return Stamp(key="key", request_id="request", at=at, contract=CONTRACT, validity_s=600, source=SIMULATED)
