"""What the bank and the network do by themselves: the simulation table's rows of payments and captures. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.change import Change
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, Status, Timer, state_of
from paysandbox.payments.refusals import Verdict, judge
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.expiry import expire
from paysandbox.payments.rules.void import void
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import bank_steps
from paysandbox.payments.simulation.bank_steps import may_still_fail
from paysandbox.payments.simulation.simulation import allowed, object_of, step
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.later_steps import CAPTURE_ID, EACH, then

LATER = MONDAY + HOUR
MIDNIGHT = (MONDAY + DAY).replace(hour=0, minute=0)
NAMES = tuple(dict.fromkeys(action.name for action in bank_steps.ACTIONS))


def stamp(key: str = "key", *, at: datetime = LATER, source: str | None = SIMULATED) -> Stamp:
    return Stamp(key=key, request_id="request-of-step", at=at, contract=CONTRACT, validity_s=600, source=source)


def stepped(payment: Payment, name: str, object_id: str | None = None, /, **arguments: Any) -> Payment:
    """Return the payment after a step, whose change must be sound and impossible a second time."""
    at = arguments.pop("at", LATER)
    change = step(payment, object_id or payment.id, name, arguments, stamp(at=at))
    assert change.fits(payment)
    after = with_open_until(change.apply(payment), change)
    assert breaks_of(after) == ()
    assert not change.fits(after)
    return after


def with_open_until(payment: Payment, change: Change) -> Payment:
    """Return the payment with the time that the store keeps: that of its last timer."""
    timers = [timer.at for operation in (change.operation, *change.also) for timer in operation.timers]
    known = [payment.open_until] if payment.open_until else []
    return replace(payment, open_until=max([*timers, *known], default=None))


def refused(payment: Payment, name: str, object_id: str | None = None, /, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        step(payment, object_id or payment.id, name, arguments, stamp())
    return caught.value


def settled(payment: Payment) -> Payment:
    """Return the payment with all its lines in a batch, as settlement records it."""
    lines = [Settled(line_id, 0) for line_id in state_of(payment).lines]
    after = then(payment, build.settlement(*lines), unsettled_since=None)
    return replace(after, due_at=after.capture_before if after.remaining else None)


def planned_to_fail(payment: Payment) -> Payment:
    """Return the payment with captures that fail by plan, and whose sweep is late."""
    timers = (Timer(step="fail", at=LATER),)
    operations = [replace(one, timers=timers) if isinstance(one, Capture) else one for one in payment.operations]
    return replace(payment, operations=tuple(operations))


HELD = build.authorized(10_00)
PARTLY = build.lived(10_00, captures=[4_00])
FULLY = build.lived(10_00, captures=[10_00])
TWICE = build.lived(10_00, captures=[4_00, 5_00])
REFUNDED = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])
DECLINED = build.authorized(10_00, declined=build.decline())
VOIDED = void(HELD.id, HELD.merchant, build.void()).apply(HELD)
CAPTURED_AND_VOIDED = void(PARTLY.id, PARTLY.merchant, build.void(9)).apply(PARTLY)
EXPIRED = expire(
    HELD.id,
    HELD.merchant,
    bank_steps.Expiry(id=ids.expiry_id(HELD.id), request_id="sweep", at=HELD.capture_before, contract=CONTRACT),
).apply(HELD)


# --- from which states ------------------------------------------------------------------------------------------------

STATES: Mapping[str, tuple[Payment, set[str], set[str] | None]] = {
    # the payment, what can happen to it, and what can happen to its first capture (None: it has none)
    "approved": (HELD, {"expire", "reverse"}, None),
    "partially captured": (PARTLY, {"expire", "reverse", "fraud_warning"}, {"fail", "present_late"}),
    "captured": (FULLY, {"fraud_warning"}, {"fail", "present_late"}),
    "partially refunded": (REFUNDED, {"expire", "reverse", "fraud_warning"}, {"present_late"}),
    "settled": (settled(PARTLY), {"expire", "reverse", "fraud_warning"}, set()),
    "captured and voided": (CAPTURED_AND_VOIDED, {"fraud_warning"}, {"fail", "present_late"}),
    "declined": (DECLINED, {"approve"}, None),
    "voided": (VOIDED, set(), None),
    "expired": (EXPIRED, set(), None),
    "pending": (EACH["pending"], {"approve", "decline"}, None),
    "challenged": (EACH["challenged"], {"expire"}, None),
    "not authenticated": (EACH["not authenticated"], set(), None),
    "declined later": (EACH["declined later"], {"approve"}, None),
    "approved late": (EACH["approved late"], {"expire", "reverse"}, None),
    "capture failed": (EACH["capture failed"], {"expire", "reverse"}, set()),
    "presented late": (EACH["presented late"], {"expire", "reverse", "fraud_warning"}, {"fail"}),
    "warned": (EACH["fraud warning"], {"expire", "reverse"}, {"fail", "present_late"}),
    "reversed": (EACH["reversed"], set(), None),
    "reversed partly": (EACH["reversed partly"], {"expire", "reverse"}, None),
    "incremented": (EACH["incremented"], {"expire", "reverse"}, None),
    "refund pending": (EACH["refund pending"], {"expire", "reverse", "fraud_warning"}, {"present_late"}),
    "refund failed": (EACH["refund failed"], {"expire", "reverse", "fraud_warning"}, {"fail", "present_late"}),
}


def own(payment: Payment, object_id: str) -> set[str]:
    """Return the names of this module's actions that are possible."""
    return {action.name for action in allowed(payment, object_id) if action in bank_steps.ACTIONS}


@pytest.mark.parametrize("payment, of_payment, of_capture", STATES.values(), ids=STATES.keys())
def test_possible_actions(payment: Payment, of_payment: set[str], of_capture: set[str] | None) -> None:
    assert own(payment, payment.id) == of_payment
    if of_capture is not None:
        assert own(payment, CAPTURE_ID) == of_capture


def test_the_table_of_states_has_every_status() -> None:
    """`pending` is an intent that nobody asked a bank for, `refunded` a payment that is tested by its captures."""
    seen = {state_of(payment).status for payment, _, _ in STATES.values()}
    assert seen == set(Status) - {Status.PENDING, Status.REFUNDED}


CASES = {
    f"{action.kind} {action.name}, {name}": (payment, action)
    for name, (payment, _, _) in STATES.items()
    for action in bank_steps.ACTIONS
    if action.kind == "payment" or CAPTURE_ID in payment.amounts
}


def test_every_action_in_every_state(subtests: pytest.Subtests) -> None:
    """Possible ones change the payment soundly; others are refused with exactly what is possible."""
    for name, (payment, action) in CASES.items():
        with subtests.test(str(name)):
            object_id = payment.id if action.kind == "payment" else CAPTURE_ID
            arguments = {"days": 1} if action.name == "present_late" else {}
            _, status = object_of(payment, object_id)
            if action in allowed(payment, object_id):
                stepped(payment, action.name, object_id, **arguments)
                continue
            problem = refused(payment, action.name, object_id, **arguments)
            assert problem.code == Code.SIMULATION_NOT_ALLOWED
            names = [one.name for one in allowed(payment, object_id)]
            assert problem.possible == {"current_status": status, "allowed": names}
            assert action.name not in names


# --- what they do -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, name, arguments, status, remaining",
    [
        (EACH["pending"], "approve", {}, "approved", 10_00),
        (EACH["pending"], "decline", {}, "declined", None),
        (EACH["pending"], "decline", {"code": "lost_card"}, "declined", None),
        (DECLINED, "approve", {}, "approved", 10_00),
        (EACH["declined later"], "approve", {}, "approved", 10_00),
        (HELD, "expire", {}, "expired", 0),
        (PARTLY, "expire", {}, "captured", 0),
        (HELD, "reverse", {}, "reversed", 0),
        (HELD, "reverse", {"amount": 10_00}, "reversed", 0),
        (HELD, "reverse", {"amount": 3_00}, "approved", 7_00),
        (PARTLY, "reverse", {"amount": 1}, "partially_captured", 5_99),
        (PARTLY, "reverse", {}, "captured", 0),
        (REFUNDED, "reverse", {}, "partially_refunded", 0),
        (PARTLY, "fraud_warning", {}, "partially_captured", 6_00),
    ],
)
def test_a_step_of_a_payment(
    payment: Payment, name: str, arguments: dict[str, Any], status: str, remaining: int | None
) -> None:
    after = stepped(payment, name, **arguments)
    assert (state_of(after).status, after.remaining) == (status, remaining)
    assert after.operations[-1].source == SIMULATED


@pytest.mark.parametrize(
    "payment, status, remaining, due",
    [
        (PARTLY, "approved", 10_00, "hold"),
        (FULLY, "approved", 10_00, "hold"),
        (TWICE, "partially_captured", 5_00, "settlement"),  # the second capture is left
        (EACH["presented late"], "approved", 10_00, "hold"),
        (CAPTURED_AND_VOIDED, "voided", 0, None),  # the hold has ended, so the amount is released
        (settled(TWICE), None, None, None),
    ],
)
def test_a_capture_that_fails(payment: Payment, status: str | None, remaining: int | None, due: str | None) -> None:
    if status is None:
        assert refused(payment, "fail", CAPTURE_ID).code == Code.SIMULATION_NOT_ALLOWED
        return
    after = stepped(payment, "fail", CAPTURE_ID)
    expected = None if due is None else MONDAY
    assert (state_of(after).status, after.remaining, after.due_at) == (status, remaining, expected)
    assert CAPTURE_ID not in after.captures
    assert (after.unsettled_since is not None) is (due == "settlement")
    assert object_of(after, CAPTURE_ID)[1] == "failed"


def test_a_failed_capture_can_be_made_again() -> None:
    after = stepped(FULLY, "fail", CAPTURE_ID)
    again = capture_rule(
        FULLY.id, FULLY.merchant, build.capture(7, at=LATER), amount=None, currency=None, current=after
    )
    assert again.fits(after)
    assert breaks_of(again.apply(after)) == ()


@pytest.mark.parametrize("name, arguments", [("fail", {}), ("present_late", {"days": 1})])
@pytest.mark.parametrize("at, possible", [(MIDNIGHT - timedelta(seconds=1), True), (MIDNIGHT, False)])
def test_a_capture_is_presented_at_the_end_of_its_day(
    name: str, arguments: dict[str, Any], at: datetime, possible: bool
) -> None:
    """A batch that took the capture would be contradicted by its failure."""
    if possible:
        stepped(PARTLY, name, CAPTURE_ID, at=at, **arguments)
        return
    with pytest.raises(Refused) as caught:
        step(PARTLY, CAPTURE_ID, name, arguments, stamp(at=at))
    assert caught.value.code == Code.SIMULATION_NOT_ALLOWED
    assert caught.value.possible == {"current_status": "captured", "allowed": []}


@pytest.mark.parametrize(
    "payment, line_ids, cutoff, expected",
    [
        (PARTLY, [CAPTURE_ID], MIDNIGHT, False),
        (PARTLY, [CAPTURE_ID], MIDNIGHT - timedelta(microseconds=1), True),
        (PARTLY, [], LATER, False),
        (replace(PARTLY, presented_until=LATER), [CAPTURE_ID], LATER, False),
        (replace(PARTLY, presented_until=LATER - DAY), [CAPTURE_ID], LATER, True),
        (settled(PARTLY), [CAPTURE_ID], LATER, False),
        (planned_to_fail(PARTLY), [CAPTURE_ID], MIDNIGHT + DAY, True),
    ],
    ids=["a night", "within the day", "no capture", "marked", "marked before", "settled", "by plan"],
)
def test_captures_that_a_batch_marks_because_they_may_still_fail(
    payment: Payment, line_ids: list[str], cutoff: datetime, expected: bool
) -> None:
    assert may_still_fail(payment, line_ids, cutoff) is expected


@pytest.mark.parametrize("name, arguments", [("fail", {}), ("present_late", {"days": 1})])
def test_captures_that_a_batch_may_have_taken_are_presented(name: str, arguments: dict[str, Any]) -> None:
    captured_at = state_of(PARTLY).lines[CAPTURE_ID].at
    marked = replace(PARTLY, presented_until=captured_at)
    decided = step(PARTLY, CAPTURE_ID, name, arguments, stamp())
    assert judge(decided, marked) is Verdict.AGAIN
    assert refused(marked, name, CAPTURE_ID, **arguments).code is Code.SIMULATION_NOT_ALLOWED
    earlier = replace(PARTLY, presented_until=captured_at - timedelta(microseconds=1))
    assert step(earlier, CAPTURE_ID, name, arguments, stamp()).fits(earlier)


def test_a_delayed_capture_is_settled_later() -> None:
    after = stepped(PARTLY, "present_late", CAPTURE_ID, days=3)
    assert state_of(after).lines[CAPTURE_ID].presented_at == LATER + 3 * DAY


def test_the_planned_answer_is_given_and_another_can_be_chosen() -> None:
    pending = EACH["pending"]  # planned: an approval
    declined = authorization_of(stepped(pending, "decline", code="lost_card")).response
    assert (declined.code, declined.decline and declined.decline.decline_code) == ("41", "lost_card")
    chosen = authorization_of(stepped(pending, "decline")).response
    assert chosen.decline is not None
    assert chosen.decline.decline_code == "generic_decline"


def test_a_late_approval_can_be_captured_for_its_own_validity() -> None:
    after = stepped(DECLINED, "approve")
    assert after.capture_before == LATER + timedelta(seconds=600)
    assert after.due_at == after.created_at == DECLINED.created_at


@pytest.mark.parametrize("sweep_first", [False, True])
def test_a_payment_expires_once_regardless_of_the_winner(sweep_first: bool) -> None:
    """A caller, or a timer, and the sweep have both seen the hold."""
    at = HELD.capture_before
    simulated = step(HELD, HELD.id, "expire", {}, stamp(at=at))
    expiry = bank_steps.Expiry(id=ids.expiry_id(HELD.id), request_id="sweep", at=at, contract=CONTRACT)
    swept = expire(HELD.id, HELD.merchant, expiry)
    first, second = (swept, simulated) if sweep_first else (simulated, swept)
    after = first.apply(HELD)
    assert breaks_of(after) == ()
    assert not second.fits(after)


def test_errors_after_an_early_expiry_state_its_time() -> None:
    after = stepped(HELD, "expire")
    capture = capture_rule(HELD.id, HELD.merchant, build.capture(at=LATER), amount=None, currency=None, current=after)
    with pytest.raises(Refused) as caught:
        judge(capture, after)
    assert caught.value.code == Code.AUTHORIZATION_EXPIRED
    assert caught.value.possible is not None
    assert caught.value.possible["expires_at"] == format_timestamp(LATER)
    assert format_timestamp(LATER) in caught.value.detail


# --- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, object_id, name, arguments, code, param",
    [
        (HELD, HELD.id, "reverse", {"amount": 10_01}, Code.PARAMETER_INVALID, "amount"),
        (HELD, HELD.id, "reverse", {"amount": 0}, Code.PARAMETER_INVALID, "amount"),
        (HELD, HELD.id, "reverse", {"amount": "half"}, Code.PARAMETER_INVALID, "amount"),
        (EACH["pending"], HELD.id, "decline", {"code": "unknown"}, Code.PARAMETER_INVALID, "code"),
        (EACH["pending"], HELD.id, "decline", {"reason": "lost_card"}, Code.PARAMETER_UNKNOWN, "reason"),
        (PARTLY, CAPTURE_ID, "present_late", {}, Code.PARAMETER_MISSING, "days"),
        (PARTLY, CAPTURE_ID, "present_late", {"days": 91}, Code.PARAMETER_INVALID, "days"),
        (PARTLY, CAPTURE_ID, "approve", {}, Code.PARAMETER_INVALID, "action"),
        (PARTLY, build.operation_id("cap", 8), "fail", {}, Code.RESOURCE_NOT_FOUND, None),
    ],
)
def test_arguments_that_are_refused(
    payment: Payment, object_id: str, name: str, arguments: dict[str, Any], code: Code, param: str | None
) -> None:
    problem = refused(payment, name, object_id, **arguments)
    assert (problem.code, problem.param) == (code, param)


# --- at most once -----------------------------------------------------------------------------------------------------

RACES = [
    (EACH["pending"], EACH["pending"].id, "approve", "decline", {}),
    (DECLINED, DECLINED.id, "approve", "approve", {}),
    (HELD, HELD.id, "expire", "reverse", {}),
    (HELD, HELD.id, "reverse", "reverse", {}),
    (PARTLY, PARTLY.id, "fraud_warning", "fraud_warning", {}),
    (PARTLY, CAPTURE_ID, "fail", "fail", {}),
    (PARTLY, CAPTURE_ID, "present_late", "fail", {"days": 1}),
]


@pytest.mark.parametrize("payment, object_id, first, second, arguments", RACES)
def test_of_two_steps_from_one_state_one_is_recorded(
    payment: Payment, object_id: str, first: str, second: str, arguments: dict[str, Any]
) -> None:
    """A caller's and a timer's: both have seen the payment before either was recorded."""
    simulated = step(payment, object_id, first, arguments, stamp("a caller's"))
    by_timer = step(payment, object_id, second, {}, stamp("a timer's", source=None))
    after = simulated.apply(payment)
    assert not by_timer.fits(after)
    assert judge(by_timer, after) in (Verdict.AGAIN, Verdict.REPLAY)


def test_the_same_key_is_the_same_operation() -> None:
    change = step(HELD, HELD.id, "reverse", {"amount": 1}, stamp("key"))
    after = change.apply(HELD)
    repeated = step(after, HELD.id, "reverse", {"amount": 1}, stamp("key"))
    assert judge(repeated, after) is Verdict.REPLAY


@pytest.mark.parametrize("name", ["approve", "decline"])
def test_a_timer_is_of_one_attempt(name: str) -> None:
    """The timer of an earlier attempt does not resolve a later one."""
    earlier = build.operation_id("att", 3)
    payment = EACH["declined later"]
    assert own(payment, payment.operations[-1].id) == {"approve"}
    pending = then(payment, replace(EACH["pending"].operations[0], id=earlier, timers=()))
    assert own(pending, earlier) == {"approve", "decline"}
    assert own(pending, payment.operations[-1].id) == set()
    assert refused(pending, name, payment.operations[-1].id).code == Code.SIMULATION_NOT_ALLOWED


def test_the_timer_of_an_attempt_that_was_declined_meanwhile_does_not_approve_it() -> None:
    declined = EACH["declined later"]
    with pytest.raises(Refused) as caught:
        step(declined, declined.id, "approve", {}, stamp("a timer's", source=None))
    assert caught.value.code == Code.SIMULATION_NOT_ALLOWED
    assert caught.value.possible == {"current_status": "declined", "allowed": []}
    late = step(DECLINED, DECLINED.id, "approve", {}, stamp("a timer's", source=None))
    assert late.fits(DECLINED)


# --- limits -----------------------------------------------------------------------------------------------------------


def repeated(payment: Payment, name: str, times: int, **arguments: Any) -> Payment:
    for number in range(times):
        payment = step(payment, payment.id, name, arguments, stamp(str(number))).apply(payment)
    return payment


def test_reversals_are_limited() -> None:
    payment = repeated(HELD, "reverse", bank_steps.MAX_REVERSALS, amount=1)
    assert own(payment, payment.id) == {"expire"}


def test_failures_of_captures_are_limited() -> None:
    payment = FULLY
    for number in range(bank_steps.MAX_CAPTURE_FAILURES):
        capture_id = next(iter(payment.captures))
        payment = step(payment, capture_id, "fail", {}, stamp(str(number))).apply(payment)
        again = build.capture(number + 2, at=LATER)
        payment = capture_rule(payment.id, payment.merchant, again, amount=None, currency=None, current=payment).apply(
            payment
        )
    assert breaks_of(payment) == ()
    assert own(payment, next(iter(payment.captures))) == {"present_late"}
