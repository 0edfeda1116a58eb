"""What is due on a payment, by its operations: the steps of open timers, and the expiry of its hold. Pure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.core import ids
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.payment import CONTRACT, Payment, Timer
from paysandbox.payments.simulated_action import Kind, Stamp, is_of_step
from paysandbox.payments.simulation.simulation import step
from paysandbox.simulate.due import DueStep, due_steps
from tests.simulate import simulated
from tests.support.builders import build, disputes
from tests.support.builders.build import DAY, HOUR, MONDAY, PAYMENT_ID, VALIDITY

SOON, LATER = MONDAY + HOUR, MONDAY + 2 * HOUR
MINUTE = timedelta(minutes=1)


def timed(payment: Payment, *timers: Timer, on: int = -1) -> Payment:
    """Return the payment with these timers on one of its operations."""
    operations = [*payment.operations]
    operations[on] = replace(operations[on], timers=timers)
    return replace(payment, operations=tuple(operations), open_until=max(timer.at for timer in timers))


def after(payment: Payment, object_id: str, action: str, key: str = "sim_1") -> Payment:
    """Return the payment after an action, by the step with this key."""
    validity_s = int(VALIDITY.total_seconds())
    stamp = Stamp(key=key, request_id="request-1", at=MONDAY, contract=CONTRACT, validity_s=validity_s)
    return step(payment, object_id, action, {}, stamp).apply(payment)


def without_timers(payment: Payment) -> Payment:
    return replace(payment, operations=tuple(replace(one, timers=()) for one in payment.operations))


def processing(*timers: Timer) -> Payment:
    return timed(simulated.sample(Kind.PAYMENT, "processing")[0], *timers)


def test_without_timers_only_a_hold_is_due(subtests: pytest.Subtests) -> None:
    for kind, status in simulated.SAMPLES:
        with subtests.test(f"{kind} {status}"):
            payment, _ = simulated.sample(kind, status)
            expiry = DueStep(object_id=payment.id, action="expire", at=payment.capture_before)
            assert due_steps(without_timers(payment)) == ([expiry] if payment.remaining else [])


@pytest.mark.parametrize(
    "name, due",
    [
        ("needs response", [("expire", 10 * DAY)]),
        ("under review", [("lose", 14 * DAY + MINUTE)]),
        ("won", []),
        ("lost", []),
        ("contested", [("expire", 10 * DAY + 3 * MINUTE)]),
        ("arbitrated", [("lose", 14 * DAY + 4 * MINUTE)]),
        ("inquired", [("expire", 120 * DAY)]),
        ("inquiry reviewed", [("expire", 120 * DAY)]),
        ("escalated", [("expire", 10 * DAY + MINUTE)]),
    ],
)
def test_the_timers_of_a_dispute_are_those_of_its_phase(name: str, due: list[tuple[str, timedelta]]) -> None:
    payment = disputes.EACH[name]
    dispute_id = disputes.latest(payment).id
    assert due_steps(payment) == [
        DueStep(object_id=dispute_id, action=action, at=disputes.OPENED_AT + after) for action, after in due
    ]


def test_the_timers_of_an_open_attempt_are_due_earliest_first() -> None:
    payment = processing(Timer(step="decline", at=LATER, value="lost_card"), Timer(step="approve", at=SOON))
    assert due_steps(payment) == [
        DueStep(object_id=PAYMENT_ID, action="approve", at=SOON),
        DueStep(object_id=PAYMENT_ID, action="decline", at=LATER, value="lost_card"),
    ]


def test_a_resolved_attempt_has_no_timers() -> None:
    payment = after(processing(Timer(step="approve", at=SOON)), PAYMENT_ID, "decline")
    assert isinstance(payment.operations[0], AuthorizationPending)
    assert due_steps(payment) == []


def test_a_step_that_is_not_possible_any_more_is_not_due() -> None:
    payment = timed(simulated.sample(Kind.PAYMENT, "approved")[0], Timer(step="reverse", at=SOON))
    assert [each.action for each in due_steps(payment)] == ["reverse", "expire"]
    assert due_steps(after(payment, PAYMENT_ID, "expire")) == []


def test_of_two_times_for_the_same_action_the_first_is_due() -> None:
    payment = timed(simulated.sample(Kind.PAYMENT, "approved")[0], Timer(step="expire", at=SOON))
    assert due_steps(payment) == [DueStep(object_id=PAYMENT_ID, action="expire", at=SOON)]


def test_a_timer_that_fired_is_not_due() -> None:
    """Its step may still be possible: a hold can be reversed in parts."""
    payment = timed(simulated.sample(Kind.PAYMENT, "approved")[0], Timer(step="reverse", at=SOON))
    fired = ids.timer_id(payment.operations[0].id, "reverse")
    validity_s = int(VALIDITY.total_seconds())
    stamp = Stamp(key=fired, request_id="timer", at=SOON, contract=CONTRACT, validity_s=validity_s)
    part = step(payment, PAYMENT_ID, "reverse", {"amount": 4_00}, stamp).apply(payment)
    assert [each.action for each in due_steps(part)] == ["expire"]


def test_a_refunds_timer_is_the_refunds() -> None:
    payment, refund_id = simulated.sample(Kind.REFUND, "pending")
    assert due_steps(timed(payment, Timer(step="succeed", at=SOON))) == [
        DueStep(object_id=refund_id, action="succeed", at=SOON)
    ]


def test_a_timer_of_an_object_that_is_gone_is_not_due() -> None:
    payment, capture_id = simulated.sample(Kind.CAPTURE, "failed")
    assert [each.action for each in due_steps(timed(payment, Timer(step="fail", at=SOON, of=capture_id)))] == ["expire"]


@pytest.mark.parametrize(
    "operation_id, expected",
    [
        (ids.operation_id("rvl", PAYMENT_ID, ids.derive("rvl", PAYMENT_ID, "sim_1", length=10)), True),
        (ids.operation_id("rvl", PAYMENT_ID, ids.derive("rvl", PAYMENT_ID, "sim_2", length=10)), False),
        (ids.operation_id("cap", PAYMENT_ID, ids.derive("rvl", PAYMENT_ID, "sim_1", length=10)), False),
        (PAYMENT_ID, False),
        (build.operation_id("cap", 1), False),
        ("x", False),
    ],
)
def test_operations_of_a_step_are_known_by_their_ids(operation_id: str, expected: bool) -> None:
    payment = build.authorized()
    assert is_of_step(payment.id, "sim_1", operation_id) is expected
