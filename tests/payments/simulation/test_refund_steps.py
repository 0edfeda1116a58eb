"""Refunds that take time: held, succeeded, failed and given back, each once, and settled as what they became."""

from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import REFUND_CLEARING
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.plan import plan_of
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.payment import Payment, Status, Timer, state_of
from paysandbox.payments.simulation.planned_refund import requested_plan
from paysandbox.payments.simulation.refund_steps import ACTION_WITHIN, ACTIONS, MAX_REFUND_UPDATES
from paysandbox.payments.timers.steps import open_timers, timer_change
from tests.support.builders import build
from tests.support.builders.build import MONDAY
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, check, refund, run, wait
from tests.support.builders.refund_scenario import does, planned, refund_id, spread
from tests.support.worlds.memory_ledger import MemoryLedger

APPROVED: Final = build.authorized(10_00)
MINUTE: Final = timedelta(seconds=60)


def lived(*steps: Step, payment: Payment = APPROVED) -> Payment:
    """Return a payment after these steps. It is consistent after each."""
    scenario = PaymentScenario.open(MemoryLedger(), payment)
    for step in steps:
        run(scenario, step)
        assert breaks_of(scenario.held()) == ()
        check(scenario.held())
    return scenario.held()


def statuses(payment: Payment) -> list[str]:
    return [str(one.status) for one in state_of(payment).refunds.values()]


def lines(payment: Payment) -> list[tuple[str, int]]:
    return [(str(line.kind), line.gross) for line in state_of(payment).lines.values()]


SOLD: Final = ("capture", 4_00)
RETURNED: Final = ("refund", -1_00)
REVERSED: Final = ("refund_reversal", 1_00)


@pytest.mark.parametrize(
    "steps, status, refundable, settled",
    [
        ([], "pending", 3_00, [SOLD]),
        ([does("succeed")], "succeeded", 3_00, [SOLD, RETURNED]),
        ([does("fail")], "failed", 4_00, [SOLD]),
        ([does("expire")], "canceled", 4_00, [SOLD]),
        ([does("require_action")], "requires_action", 3_00, [SOLD]),
        ([does("require_action"), does("succeed")], "succeeded", 3_00, [SOLD, RETURNED]),
        ([does("require_action"), does("fail")], "failed", 4_00, [SOLD]),
        ([does("require_action"), does("expire")], "canceled", 4_00, [SOLD]),
        ([does("succeed"), does("fail")], "failed", 4_00, [SOLD, RETURNED, REVERSED]),
    ],
)
def test_outcomes_of_a_pending_refund(
    steps: list[Step], status: str, refundable: int, settled: list[tuple[str, int]]
) -> None:
    payment = lived(capture(4_00), planned(1_00), *steps)
    open_amount = 1_00 if status in {"pending", "requires_action"} else 0

    assert statuses(payment) == [status]
    assert (payment.refundable, sum((payment.pending_refunds or {}).values())) == (refundable, open_amount)
    assert lines(payment) == settled
    assert -balances(payment_postings(payment))[REFUND_CLEARING, "USD"] == open_amount
    assert state_of(payment).status == ("partially_refunded" if status == "succeeded" else Status.PARTIALLY_CAPTURED)


@pytest.mark.parametrize("form", ["refund=pending", "refund=pending:2592000", "refund=pending:2592000:fail:declined"])
def test_a_pending_refund_ends_by_its_plan_within_the_time_of_one_that_requires_an_action(form: str) -> None:
    """So it needs no timer that expires it: whatever is pending has one that ends it sooner."""
    payment = lived(capture(4_00), planned(1_00, plan=requested_plan(form)))
    (timer,) = open_timers(payment)
    assert timer.at - payment.operations[-1].at <= ACTION_WITHIN
    after = timer_change(payment, timer, validity_s=0).apply(payment)
    assert (after.pending_refunds, [*open_timers(after)]) == ({}, [])
    assert plan_of(["refund=pending:2592001"]) is None


@pytest.mark.parametrize("of", [None, 1])
def test_a_refund_can_fail_after_it_succeeded_at_once(of: int | None) -> None:
    payment = lived(capture(4_00), refund(1_00, of=of), does("fail"))

    assert (statuses(payment), payment.refundable) == (["failed"], 4_00)
    assert lines(payment) == [SOLD, RETURNED, REVERSED]
    assert payment.unallocated_refund is None


@pytest.mark.parametrize(
    "steps, refundable, unallocated",
    [
        # By the authorization's id, while there is one capture.
        ([capture(4_00), planned(1_00)], [4_00], 1_00),
        ([capture(4_00), planned(1_00), does("fail")], [4_00], None),
        ([capture(4_00), planned(1_00), refund(2_00), does("fail")], [4_00], 2_00),
        # With a second capture, it counts against the first from then on.
        ([capture(4_00), planned(1_00), capture(5_00)], [3_00, 5_00], None),
        ([capture(4_00), planned(1_00), capture(5_00), does("fail")], [4_00, 5_00], None),
        ([capture(4_00), planned(1_00), does("fail"), capture(5_00)], [4_00, 5_00], None),
        ([capture(4_00), planned(1_00), does("succeed"), capture(5_00), does("fail")], [4_00, 5_00], None),
        # By a capture's id.
        ([capture(4_00), capture(5_00), planned(5_00, of=2)], [4_00, 0], None),
        ([capture(4_00), capture(5_00), planned(5_00, of=2), does("expire")], [4_00, 5_00], None),
        # Of several captures, the oldest first.
        ([capture(4_00), capture(5_00), spread(6_00)], [0, 3_00], None),
        ([capture(4_00), capture(5_00), spread(6_00), does("fail")], [4_00, 5_00], None),
        ([capture(4_00), capture(5_00), spread(6_00), refund(1_00, of=2), does("fail")], [4_00, 4_00], None),
    ],
)
def test_an_amount_returns_to_the_captures_that_it_was_taken_from(
    steps: list[Step], refundable: list[int], unallocated: int | None
) -> None:
    payment = lived(*steps)

    assert [*payment.captures.values()] == refundable
    assert payment.unallocated_refund == unallocated
    assert payment.refundable == sum(refundable) - (unallocated or 0)


@pytest.mark.parametrize("all_of_it", [None, 4_00])
@pytest.mark.parametrize("before", [[], [planned(1), does("expire")]], ids=["first", "later"])
@pytest.mark.parametrize("of", [None, 1])
def test_a_full_refund_can_be_pending(all_of_it: int | None, before: list[Step], of: int | None) -> None:
    """The first pending refund of a payment adds the map; the next ones find it."""
    payment = lived(capture(4_00), *before, planned(all_of_it, of=of))

    assert (payment.refundable, state_of(payment).refund_pending) == (0, 4_00)


def refusal(scenario: PaymentScenario, step: Step) -> Refused:
    before = scenario.books.items()
    with pytest.raises(Refused) as caught:
        step(scenario)
    assert scenario.books.items() == before
    return caught.value


@pytest.mark.parametrize(
    "given, asked, code",
    [
        ([capture(4_00), planned(3_01)], refund(1_00), Code.REFUND_EXCEEDS_CAPTURED),
        ([capture(4_00), planned(3_01)], refund(1_00, of=1), Code.REFUND_EXCEEDS_CAPTURED),
        ([capture(4_00), planned(3_01, of=1)], planned(1_00), Code.REFUND_EXCEEDS_CAPTURED),
        ([capture(4_00), planned(4_00)], refund(), Code.ALREADY_REFUNDED),
        ([capture(4_00), planned(4_00)], planned(), Code.ALREADY_REFUNDED),
        ([capture(4_00), refund()], planned(), Code.ALREADY_REFUNDED),
        ([capture(4_00)], planned(4_01), Code.REFUND_EXCEEDS_CAPTURED),
        ([], planned(1_00), Code.NOT_CAPTURED),
        ([capture(4_00), capture(4_00)], planned(1_00), Code.CAPTURE_AMBIGUOUS),
        ([capture(4_00)], planned(1_00, of=2), Code.RESOURCE_NOT_FOUND),
    ],
)
def test_pending_refunds_count(given: list[Step], asked: Step, code: Code) -> None:
    scenario = PaymentScenario.open(MemoryLedger(), APPROVED)
    run(scenario, *given)

    assert refusal(scenario, asked).code is code


ALL: Final = [action.name for action in ACTIONS]


def test_possible_steps_from_each_status(subtests: pytest.Subtests) -> None:
    for given, allowed in [
        ([], ["succeed", "fail", "require_action", "expire"]),
        ([does("require_action")], ["succeed", "fail", "expire"]),
        ([does("succeed")], ["fail"]),
        ([does("fail")], []),
        ([does("expire")], []),
        ([does("succeed"), does("fail")], []),
    ]:
        for action in ALL:
            with subtests.test(f"{given} {allowed} {action}"):
                scenario = PaymentScenario.open(MemoryLedger(), APPROVED)
                run(scenario, capture(4_00), planned(1_00), *given)

                if action in allowed:
                    run(scenario, does(action))
                    assert breaks_of(scenario.held()) == ()
                    continue
                refused = refusal(scenario, does(action))
                assert refused.code is Code.SIMULATION_NOT_ALLOWED
                assert refused.possible == {"current_status": statuses(scenario.held())[0], "allowed": allowed}


@pytest.mark.parametrize(
    "first, given, planned_step, happens",
    [
        (planned(1_00), [], "succeed", True),
        (planned(1_00), [], "fail", True),
        (planned(1_00), [does("require_action")], "succeed", False),
        (planned(1_00), [does("require_action")], "fail", False),
        (planned(1_00), [does("succeed")], "fail", False),
        (planned(1_00), [does("require_action")], "expire", True),
        (refund(1_00), [], "fail", True),
        (refund(1_00), [does("fail")], "fail", False),
    ],
)
def test_a_planned_step_does_not_undo_a_simulated_one(
    first: Step, given: list[Step], planned_step: str, happens: bool
) -> None:
    scenario = PaymentScenario.open(MemoryLedger(), APPROVED)
    run(scenario, capture(4_00), first, *given)

    timer = does(planned_step, source=None)
    if happens:
        run(scenario, timer)
    else:
        assert refusal(scenario, timer).code is Code.SIMULATION_NOT_ALLOWED


# --- plans ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header, pending, timer",
    [
        ("refund=pending", True, ("succeed", MINUTE, None)),
        ("refund=pending:5", True, ("succeed", timedelta(seconds=5), None)),
        ("refund=pending:5:succeed", True, ("succeed", timedelta(seconds=5), None)),
        ("refund=pending:5:fail:declined", True, ("fail", timedelta(seconds=5), "declined")),
        ("refund=fail", False, ("fail", MINUTE, None)),
        ("refund=fail:lost_or_stolen_card", False, ("fail", MINUTE, "lost_or_stolen_card")),
    ],
)
def test_the_requested_outcome_falls_due(header: str, pending: bool, timer: tuple[str, timedelta, str | None]) -> None:
    payment = lived(capture(4_00), planned(1_00, plan=requested_plan(header)))
    made = payment.operations[-1]
    step, after, value = timer

    assert isinstance(made, Refund)
    assert (made.pending, made.timers) == (pending, (Timer(step=step, at=MONDAY + after, value=value),))


@pytest.mark.parametrize(
    "header",
    ["approve", "refund=", "refund=late", "capture=fail", "refund=fail,capture=fail", "refund=fail:because", ""],
)
def test_other_outcomes_are_refused(header: str) -> None:
    with pytest.raises(Refused) as caught:
        requested_plan(header)
    assert (caught.value.code, caught.value.param) == (Code.OUTCOME_INVALID, "X-Sandbox-Outcome")


def test_a_refund_waits_45_days_for_the_cardholder() -> None:
    payment = lived(capture(4_00), planned(1_00), wait(timedelta(hours=1)), does("require_action"))
    update = payment.operations[-1]

    assert isinstance(update, RefundUpdated)
    assert update.timers == (Timer(step="expire", at=MONDAY + timedelta(days=45, hours=1), of=refund_id(payment, 1)),)


@pytest.mark.parametrize(
    "header, status, failure",
    [
        ("refund=pending", "succeeded", None),
        ("refund=pending:5:fail:declined", "failed", "declined"),
        ("refund=pending:5:fail", "failed", "unknown"),
        ("refund=fail:lost_or_stolen_card", "failed", "lost_or_stolen_card"),
    ],
)
def test_due_steps_happen_once(header: str, status: str, failure: str | None) -> None:
    payment = lived(capture(4_00), planned(1_00, plan=requested_plan(header)))
    (timer,) = open_timers(payment)
    change = timer_change(payment, timer, validity_s=0)
    assert change.fits(payment)
    after = change.apply(payment)

    (refunded,) = state_of(after).refunds.values()
    assert (refunded.status, refunded.failure) == (status, failure)
    assert after.operations[-1].at == timer.at
    assert [*open_timers(after)] == []


def test_a_refund_that_waits_for_the_cardholder_has_another_timer() -> None:
    payment = lived(capture(4_00), planned(1_00), does("require_action"))
    (timer,) = open_timers(payment)
    assert (timer.step, timer.object_id) == ("expire", refund_id(payment, 1))
    after = timer_change(payment, timer, validity_s=0).apply(payment)
    assert statuses(after) == ["canceled"]


@pytest.mark.parametrize("reason, stored", [({}, "unknown"), ({"reason": "declined"}, "declined")])
def test_a_failure_has_a_reason(reason: dict[str, Any], stored: str) -> None:
    payment = lived(capture(4_00), planned(1_00), does("fail", **reason))
    assert [one.failure for one in state_of(payment).refunds.values()] == [stored]


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_updates_are_bounded_and_every_refund_can_end() -> None:
    """Each refund that has not ended has an update reserved."""
    scenario = PaymentScenario.open(MemoryLedger(), APPROVED)
    run(scenario, capture(4_00), *[planned(1)] * MAX_REFUND_UPDATES, refund(1))
    last = MAX_REFUND_UPDATES + 1

    assert refusal(scenario, planned(1)).code is Code.TOO_MANY_REFUNDS
    assert refusal(scenario, does("require_action")).code is Code.TOO_MANY_REFUNDS
    assert refusal(scenario, does("fail", last)).code is Code.TOO_MANY_REFUNDS
    run(scenario, *[does("succeed", number) for number in range(1, last)])
    assert refusal(scenario, planned(1)).code is Code.TOO_MANY_REFUNDS
    run(scenario, refund(1))
    assert breaks_of(scenario.held()) == ()
