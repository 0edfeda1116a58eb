"""The sweep of timers: each step once, none before its time, in order, whatever fails or comes twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint

from payments import expire_payments
from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.payments import expiry
from paysandbox.payments.ledger.items import key, payment_item
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.merchant_settings import SimulationMode, change_choices
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.payment import Operation, Payment, Status, Timer, state_of
from paysandbox.payments.simulation import simulation
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.payments.timers import due_timers, tables as timer_table, timers
from paysandbox.payments.timers.due_timers import Fired
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from tests.support.builders import build
from tests.support.builders.payment_scenario import check
from tests.support.builders.timed_payments import HOUR, ROWS, pending, put
from tests.support.worlds import crash, table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.webhook_workers import LONG

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MANY = 24


@pytest.fixture(autouse=True)
def wire(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Sends moto one request at a time, and a simulation table of few rows."""
    monkeypatch.setattr(simulation, "ACTIONS", ROWS)
    tables.forget(clients=False)
    wire = Wire()
    wire.attach(runtime.ledger().client)
    wire.attach(runtime.dynamodb())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    expiry.forget()
    yield wire
    wire.detach()


def ago(time: timedelta) -> datetime:
    return (runtime.now() - time).replace(microsecond=0)


def approve(after: datetime, **more: Any) -> Timer:
    return Timer(step="approve", at=after, **more)


def waiting(number: int = 1, *due: Timer, merchant: str = build.MERCHANT) -> StoredTimer:
    """Store a payment of yesterday whose approval was due an hour ago, or with these timers. Return the first one."""
    return put(pending(number, *(due or (approve(ago(HOUR)),)), now=ago(DAY), merchant=merchant))[0]


def manual(*merchants: str, mode: SimulationMode = SimulationMode.MANUAL) -> None:
    for merchant in merchants:
        change_choices(merchant_settings(), merchant, simulation=mode)


def sweep() -> Fired:
    return due_timers.fire_due(lambda: True)


def held(timer: StoredTimer) -> Payment:
    payment = get_payment(runtime.ledger(), timer.payment_id)
    assert payment is not None
    return payment


def status(timer: StoredTimer) -> Status:
    return state_of(held(timer)).status


def later(timer: StoredTimer) -> list[Operation]:
    """Return the operations after the first."""
    return [*held(timer).operations[1:]]


def rows() -> set[str]:
    return {row["timer_id"]["S"] for row in table_snapshot.items_of(tables.TIMED)}


def test_a_due_step_is_performed_once() -> None:
    timer = waiting()
    assert sweep() == Fired(performed=1, removed=1)
    [answer] = later(timer)
    assert isinstance(answer, Authorization)
    assert (answer.at, answer.source, answer.request_id) == (timer.at, None, "timer")
    check(held(timer))
    assert rows() == set()
    assert sweep() == Fired()
    assert later(timer) == [answer]


def test_nothing_happens_before_its_time() -> None:
    timer = waiting(1, approve(ago(-MINUTE)))
    assert sweep() == Fired()
    assert status(timer) is Status.PROCESSING
    assert rows() == {timer.id}


def test_the_first_of_two_answers_counts() -> None:
    late = Timer(step="decline", at=ago(HOUR), value="lost_card")
    timer = waiting(1, late, approve(ago(2 * HOUR)))
    assert sweep() == Fired(performed=1, removed=2)
    assert status(timer) is Status.APPROVED


def test_a_value_is_the_first_parameter_of_the_action() -> None:
    timer = waiting(1, Timer(step="decline", at=ago(HOUR), value="lost_card"))
    sweep()
    decline = state_of(held(timer)).decline
    assert decline is not None
    assert decline.decline_code == "lost_card"


def test_follow_up_steps_are_performed_in_the_same_run() -> None:
    """With the clock advanced by months, the timer of a timer's operation may be due before the stream tells of it."""
    timer = waiting(1, approve(ago(3 * HOUR), value="1"))
    assert sweep() == Fired(performed=2, removed=1)
    approval, reversal = later(timer)
    assert isinstance(reversal, Reversal)
    assert reversal.at - approval.at == HOUR
    # Then the stream's reader stores it, too late.
    timers.store_timers(timer_table.table(), timers_of_operation(held(timer), approval))
    assert sweep() == Fired(removed=1)
    assert len(later(timer)) == 2


def timers_of_operation(payment: Payment, operation: Operation) -> list[StoredTimer]:
    return [*timers_of(payment, [operation])]


@pytest.mark.full
@pytest.mark.parametrize(
    "reversed_after, last",
    [(3 * DAY, Reversal), (7 * DAY, Expiry), (10 * DAY, Expiry)],
    ids=["before the expiry", "at the expiry", "after the expiry"],
)
def test_holds_expire_between_the_steps(reversed_after: timedelta, last: type[Operation]) -> None:
    """A hold of seven days, and 130 days passed at once."""
    start = ago(130 * DAY)
    [answer] = put(pending(1, approve(start, value=str(reversed_after // HOUR)), now=start))
    swept = expire_payments.handler({}, LONG)
    assert (swept["removed"], swept["more"]) == (1, False)
    approval, end = later(answer)
    assert (type(end), end.at) == (last, start + min(reversed_after, 7 * DAY))
    assert approval.at == start
    check(held(answer))


def test_a_timer_of_an_attempt_ends_with_it() -> None:
    """Its hold allows the step, which was about the attempt."""
    timer = waiting(1, approve(ago(2 * HOUR)), Timer(step="reverse", at=ago(HOUR)))
    assert sweep() == Fired(performed=1, removed=2)
    assert status(timer) is Status.APPROVED


def test_a_timer_is_of_its_own_attempt() -> None:
    """A second attempt has the same status as the first, whose timer must not end it."""
    timer = waiting()
    payment = held(timer)
    [first] = payment.operations
    again = replace(first, id=build.operation_id("att", 7, payment.id), timers=())
    answered = replace(
        authorization_of(build.authorized(10_00, declined=build.decline())), id=build.operation_id("att", 6, payment.id)
    )
    both = replace(
        payment, operations=(first, answered, again), version=3, amounts={**payment.amounts, answered.id: 10_00}
    )
    runtime.ledger().client.put_item(TableName=runtime.ledger().table, Item=payment_item(both))
    assert sweep() == Fired(removed=1)
    assert status(timer) is Status.PROCESSING


def test_a_timer_stored_again_changes_nothing() -> None:
    """Streams deliver at least once, possibly after the sweep."""
    timer = waiting()
    sweep()
    before = held(timer)
    timers.store_timers(timer_table.table(), [timer])
    assert sweep() == Fired(removed=1)
    assert (held(timer), rows()) == (before, set())


def test_a_step_that_is_not_possible_any_more_is_dropped() -> None:
    timer = waiting()
    expected = replace(timer, step="reverse", id=ids.timer_id(timer.operation_id, "reverse"))
    payment = held(timer)
    changed = replace(payment.operations[0], timers=(Timer(step="reverse", at=timer.at),))
    runtime.ledger().client.put_item(
        TableName=runtime.ledger().table, Item=payment_item(replace(payment, operations=(changed,)))
    )
    timers.remove_timers(timer_table.table(), [timer.id])
    timers.store_timers(timer_table.table(), [expected])
    assert sweep() == Fired(removed=1)
    assert status(timer) is Status.PROCESSING


def test_timers_that_no_operation_set_are_dropped() -> None:
    timer = waiting()
    timers.store_timers(
        timer_table.table(), [replace(timer, id=ids.timer_id("forged", "approve"), operation_id="forged")]
    )
    assert sweep() == Fired(performed=1, removed=2)
    assert len(later(timer)) == 1


def test_timers_of_purged_payments_are_dropped() -> None:
    timer = waiting()
    runtime.ledger().client.delete_item(TableName=runtime.ledger().table, Key=key(timer.payment_id))
    assert sweep() == Fired(removed=1)


def test_an_unreadable_payment_does_not_stop_the_others() -> None:
    spoilt, others = waiting(1), [waiting(number) for number in range(2, 12)]
    runtime.ledger().client.update_item(
        TableName=runtime.ledger().table, Key=key(spoilt.payment_id), UpdateExpression="REMOVE operations"
    )
    assert sweep() == Fired(performed=10, removed=10)
    assert {status(timer) for timer in others} == {Status.APPROVED}
    assert rows() == {spoilt.id}


def test_payments_of_manual_merchants_wait() -> None:
    mine, others = waiting(1), waiting(2, merchant=build.OTHER_MERCHANT)
    manual(build.MERCHANT)
    assert sweep() == Fired(performed=1, removed=1)
    assert (status(mine), status(others)) == (Status.PROCESSING, Status.APPROVED)
    assert timers.waiting(timer_table.table(), build.MERCHANT, limit=10) == ([mine], None)
    manual(build.MERCHANT, mode=SimulationMode.AUTOMATIC)
    assert sweep() == Fired(performed=1, removed=1)


def test_manual_merchants_keep_no_timer_of_a_purged_payment() -> None:
    old, young = (waiting(number, approve(ago(age))) for number, age in ((1, 100 * DAY), (2, HOUR)))
    for timer in (old, young):
        runtime.ledger().client.delete_item(TableName=runtime.ledger().table, Key=key(timer.payment_id))
    kept = waiting(3, approve(ago(100 * DAY)))
    manual(build.MERCHANT)
    sweep()
    assert rows() == {young.id, kept.id}
    assert status(kept) is Status.PROCESSING


@pytest.mark.full
def test_many_in_all_shards() -> None:
    every = [waiting(number) for number in range(MANY)]
    assert sweep() == Fired(performed=MANY, removed=MANY)
    assert {status(timer) for timer in every} == {Status.APPROVED}
    assert rows() == set()


def test_a_step_takes_one_update(wire: Wire) -> None:
    """Besides what a page shares: a query and three reads and writes of up to 100 timers."""
    for number in range(MANY):
        waiting(number)
    with wire.record() as sent:
        sweep()
    calls = [one.operation for one in sent]
    assert calls.count("UpdateItem") == MANY
    assert calls.count("Query") == 8
    # Of the timers, their payments and the settings of their merchants.
    assert calls.count("BatchGetItem") <= 24
    assert calls.count("BatchWriteItem") <= 8


@pytest.mark.full
def test_a_hundred_timers_share_seven_calls(wire: Wire) -> None:
    """With the query of a sweep, 1.08 calls for each: BatchGetItem reads 100 items, BatchWriteItem removes 25."""
    every = [waiting(number) for number in range(100)]
    with wire.record() as sent:
        assert due_timers.fire_timers([timer.id for timer in every]) == Fired(performed=100, removed=100)
    assert Counter(one.operation for one in sent) == {"BatchGetItem": 3, "UpdateItem": 100, "BatchWriteItem": 4}


def test_an_idle_sweep_only_queries(wire: Wire) -> None:
    with wire.record() as sent:
        sweep()
    assert [one.operation for one in sent] == ["Query"] * 8


def test_a_sweep_ends_in_time_and_reports_it() -> None:
    timer = waiting()
    in_a_hurry = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
    assert expire_payments.handler({}, in_a_hurry)["more"] is True
    assert status(timer) is Status.PROCESSING


# --- at the same time, and half way ----------------------------------------------------------------------------------


@pytest.mark.full
def test_two_sweeps_at_once_perform_a_step_once(wire: Wire) -> None:
    every = [waiting(number) for number in range(MANY)]
    swept: list[Fired] = []
    both = [threading.Thread(target=lambda: swept.append(sweep())) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert {len(later(timer)) for timer in every} == {1}
    assert rows() == set()
    for timer in every:
        check(held(timer))


def test_a_second_sweep_between_read_and_write(wire: Wire) -> None:
    timer = waiting()
    inner: list[Fired] = []

    def swept_before(request: Any, deliver: Any) -> Any:
        if not inner:
            inner.append(Fired())
            inner[:] = [sweep()]
        return deliver()

    with wire.broken(swept_before, when=lambda sent: sent.operation == "UpdateItem"):
        sweep()
    assert inner == [Fired(performed=1, removed=1)]
    assert len(later(timer)) == 1


TROUBLES = (crash.EVERY_ANSWER_LOST, crash.THROTTLED, crash.KILLED_BEFORE, crash.KILLED_AFTER)


@pytest.mark.full
def test_a_crash_at_any_call_is_made_good_by_the_next_sweep(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (timers, due_timers):
        monkeypatch.setattr(module, "TIMER_SHARDS", 1)
    every = [waiting(1, approve(ago(3 * HOUR), value="1")), waiting(2)]
    start = table_snapshot.take()
    with wire.record() as recorded:
        sweep()
    expected = [operation.id for timer in every for operation in held(timer).operations]
    assert len(expected) == 5
    for failure in crash.failures(recorded, *TROUBLES):
        table_snapshot.put_back(start)
        with failure.happening(wire):
            crash.attempted(lambda: [sweep()], [])
        for timer in every:
            # As the stream's reader does: what a step started may have been left to it.
            timers.store_timers(timer_table.table(), timers_of(held(timer)))
        sweep()
        assert [operation.id for timer in every for operation in held(timer).operations] == expected, failure
        assert rows() == set(), failure


def test_failing_timers_do_not_block_expiries(wire: Wire) -> None:
    payment = build.authorized(now=ago(8 * DAY))
    runtime.ledger().client.put_item(TableName=runtime.ledger().table, Item=payment_item(payment))
    timer = waiting()
    broken = wire.broken(
        crash.FAILING.fault, when=lambda sent: sent.operation == "Query" and "Timers" in sent.parameters["TableName"]
    )
    with broken, pytest.raises(Exception, match="InternalServerError"):
        expire_payments.handler({}, LONG)
    expired = get_payment(runtime.ledger(), payment.id)
    assert expired is not None
    assert (state_of(expired).status, status(timer)) == (Status.EXPIRED, Status.PROCESSING)
