"""The worker that sends new disbursements as the table's stream delivers them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.disbursements.advance import advance
from paysandbox.disbursements.disbursement import Source, Status
from paysandbox.disbursements.steps import Step, stepped
from tests.disbursements.disbursement_scenario import DisbursementScenario, of_images, record_of
from tests.disbursements.scripted_rail import ScriptedRail
from tests.disbursements.workers.conftest import Lines
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock

A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "outcome, status, balance",
    [
        (Step.PAY, "paid", 87_50),
        (Step.FAIL, "failed", 100_00),
        (Step.UNCLAIM, "unclaimed", 87_50),
        (Step.HOLD, "held", 87_50),
        (Step.BLOCK, "blocked", 87_50),
        (Step.RETURN, "returned", 100_00),
        (None, "processing", 87_50),
    ],
)
def test_a_new_disbursement_is_sent_and_has_the_providers_status(
    outcome: Step | None, status: str, balance: int, scenario: DisbursementScenario, rail: ScriptedRail
) -> None:
    rail.outcome, rail.code = outcome, "A_CODE" if outcome else None
    one = scenario.accept()
    scenario.deliver(one)
    after = scenario.now(one)
    assert (after.status, after.code, scenario.balance()) == (status, rail.code, balance)
    assert (after.attempts, after.sent_at is not None, after.reference is not None) == (1, True, True)
    assert [change.source for change in after.trail][:2] == [Source.API, Source.WORKER]
    assert rail.sent == {one.batch_id: 1}


@pytest.mark.parametrize(
    "outcome, status, code, balance",
    [
        ("pay", "paid", None, 87_50),
        ("fail", "failed", None, 100_00),
        ("fail:RECEIVER_ACCOUNT_LOCKED", "failed", "RECEIVER_ACCOUNT_LOCKED", 100_00),
        ("unclaim", "unclaimed", None, 87_50),
        ("hold", "held", None, 87_50),
        ("block", "blocked", None, 87_50),
        ("return:ITEM_RETURNED", "returned", "ITEM_RETURNED", 100_00),
        ("stall", "processing", None, 87_50),
    ],
)
def test_a_requested_outcome_happens_instead_of_sending_it(
    outcome: str, status: str, code: str | None, balance: int, scenario: DisbursementScenario, rail: ScriptedRail
) -> None:
    """Once, however often its record is delivered, and however late: then the sweep is first."""
    one = scenario.accept(outcome=outcome)
    scenario.deliver(one, one)
    after = scenario.now(one)
    assert (after.status, after.code, scenario.balance()) == (status, code, balance)
    assert [change.source for change in after.trail] == [Source.API, Source.SIMULATED]
    assert (rail.sent, after.is_out_of_providers_hands or after.stalled) == ({}, True)


def test_the_sweep_does_what_was_requested(scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock) -> None:
    one = scenario.accept(outcome="pay")
    clock.advance(2 * A_MINUTE)
    assert scenario.sweep() == 1
    assert (scenario.now(one).status, rail.sent) == ("paid", {})


def test_requests_are_recorded_before_they_are_sent(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = scenario.accept()
    seen: list[tuple[str, int, bool]] = []

    def look() -> None:
        now = scenario.now(one)
        seen.append((str(now.status), now.attempts, now.sent_at is not None))

    rail.before_answer = look
    scenario.deliver(one)
    assert seen == [("processing", 1, True)]


def test_a_record_that_is_delivered_twice_is_sent_once(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = scenario.accept()
    scenario.deliver(one)
    scenario.deliver(one, one)
    assert rail.requests == 1


@pytest.mark.parametrize("step", [Step.PAY, Step.STALL, Step.HOLD])
def test_one_that_has_changed_since_is_not_sent(step: Step, scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = scenario.accept()
    scenario.change(one, stepped(one, step, Source.SIMULATED, runtime.now()))
    scenario.deliver(one)
    assert rail.requests == 0


def test_a_canceled_one_is_not_sent(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    one = scenario.accept()
    scenario.change(one, stepped(one, Step.CANCEL, Source.API, runtime.now()))
    scenario.deliver(one)
    assert (rail.requests, scenario.balance()) == (0, 100_00)


def test_later_writes_are_not_sent(scenario: DisbursementScenario, rail: ScriptedRail, wire: Wire) -> None:
    """The worker's own writes come back to it through the stream."""
    one = scenario.accept()
    sent = stepped(one, Step.SEND, Source.WORKER, runtime.now())
    paid = stepped(sent, Step.PAY, Source.PROVIDER, runtime.now())
    with wire.record() as calls:
        scenario.deliver_records(record_of(one, sent), record_of(sent, paid), record_of(paid, None))
    assert (rail.requests, calls) == (0, [])


def test_two_workers_on_one_disbursement_send_it_once(
    scenario: DisbursementScenario, rail: ScriptedRail, wire: Wire
) -> None:
    one = scenario.accept()
    with wire.meeting(8, "PutItem"), ThreadPoolExecutor(8) as pool:
        after = [*pool.map(lambda _: advance(scenario.table, rail, one, runtime.now), range(8))]
    assert rail.sent == {one.batch_id: 1}
    assert sorted(str(each.status) for each in after) == ["paid"] + ["pending"] * 7


@pytest.mark.full
def test_a_hundred_are_sent_in_one_batch(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    scenario.fund(2_000_00)
    every = [scenario.accept() for _ in range(100)]
    scenario.deliver(*every)
    assert {str(one.status) for one in scenario.every()} == {"paid"}
    assert [*rail.sent.values()] == [1] * 100


def test_work_beyond_the_time_limit_is_left_to_the_sweep(
    scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    one = scenario.accept()
    scenario.deliver(one, time_left_ms=14_000)
    assert (scenario.now(one), rail.requests) == (one, 0)
    assert scenario.sweep() == 0
    clock.advance(A_MINUTE)
    assert scenario.sweep() == 1
    assert scenario.now(one).status is Status.PAID


def test_unreadable_records_go_to_the_dead_letter_queue(
    scenario: DisbursementScenario, rail: ScriptedRail, lines: Lines
) -> None:
    """The others are sent. Neither the customer nor the address is copied."""
    queue = runtime.sqs().create_queue(QueueName="parked")["QueueUrl"]
    one = scenario.accept()
    broken = record_of(None, replace(one, email="jane@example.com"))
    del broken["dynamodb"]["NewImage"]["amount"]
    scenario.deliver_records(broken, {"dynamodb": {"NewImage": []}}, record_of(None, one))
    assert scenario.now(one).status is Status.PAID
    parked = runtime.sqs().receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    bodies = [message.get("Body", "") for message in parked]
    assert len(bodies) == 2
    assert any(one.id in body for body in bodies)
    assert "jane@" not in "".join(bodies) + str(lines())
    assert one.customer_id not in "".join(bodies)


def test_other_items_of_the_table_are_left_alone(scenario: DisbursementScenario, rail: ScriptedRail) -> None:
    scenario.deliver_records(of_images({"NewImage": {"customer_id": {"S": "#"}, "payment_id": {"S": "TOKEN"}}}))
    assert rail.requests == 0


def test_one_that_fails_does_not_stop_the_others(
    scenario: DisbursementScenario, rail: ScriptedRail, lines: Lines, clock: Clock
) -> None:
    unknown, one = scenario.accept(method="pigeon"), scenario.accept()
    scenario.deliver(unknown, one)
    assert (scenario.now(one).status, scenario.now(unknown)) == (Status.PAID, unknown)
    (line,) = [line for line in lines() if line["message"] == "disbursement failed"]
    assert (line["level"], line["payment_id"], line["error"]) == ("ERROR", unknown.id, "KeyError")
    clock.advance(A_MINUTE)
    with pytest.raises(Exception, match="1 could not be advanced"):
        scenario.sweep()


def test_without_credentials_it_is_tried_again(
    scenario: DisbursementScenario, rail: ScriptedRail, lines: Lines, clock: Clock
) -> None:
    rail.be_silent("not configured")
    one = scenario.accept()
    scenario.deliver(one)
    for _ in range(5):
        clock.advance(A_MINUTE)
        assert scenario.sweep() == 1
    assert {line["error"] for line in lines() if line["message"] == "provider not configured"} == {
        "paypal_not_configured"
    }
    rail.be_silent(None)
    clock.advance(A_MINUTE)
    scenario.sweep()
    assert scenario.now(one).status is Status.PAID


@pytest.mark.parametrize("tries", [1, 3])
def test_without_credentials_no_attempt_is_counted(
    tries: int, scenario: DisbursementScenario, rail: ScriptedRail, clock: Clock
) -> None:
    """Nothing was sent. Of the next request the rail still knows that it is the first, so that a refusal is final."""
    rail.be_silent("not configured")
    one = scenario.accept()
    scenario.deliver(one)
    for _ in range(tries - 1):
        clock.advance(A_MINUTE)
        scenario.sweep()
    assert (scenario.now(one).status, scenario.now(one).attempts) == (Status.PROCESSING, 0)
    rail.be_silent(None)
    seen: list[int] = []
    rail.before_answer = lambda: seen.append(scenario.now(one).attempts)
    clock.advance(A_MINUTE)
    scenario.sweep()
    assert (seen, scenario.now(one).status) == ([1], Status.PAID)
