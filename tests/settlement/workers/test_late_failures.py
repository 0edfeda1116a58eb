"""A capture that fails or is presented late while a batch takes it: whoever is first, the run closes, and books once.

A batch with the cut-off `now` takes captures of a day that has not ended, on which they can still fail.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger.store import step_payment
from paysandbox.payments.payment import CONTRACT, SIMULATED, state_of
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.simulation import step
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.due_timers import fire_due
from paysandbox.payments.timers.timer import timers_of
from paysandbox.settlement.batch import BatchStatus
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.builders.payment_scenario import PaymentScenario, capture, check, run
from tests.support.fakes.state_machine import Outcome, Steps
from tests.support.worlds.aws_transport import Deliver, Killed, Wire
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, Trouble
from tests.support.worlds.settlement_scenario import SettlementScenario
from tests.webhooks.workers.conftest import Clock

NOW = {"cutoff": "now"}
NAMES = pytest.mark.parametrize("name", ["fail", "present_late"])


def happens(scenario: PaymentScenario, name: str) -> bool:
    """Let the capture fail, or be presented late. Whether that was allowed."""
    stamp = Stamp(key=name, request_id=name, at=runtime.now(), contract=CONTRACT, validity_s=600, source=SIMULATED)
    of, arguments = scenario.capture_id(1), {"days": 1} if name == "present_late" else {}
    try:
        step_payment(runtime.ledger(), scenario.payment_id, lambda current: step(current, of, name, arguments, stamp))
    except Refused as refused:
        if refused.code is not Code.SIMULATION_NOT_ALLOWED:
            raise
        return False
    return True


def finished(steps: Steps, at: Callable[[str], None] = lambda _: None) -> Outcome:
    """Run the rest of an execution. `at` is called before each worker, with its name."""
    while True:
        try:
            at(next(steps))
        except StopIteration as end:
            return end.value


def until(steps: Steps, worker: str) -> None:
    """Run an execution until the first call of a worker, or past all calls of it."""
    while next(steps) != worker:
        pass


def captured(settling: SettlementScenario, clock: Clock) -> PaymentScenario:
    """Capture a payment, an hour ago."""
    scenario = settling.payment(amount=10_00)
    run(scenario, capture(4_00))
    clock.advance(HOUR)
    return scenario


def check_closed(settling: SettlementScenario, scenario: PaymentScenario, *, taken: bool) -> None:
    """Check that the last batch is closed, and that it has taken the capture or has not, as the payment says."""
    kept, held = settling.latest(), scenario.held()
    assert (kept.status, kept.set_aside) == (BatchStatus.CLOSED, 0)
    check(held)
    settled = {line_id for line_id, line in state_of(held).lines.items() if line.batch == kept.name}
    assert {entry.operation_id for entry in settling.entries()} == settled
    assert settled == ({scenario.capture_id(1)} if taken else set())


@pytest.mark.full
@pytest.mark.parametrize(
    "before, name, possible",
    [
        ("open_batch", "fail", True),
        ("collect_entries", "fail", True),
        ("collect_entries", "present_late", True),
        ("close_books", "fail", False),
        ("close_books", "present_late", False),
        ("announce", "fail", False),
    ],
)
def test_between_two_workers_of_a_run_up_to_now(
    before: str, name: str, possible: bool, settling: SettlementScenario, clock: Clock
) -> None:
    scenario, happened = captured(settling, clock), list[bool]()

    def overtake(worker: str) -> None:
        if worker == before and not happened:
            happened.append(happens(scenario, name))

    assert finished(settling.steps(NOW), overtake).status == "SUCCEEDED"
    assert happened == [possible]
    check_closed(settling, scenario, taken=not possible)


@NAMES
@pytest.mark.parametrize(
    "call, possible", [("BatchGetItem", True), ("UpdateItem", True), ("TransactWriteItems", False)]
)
def test_before_a_call_of_the_worker_that_collects(
    call: str, possible: bool, name: str, settling: SettlementScenario, clock: Clock, wire: Wire
) -> None:
    """Between its read of the payment and its write, the worker is overtaken, and reads again."""
    scenario = captured(settling, clock)
    steps, happened = settling.steps(NOW), list[bool]()
    until(steps, "collect_entries")

    asked = list[str]()

    def overtake(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        asked.append(call)
        happened.append(happens(scenario, name))
        return deliver()

    with wire.broken(overtake, when=lambda sent: sent.operation == call and not asked):
        assert finished(steps).status == "SUCCEEDED"
    assert happened == [possible]
    check_closed(settling, scenario, taken=not possible)


@pytest.mark.full
@pytest.mark.parametrize("trouble", [KILLED_BEFORE, KILLED_AFTER], ids=lambda trouble: trouble.name)
@pytest.mark.parametrize("call", ["UpdateItem", "TransactWriteItems"])
def test_a_worker_killed_during_collection_takes_each_capture_or_leaves_it(
    call: str, trouble: Trouble, settling: SettlementScenario, clock: Clock, wire: Wire
) -> None:
    scenario = captured(settling, clock)
    steps = settling.steps(NOW)
    until(steps, "collect_entries")
    with wire.broken(trouble.fault, when=lambda sent: sent.operation == call), pytest.raises(Killed):
        finished(steps)
    possible = (call, trouble) == ("UpdateItem", KILLED_BEFORE)
    assert happens(scenario, "fail") is possible
    assert settling.settle().status == "SUCCEEDED"
    check_closed(settling, scenario, taken=not possible)


@pytest.mark.full
@NAMES
def test_captures_after_the_cut_off_can_still_fail(name: str, settling: SettlementScenario, clock: Clock) -> None:
    scenario = captured(settling, clock)
    settling.settle(NOW)
    later = captured(settling, clock)
    assert happens(later, name)
    assert not happens(scenario, name)


def test_a_night_writes_to_no_payment_before_it_has_paid_out(settling: SettlementScenario, clock: Clock) -> None:
    """Days that have ended need no mark: by then, a capture fails no more."""
    scenario = captured(settling, clock)
    settling.night()
    steps, before = settling.steps(), scenario.held()
    until(steps, "announce")
    assert scenario.held() == before


def test_a_planned_failure_that_a_sweep_performs_too_late_is_dropped(settling: SettlementScenario) -> None:
    """The sweep stood still for more than a day, and a night took the capture, which was presented meanwhile."""
    held = replace(build.authorized(payment_id=settling.payment().payment_id), plan="capture=fail")
    scenario = PaymentScenario.open(runtime.ledger(), held)
    run(scenario, capture(4_00))
    settling.night(2)
    steps = settling.steps()
    until(steps, "close_books")
    timers.store_timers(timer_table.table(), timers_of(scenario.held()))
    assert fire_due(lambda: True).performed == 0
    assert finished(steps).status == "SUCCEEDED"
    check_closed(settling, scenario, taken=True)
