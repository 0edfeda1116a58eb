"""The stream's reader that stores timers: those of the records' operations, whatever comes twice or cannot be read."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import endpoint

from payments import store_timers
from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.settings import TimerQueueSettings
from paysandbox.payments.payment import Payment, Timer
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from tests.support.builders import build, disputes
from tests.support.builders.timed_payments import pending
from tests.support.fakes import stream
from tests.support.worlds import crash, table_snapshot, tables
from tests.support.worlds.aws_transport import Sent, Wire

SOON, LATE = timedelta(seconds=90), timedelta(hours=1)
POISON = stream.of_images({"NewImage": {"version": {"N": "1"}, "operations": {"S": "4242424242424242"}}})


@pytest.fixture(autouse=True)
def wire(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The wire between the worker, the table and the queue."""
    tables.forget(clients=False)
    wire = Wire()
    wire.attach(runtime.dynamodb())
    wire.attach(runtime.sqs())
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    runtime.sqs().create_queue(QueueName=queue_url().rpartition("/")[2])
    yield wire
    wire.detach()


def queue_url() -> str:
    return runtime.settings_of(TimerQueueSettings).timer_queue


def timed(number: int = 1, *after: timedelta) -> Payment:
    now = runtime.now()
    steps = ("approve", "decline")
    due = [Timer(step=step, at=now + time) for step, time in zip(steps, after or (SOON, LATE), strict=False)]
    return pending(number, *due, now=now)


def work(*records: Any) -> None:
    assert store_timers.handler({"Records": [*records]}, None) == {"batchItemFailures": []}


def stored() -> list[StoredTimer]:
    return sorted(map(timers.timer_from, table_snapshot.items_of(tables.TIMED)), key=lambda timer: timer.at)


def queued(sent: list[Sent]) -> list[tuple[str, int]]:
    """Return the timer and the delay of each message sent."""
    batches = [one.parameters["Entries"] for one in sent if one.operation == "SendMessageBatch"]
    return [(json.loads(e["MessageBody"])["timer_id"], e["DelaySeconds"]) for entries in batches for e in entries]


def test_the_timers_of_a_record_are_stored_and_soon_ones_queued(wire: Wire) -> None:
    payment = timed()
    with wire.record() as sent:
        work(stream.record(None, payment))
    assert stored() == [*timers_of(payment)]
    [(timer_id, delay_s)] = queued(sent)
    assert (timer_id, delay_s in (89, 90)) == (stored()[0].id, True)


def test_a_repeated_record_stores_the_same_timers(wire: Wire) -> None:
    record = stream.record(None, timed())
    work(record)
    before = table_snapshot.items_of(tables.TIMED)
    work(record, record)
    assert table_snapshot.items_of(tables.TIMED) == before


def test_only_new_operations_count(wire: Wire) -> None:
    payment = timed()
    with wire.record() as sent:
        work(stream.record(payment, replace(payment, version=2)), stream.record(payment, None))
        work(stream.record(None, build.authorized()))
        work()
    assert sent == []
    assert stored() == []


def test_more_than_one_batch(wire: Wire) -> None:
    with wire.record() as sent:
        work(*(stream.record(None, timed(number)) for number in range(30)))
    assert len(stored()) == 60
    assert [one.operation for one in sent] == ["BatchWriteItem"] * 3 + ["SendMessageBatch"] * 3


def test_overdue_timers_are_queued_at_once(wire: Wire) -> None:
    with wire.record() as sent:
        work(stream.record(None, timed(1, -LATE)))
    assert [delay_s for _, delay_s in queued(sent)] == [0]


def test_an_unreadable_record_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", log)
    work(POISON, stream.record(None, timed()))
    assert len(stored()) == 2
    assert "unreadable payment" in log.getvalue()
    assert "4242424242424242" not in log.getvalue()


def test_an_outage_of_the_queue_is_left_to_the_sweep(wire: Wire) -> None:
    with wire.broken(crash.FAILING.fault, when=lambda sent: sent.operation == "SendMessageBatch"):
        work(stream.record(None, timed()))
    assert len(stored()) == 2


def test_without_a_queue_nothing_is_queued(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*TimerQueueSettings("").to_env().popitem())
    runtime._settings.cache_clear()
    with wire.record() as sent:
        work(stream.record(None, timed()))
    assert queued(sent) == []


@pytest.mark.parametrize(
    "trouble", [crash.EVERY_ANSWER_LOST, crash.THROTTLED, crash.KILLED_BEFORE, crash.KILLED_AFTER], ids=str
)
def test_a_failed_batch_is_completed_by_its_retry(trouble: crash.Trouble, wire: Wire) -> None:
    batch = [stream.record(None, timed(number)) for number in range(15)]
    with wire.record() as recorded:
        work(*batch)
    expected = stored()
    for failure in crash.failures(recorded, trouble):
        timers.remove_timers(timer_table.table(), [timer.id for timer in expected])
        with failure.happening(wire):
            crash.attempted(lambda: [work(*batch)], [])
        work(*batch)
        assert stored() == expected, failure


# --- disputes ---------------------------------------------------------------------------------------------------------


def disputes_stored() -> list[str]:
    return [row["dispute_id"]["S"] for row in table_snapshot.items_of(tables.DISPUTED)]


def test_the_row_of_a_dispute_is_stored_with_its_timer(wire: Wire) -> None:
    payment = disputes.NEEDS_RESPONSE
    with wire.record() as sent:
        work(stream.record(disputes.CAPTURED, payment))
    assert disputes_stored() == disputes.ids_of(payment, [1])
    assert [timer.step for timer in stored()] == ["expire"]
    assert sorted({one.operation for one in sent} - {"SendMessageBatch"}) == ["BatchWriteItem", "UpdateItem"]


def test_a_later_step_keeps_the_row_for_longer() -> None:
    opened = stream.record(disputes.CAPTURED, disputes.NEEDS_RESPONSE)
    reviewed = stream.record(disputes.NEEDS_RESPONSE, disputes.UNDER_REVIEW)

    def purge_at() -> int:
        [row] = table_snapshot.items_of(tables.DISPUTED)
        return int(row["purge_at"]["N"])

    work(opened)
    first = purge_at()
    work(reviewed)
    last = purge_at()
    work(opened, reviewed)
    assert first < last == purge_at(), "a batch that comes again is written in its order"


def test_operations_without_a_dispute_write_no_row() -> None:
    work(stream.record(None, timed()), stream.record(disputes.NEEDS_RESPONSE, disputes.NEEDS_RESPONSE))
    assert disputes_stored() == []


@pytest.mark.full
@pytest.mark.parametrize(
    "trouble", [crash.EVERY_ANSWER_LOST, crash.THROTTLED, crash.KILLED_BEFORE, crash.KILLED_AFTER], ids=str
)
def test_rows_of_a_failed_batch_are_completed_by_its_retry(trouble: crash.Trouble, wire: Wire) -> None:
    batch = [stream.record(disputes.CAPTURED, disputes.NEEDS_RESPONSE)]

    def once() -> list[Any]:
        work(*batch)
        return []

    with wire.record() as recorded:
        once()
    expected = table_snapshot.items_of(tables.DISPUTED)
    for failure in crash.failures(recorded, trouble):
        table_snapshot.put_back(table_snapshot.EMPTY)
        with failure.happening(wire):
            again = crash.attempted(once, batch)
        work(*again)
        assert table_snapshot.items_of(tables.DISPUTED) == expected, failure
