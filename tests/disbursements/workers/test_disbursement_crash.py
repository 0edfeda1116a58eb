"""A worker that is killed or loses answers at any call: the provider pays at most once, and the books agree."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.steps import Step
from tests.disbursements import disbursement_scenario
from tests.disbursements.disbursement_scenario import DisbursementScenario
from tests.disbursements.scripted_rail import Lost, ScriptedRail
from tests.disbursements.workers.test_sweep_disbursements import A_DAY, A_MINUTE, AN_HOUR, cancel_requested, sent
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    EVERY_ANSWER_LOST,
    FAILING,
    KILLED_AFTER,
    KILLED_BEFORE,
    THROTTLED,
    Trouble,
    failures,
    reads_fail_once,
)
from tests.webhooks.workers.conftest import Clock

pytestmark = pytest.mark.full

Work = Callable[[], Any]
Given = Callable[[DisbursementScenario, Clock], tuple[Disbursement, Work]]

TROUBLES: Final = (
    CONNECTION_GONE,
    ANSWER_LOST,
    EVERY_ANSWER_LOST,
    THROTTLED,
    FAILING,
    KILLED_BEFORE,
    KILLED_AFTER,
)


ENDS: Final = (EVERY_ANSWER_LOST, KILLED_AFTER)
"""A worker fails, or is killed. After the others it goes on, or is killed where the call before left everything."""


def new(outcome: Step) -> Given:
    """A new disbursement that the stream delivers."""

    def given(scenario: DisbursementScenario, clock: Clock) -> tuple[Disbursement, Work]:
        scenario.rail.outcome = outcome
        one = scenario.accept()
        return one, lambda: scenario.deliver(one)

    return given


def lost(outcome: Step) -> Given:
    """One whose first answer was lost after the effect, and which the sweep sends again."""

    def given(scenario: DisbursementScenario, clock: Clock) -> tuple[Disbursement, Work]:
        scenario.rail.lose("after")
        one = sent(scenario, outcome)
        clock.advance(A_MINUTE)
        return one, scenario.sweep

    return given


def returned(scenario: DisbursementScenario, clock: Clock) -> tuple[Disbursement, Work]:
    """An unclaimed one that the provider returns."""
    one = sent(scenario, Step.UNCLAIM)
    scenario.rail.say(one, Step.RETURN)
    clock.advance(30 * A_DAY)
    return one, scenario.sweep


def canceled(scenario: DisbursementScenario, clock: Clock) -> tuple[Disbursement, Work]:
    """An unclaimed one that is canceled."""
    one = sent(scenario, Step.UNCLAIM)
    requested = cancel_requested(scenario, one)
    return one, lambda: scenario.deliver(requested, before=one)


def given_up(scenario: DisbursementScenario, clock: Clock) -> tuple[Disbursement, Work]:
    """One whose outcome is unknown after 29 days."""
    scenario.rail.be_silent("after")
    one = sent(scenario, Step.PAY)
    clock.advance(29 * A_DAY)
    return one, scenario.sweep


CASES: Final = [
    pytest.param(new(Step.PAY), Status.PAID, 1, id="paid"),
    pytest.param(new(Step.FAIL), Status.FAILED, 0, id="failed"),
    pytest.param(lost(Step.PAY), Status.PAID, 1, id="paid at the second attempt"),
    pytest.param(lost(Step.FAIL), Status.FAILED, 0, id="failed at the second attempt"),
    pytest.param(returned, Status.RETURNED, 0, id="returned"),
    pytest.param(canceled, Status.CANCELED, 0, id="canceled"),
    pytest.param(given_up, Status.REQUIRES_ATTENTION, 1, id="given up"),
]


ALIKE: Final = CASES[4:6]
"""They make the calls of "failed at the second attempt" and of "failed". Only what a kill leaves differs."""

FULL, SOAK = pytest.mark.full, pytest.mark.soak
EACH_TROUBLE: Final = [
    pytest.param(
        *(trouble, *case.values),
        id=f"{case.id}-{trouble}",
        marks=() if case is CASES[0] and trouble in ENDS else FULL if trouble in ENDS else SOAK,
    )
    for case in CASES
    for trouble in ((KILLED_BEFORE, KILLED_AFTER) if case in ALIKE else TROUBLES)
]


def attempted(work: Work) -> None:
    """Run a worker that may be killed or fail. What it leaves is due again."""
    try:
        work()
    except (Killed, Exception):  # noqa: BLE001 - whatever it is, the sweep comes again
        return


@pytest.mark.parametrize("trouble, given, status, paid", EACH_TROUBLE)
def test_a_failure_at_any_aws_call(
    trouble: Trouble,
    given: Given,
    status: Status,
    paid: int,
    scenario: DisbursementScenario,
    rail: ScriptedRail,
    wire: Wire,
    clock: Clock,
) -> None:
    def begin() -> tuple[Disbursement, Work]:
        disbursement_scenario.forget()
        rail.forget()
        clock.reset()
        scenario.fund()
        return given(scenario, clock)

    one, work = begin()
    with wire.record() as recorded:
        work()
    assert scenario.now(one).status is status
    for failure in reads_fail_once(failures(recorded, trouble)):
        one, work = begin()
        with failure.happening(wire):
            attempted(work)
        scenario.audit()
        for _ in range(2):
            attempted(work)  # the stream delivers it again, and the sweep runs
            clock.advance(AN_HOUR)
            scenario.sweep()
            scenario.audit()
        assert (scenario.now(one).status, rail.paid[one.batch_id]) == (status, paid), str(failure)


@pytest.mark.parametrize("lost", ["killed before", "killed after", "before", "after", "not configured"])
@pytest.mark.parametrize("given, status, paid", CASES[:-1])
def test_a_failure_at_the_providers_call(
    given: Given,
    status: Status,
    paid: int,
    lost: Lost,
    scenario: DisbursementScenario,
    rail: ScriptedRail,
    clock: Clock,
) -> None:
    one, work = given(scenario, clock)
    overdue = status is Status.RETURNED
    rail.lose(lost)
    attempted(work)
    scenario.audit()
    for _ in range(3):
        attempted(work)
        clock.advance(AN_HOUR)
        scenario.sweep()
    after = scenario.now(one)
    assert rail.paid[one.batch_id] == paid
    if overdue and after.status is Status.REQUIRES_ATTENTION:
        return  # the answer was lost at day 30
    assert after.status is status
