"""The sweep: what became of a disbursement whose answer was lost, over the days until it requires attention."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.disbursements.advance import advance
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.steps import Step, attempted, stepped
from paysandbox.disbursements.store.disbursements_table import disbursement_key
from paysandbox.disbursements.store.items import disbursement_item
from paysandbox.disbursements.sweep import SweepError
from tests.disbursements.disbursement_scenario import DisbursementScenario
from tests.disbursements.scripted_rail import Lost, ScriptedRail
from tests.disbursements.workers.conftest import Lines
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock

A_MINUTE = timedelta(minutes=1)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def sent(scenario: DisbursementScenario, outcome: Step | None = Step.PAY) -> Disbursement:
    """Return one that was just sent, with the provider's answer."""
    scenario.rail.outcome = outcome
    one = scenario.accept()
    scenario.deliver(one)
    return scenario.now(one)


def sweep_until(scenario: DisbursementScenario, clock: Clock, days: float, every: timedelta = A_DAY) -> None:
    """Sweep at intervals until so many days have passed."""
    for _ in range(round(timedelta(days=days) / every)):
        clock.advance(every)
        scenario.sweep()


def test_an_unreadable_one_does_not_stop_the_others(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock, lines: Lines
) -> None:
    unreadable, other = sent(scenario, None), sent(scenario, None)
    table = scenario.table
    table.client.update_item(
        TableName=table.table,
        Key=disbursement_key(unreadable.merchant, unreadable.customer_id, unreadable.id),
        UpdateExpression="SET amount = :0",
        ExpressionAttributeValues={":0": {"S": "no amount"}},
    )
    rail.say(other, Step.PAY)
    clock.advance(AN_HOUR)
    assert scenario.sweep() == 1
    assert scenario.now(other).status is Status.PAID
    logged = [line["transaction_id"] for line in lines() if line["message"] == "unreadable payment"]
    assert logged == [unreadable.id]
    table.client.put_item(TableName=table.table, Item=disbursement_item(unreadable))


# --- unknown outcomes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost, batches", [("before", 0), ("after", 1)])
def test_the_same_batch_is_sent_again(
    lost: Lost, batches: int, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    """Whether the provider has it is unknown, and it pays a batch ID once."""
    rail.lose(lost)
    one = sent(scenario)
    assert (one.status, one.reference, len(rail.batches)) == (Status.PROCESSING, None, batches)
    clock.advance(A_MINUTE)
    assert scenario.sweep() == 1
    after = scenario.now(one)
    assert (after.status, after.attempts, rail.sent) == (Status.PAID, 2, {one.batch_id: 2})
    assert after.provider_fee == 25


def test_one_in_progress_is_asked_for_by_its_reference(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, None)
    for minutes in (1, 4, 16):
        clock.advance(timedelta(minutes=minutes))
        assert scenario.sweep() == 1
        assert scenario.sweep() == 0
    rail.say(one, Step.PAY)
    clock.advance(timedelta(minutes=64))
    scenario.sweep()
    assert scenario.now(one).status is Status.PAID
    assert (rail.sent[one.batch_id], rail.asked[one.batch_id]) == (1, 4)


@pytest.mark.parametrize("retry_after_s, due_after_s", [(None, 60), (30, 60), (600, 600), (10**9, 86_400)])
def test_the_provider_says_when_to_ask_again(
    retry_after_s: int | None, due_after_s: int, scenario: DisbursementScenario, rail: ScriptedRail
) -> None:
    """Never before we would, and at least once a day."""
    rail.lose("before")
    rail.retry_after_s = retry_after_s
    one = sent(scenario)
    assert one.due_at is not None
    assert one.sent_at is not None
    assert timedelta() <= one.due_at - one.sent_at - timedelta(seconds=due_after_s) < A_MINUTE / 2


@pytest.mark.full
def test_29_days_of_unknown_answers_require_attention_and_nothing_is_sent_after(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock, lines: Lines
) -> None:
    rail.be_silent("after")
    one = sent(scenario)
    sweep_until(scenario, clock, 29)
    after = scenario.now(one)
    assert (after.status, after.trail[-1].source) == (Status.REQUIRES_ATTENTION, Source.TIMER)
    requests = rail.requests
    assert requests > 20
    sweep_until(scenario, clock, 5)
    assert rail.requests == requests
    assert (scenario.now(one).trail, scenario.balance()) == (after.trail, 87_50)
    # Counted once a day until it is resolved.
    counted = [line for line in lines() if line["message"] == "requires attention"]
    assert [(line["level"], line["payment_id"]) for line in counted] == [("ERROR", one.id)] * 6
    assert [line["DisbursementsUnresolved"] for line in counted] == [[1.0]] * 6


def test_one_whose_worker_slept_for_29_days_is_not_sent_again(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    """The answer was lost after the effect: sending it now would pay a second time."""
    rail.lose("after")
    one = sent(scenario)
    clock.advance(31 * A_DAY)
    assert scenario.sweep() == 1
    assert scenario.now(one).status is Status.REQUIRES_ATTENTION
    assert (rail.sent[one.batch_id], rail.paid[one.batch_id]) == (1, 1)


@pytest.mark.full
def test_one_that_the_provider_still_processes_after_29_days_is_asked_for_daily(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    """Its answer is known, so it requires no attention."""
    one = sent(scenario, None)
    sweep_until(scenario, clock, 29)
    before = rail.asked[one.batch_id]
    sweep_until(scenario, clock, 3, every=6 * AN_HOUR)
    assert (scenario.now(one).status, rail.asked[one.batch_id] - before) == (Status.PROCESSING, 3)


def test_late_webhooks_resolve_a_disbursement_that_requires_attention(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    rail.lose("after")
    one = sent(scenario)
    clock.advance(30 * A_DAY)
    scenario.sweep()
    after = apply_provider_update(scenario.table, scenario.now(one), rail.update_of(one), runtime.now())
    assert (after.status, after.due_at) == (Status.PAID, None)


# --- unclaimed, held and blocked --------------------------------------------------------------------------------------


def test_after_30_days_unclaimed_the_provider_returns_it(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, Step.UNCLAIM)
    sweep_until(scenario, clock, 30, every=10 * A_DAY)
    assert (scenario.now(one).status, scenario.balance()) == (Status.UNCLAIMED, 87_50)
    rail.say(one, Step.RETURN, "UNCLAIMED")
    clock.advance(AN_HOUR)
    scenario.sweep()
    after = scenario.now(one)
    assert (after.status, after.code, scenario.balance()) == (Status.RETURNED, "UNCLAIMED", 100_00)


def test_the_answer_lost_at_day_30_requires_attention_and_nothing_is_sent(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, Step.UNCLAIM)
    sweep_until(scenario, clock, 29, every=29 * A_DAY)
    rail.say(one, Step.RETURN)
    rail.be_silent("before")
    clock.advance(A_DAY)
    scenario.sweep()
    after = scenario.now(one)
    assert (after.status, scenario.balance()) == (Status.REQUIRES_ATTENTION, 87_50)
    requests = rail.requests
    sweep_until(scenario, clock, 3)
    assert (rail.requests, rail.sent[one.batch_id]) == (requests, 1)


@pytest.mark.parametrize("outcome, days", [(Step.UNCLAIM, 28), (Step.HOLD, 1), (Step.BLOCK, 1)])
def test_before_the_deadline_lost_responses_do_not_change_the_status(
    outcome: Step, days: int, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, outcome)
    rail.be_silent("before")
    sweep_until(scenario, clock, days)
    assert scenario.now(one).status is one.status
    assert (rail.sent[one.batch_id], rail.asked[one.batch_id]) == (1, days)


@pytest.mark.parametrize(
    "outcome, then, status",
    [
        (Step.UNCLAIM, Step.PAY, "paid"),
        (Step.UNCLAIM, Step.RETURN, "returned"),
        (Step.HOLD, Step.PAY, "paid"),
        (Step.HOLD, Step.FAIL, "failed"),
        (Step.HOLD, Step.UNCLAIM, "unclaimed"),
        (Step.HOLD, Step.RELEASE, "processing"),
        (Step.BLOCK, Step.RETURN, "returned"),
    ],
)
def test_the_provider_is_queried_daily_for_the_outcome(
    outcome: Step, then: Step, status: str, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, outcome)
    rail.say(one, then)
    clock.advance(A_DAY)
    scenario.sweep()
    assert scenario.now(one).status == status


# --- cancellations ----------------------------------------------------------------------------------------------------


def cancel_requested(scenario: DisbursementScenario, one: Disbursement) -> Disbursement:
    """Store the request of the API to cancel an unclaimed disbursement."""
    return scenario.change(one, replace(one, cancel_requested=True, version=one.version + 1))


def test_an_unclaimed_one_is_canceled_at_the_provider(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = sent(scenario, Step.UNCLAIM)
    requested = cancel_requested(scenario, one)
    scenario.deliver(requested, before=one)
    after = scenario.now(one)
    assert (after.status, after.cancel_requested, scenario.balance()) == (Status.CANCELED, False, 100_00)
    assert rail.canceled == {one.batch_id: 1}


def test_one_that_was_claimed_meanwhile_is_paid(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = sent(scenario, Step.UNCLAIM)
    rail.say(one, Step.PAY)
    scenario.deliver(cancel_requested(scenario, one), before=one)
    assert (scenario.now(one).status, scenario.balance()) == (Status.PAID, 87_50)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_cancellation_without_an_answer_is_repeated_by_the_sweep(
    lost: Lost, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = sent(scenario, Step.UNCLAIM)
    rail.lose(lost)
    requested = cancel_requested(scenario, one)
    scenario.deliver(requested, before=one)
    assert scenario.now(one).status is Status.UNCLAIMED
    clock.advance(A_MINUTE)
    scenario.sweep()
    assert (scenario.now(one).status, scenario.balance()) == (Status.CANCELED, 100_00)


def test_without_its_items_id_the_provider_is_asked_for_it_first(
    scenario: DisbursementScenario, rail: ScriptedRail
) -> None:
    one = sent(scenario, Step.UNCLAIM)
    without = scenario.change(one, replace(one, item_reference=None, version=one.version + 1))
    scenario.deliver(cancel_requested(scenario, without), before=without)
    assert scenario.now(one).status is Status.CANCELED
    assert (rail.asked.total(), rail.canceled.total()) == (1, 1)


def test_the_workers_own_attempts_do_not_cancel_again(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = sent(scenario, Step.UNCLAIM)
    requested = cancel_requested(scenario, one)
    recorded = scenario.change(requested, attempted(requested, runtime.now()))
    scenario.deliver(recorded, before=requested)
    assert rail.canceled.total() == 0


# --- simulated --------------------------------------------------------------------------------------------------------


def simulated(scenario: DisbursementScenario, one: Disbursement, *names: Step) -> Disbursement:
    """Simulate steps one after another."""
    for step in names:
        one = scenario.change(one, stepped(one, step, Source.SIMULATED, runtime.now()))
    return one


@pytest.mark.parametrize(
    "names, days, status, balance",
    [
        ((Step.STALL,), 28, "processing", 87_50),
        ((Step.STALL,), 29, "requires_attention", 87_50),
        ((Step.UNCLAIM,), 29, "unclaimed", 87_50),
        ((Step.UNCLAIM,), 30, "returned", 100_00),
        ((Step.UNCLAIM, Step.STALL), 29, "unclaimed", 87_50),
        ((Step.UNCLAIM, Step.STALL), 30, "requires_attention", 87_50),
        ((Step.HOLD,), 40, "held", 87_50),
        ((Step.BLOCK,), 40, "blocked", 87_50),
    ],
)
def test_a_simulated_status_is_not_changed_by_the_provider(
    names: tuple[Step, ...],
    days: int,
    status: str,
    balance: int,
    scenario: DisbursementScenario,
    rail: ScriptedRail,
    clock: Clock,
) -> None:
    """The provider paid it. It is not asked, and its webhooks change nothing."""
    one = sent(scenario, None)
    one = simulated(scenario, one, *names)
    rail.say(one, Step.PAY)
    requests = rail.requests
    sweep_until(scenario, clock, days, every=days * A_DAY / 2)
    assert apply_provider_update(scenario.table, scenario.now(one), rail.update_of(one), runtime.now()).status == status
    assert (rail.requests, scenario.balance()) == (requests, balance)


def test_a_simulated_release_gives_it_back_to_the_provider(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = simulated(scenario, scenario.accept(), Step.HOLD, Step.RELEASE)
    assert rail.requests == 0
    clock.advance(A_MINUTE)
    scenario.sweep()
    assert scenario.now(one).status is Status.PAID
    assert rail.sent == {one.batch_id: 1}


def test_a_simulated_unclaimed_one_is_canceled_without_the_provider(
    scenario: DisbursementScenario, rail: ScriptedRail
) -> None:
    one = simulated(scenario, scenario.accept(), Step.UNCLAIM)
    scenario.deliver(cancel_requested(scenario, one), before=one)
    after = scenario.now(one)
    assert (after.status, after.trail[-1].source, scenario.balance()) == (Status.CANCELED, Source.WORKER, 100_00)
    assert rail.requests == 0


# --- races and pages --------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("then, status, balance", [(Step.PAY, "paid", 87_50), (Step.RETURN, "returned", 100_00)])
def test_a_webhook_against_the_sweep(
    then: Step, status: str, balance: int, scenario: DisbursementScenario, rail: ScriptedRail, wire: Wire, clock: Clock
) -> None:
    """Both have the same update. It is applied once, whoever is first."""
    one = sent(scenario, Step.UNCLAIM)
    rail.say(one, then)
    clock.advance(A_DAY)
    update = rail.update_of(one)
    operation = "TransactWriteItems" if then is Step.RETURN else "PutItem"
    with wire.meeting(2, operation), ThreadPoolExecutor(2) as pool:
        by_webhook = pool.submit(lambda: apply_provider_update(scenario.table, one, update, runtime.now()))
        by_sweep = pool.submit(lambda: advance(scenario.table, rail, one, runtime.now))
        by_webhook.result()
        by_sweep.result()
    after = scenario.now(one)
    assert (after.status, scenario.balance()) == (status, balance)
    assert [change.status for change in after.trail].count(after.status) == 1


def test_a_sweep_ends_in_time_and_the_next_continues(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    every = [scenario.accept() for _ in range(5)]
    clock.advance(A_MINUTE)
    assert scenario.sweep(time_left_ms=14_000) == -1
    assert scenario.sweep() == len(every)


@pytest.mark.full
def test_more_than_a_page_of_each_shard(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paysandbox.disbursements.sweep._PAGE", 3)
    scenario.fund(1_000_00)
    every = [scenario.accept() for _ in range(60)]
    clock.advance(A_MINUTE)
    assert scenario.sweep() == 60
    assert [*rail.sent.values()] == [1] * len(every)


def test_a_failure_does_not_stop_the_sweep(scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock) -> None:
    scenario.accept(method="pigeon")
    one = scenario.accept()
    clock.advance(A_MINUTE)
    with pytest.raises(SweepError, match="1 could not be advanced, 1 were"):
        scenario.sweep()
    assert scenario.now(one).status is Status.PAID
