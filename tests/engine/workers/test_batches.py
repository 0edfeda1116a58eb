"""The batches of queues, each in a thread that stays for the next one, and what is left in queues and streams."""

import logging
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest

from engine.ministack import view
from engine.workers.batches import Batches, Source, Threads, batch_size, service_of
from tests.support.tools.waiting import until

ACCOUNT, REGION = "000000000000", "us-east-1"
QUEUE: Final[Source] = (ACCOUNT, REGION, {"UUID": "q", "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:queue"})
STREAM: Final[Source] = (
    ACCOUNT,
    REGION,
    {"UUID": "s", "EventSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/ledger/stream/2026"},
)
OTHER: Final[Source] = (ACCOUNT, REGION, {"UUID": "k", "EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:x"})


class Scoped(dict[tuple[str, str, str], Any]):
    """A dictionary of ministack, by account and Region."""

    _data = property(lambda self: self)

    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        return self.get((account, region, name), default)


class Engine:
    """The parts of ministack that batches read and change."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.in_flight: dict[str, int] = {}
        self.positions, self.records, self.trimmed, self.queues = Scoped(), Scoped(), Scoped(), Scoped()
        functions: Any = SimpleNamespace(
            _dynamodb_stream_positions=self.positions,
            _esm_inflight=self.in_flight,
            _esm_inflight_lock=threading.Lock(),
            _esm_wake=self.woken,
            logger=logging.getLogger("lambda"),
        )
        tables: Any = SimpleNamespace(_stream_records=self.records, _stream_trimmed=self.trimmed)
        queues: Any = SimpleNamespace(_queues=self.queues)
        self.batches = Batches(view("lambda_svc", functions), view("dynamodb", tables), view("sqs", queues))

    def dispatch(self, messages: int, handle: Callable[[], object]) -> None:
        """Let a function handle a batch, as ministack's poller does."""
        batch = [{"id": str(number)} for number in range(messages)]
        self.batches.dispatch("q", lambda *_: handle(), QUEUE[2], {}, {"Records": []}, batch, "url", "queue")


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_a_batch_is_in_flight_until_it_was_handled_and_then_wakes_the_poller(engine: Engine) -> None:
    gate = threading.Event()
    engine.dispatch(3, lambda: gate.wait(5))
    assert (engine.in_flight, engine.batches.is_busy(QUEUE), engine.woken.is_set()) == ({"q": 1}, True, False)
    assert engine.batches.taken(QUEUE) == 3
    gate.set()
    assert engine.woken.wait(5)
    assert (engine.in_flight, engine.batches.is_busy(QUEUE), engine.batches.taken(QUEUE)) == ({}, False, 3)


def test_a_function_is_busy_with_its_newest_batch_only(engine: Engine) -> None:
    """One that waits for a receiver does not hold up the others."""
    gate, done = threading.Event(), threading.Event()
    engine.dispatch(1, lambda: gate.wait(5))
    engine.dispatch(1, done.set)
    until(lambda: engine.in_flight == {"q": 1}, "the second batch")
    assert not engine.batches.is_busy(QUEUE)
    gate.set()
    until(lambda: engine.in_flight == {}, "the first batch")


def test_a_batch_that_raises_ends_too(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise RuntimeError("no worker")

    engine.dispatch(1, fails)
    assert engine.woken.wait(5)
    assert engine.in_flight == {}
    until(lambda: "no worker" in caplog.text, "the line")


def test_visible_messages_are_waiting(engine: Engine) -> None:
    now = time.time()
    messages = [{"visible_at": now - 1}, {"visible_at": now + 60}, {"visible_at": now - 1}]
    engine.queues[ACCOUNT, REGION, "url"] = {
        "attributes": {"QueueArn": QUEUE[2]["EventSourceArn"]},
        "messages": messages,
    }
    assert engine.batches.waiting(QUEUE) == 2
    messages[:] = [{"visible_at": now + 60}]
    assert engine.batches.waiting(QUEUE) == 0
    messages[:] = [{"visible_at": now - 1}] * 25
    assert engine.batches.waiting(QUEUE) == 10


def test_records_after_a_readers_position_are_waiting(engine: Engine) -> None:
    engine.records[ACCOUNT, REGION, "ledger"] = ["a", "b", "c"]
    engine.trimmed[ACCOUNT, REGION, "ledger"] = 40
    assert engine.batches.waiting(STREAM) is None, "the first poll sets the position"
    for position, waiting in ((40, 3), (42, 1), (43, 0)):
        engine.positions[ACCOUNT, REGION, "s"] = position
        assert (engine.batches.waiting(STREAM), engine.batches.taken(STREAM)) == (waiting, position)


def test_what_is_not_known_is_polled(engine: Engine) -> None:
    assert engine.batches.waiting(QUEUE) is None
    assert engine.batches.waiting(OTHER) is None


@pytest.mark.parametrize("source, stated, size", [(QUEUE, 5, 5), (QUEUE, None, 10), (STREAM, None, 100)])
def test_the_size_of_a_batch_is_the_mappings(source: Source, stated: int | None, size: int) -> None:
    parts = {} if stated is None else {"BatchSize": stated}
    assert batch_size((*source[:2], source[2] | parts)) == size


def test_the_service_of_a_source() -> None:
    assert [service_of(source) for source in (QUEUE, STREAM, OTHER)] == ["sqs", "dynamodb", "kinesis"]
    assert service_of((ACCOUNT, REGION, {})) == ""


def test_a_thread_stays_for_the_next_task() -> None:
    threads, used = Threads(lambda _: None), list[int]()
    for number in range(1, 6):
        threads.run(lambda: used.append(threading.get_ident()))
        until(lambda so_far=number: len(used) == so_far and threads.idle == 1, "the task")
    assert len(set(used)) == 1


def test_tasks_do_not_wait_for_each_other() -> None:
    failures: list[Exception] = []
    threads, gate, at_once = Threads(failures.append), threading.Event(), threading.Barrier(3)

    def works() -> None:
        at_once.wait(5)
        gate.wait(5)

    for _ in range(2):
        threads.run(works)
    at_once.wait(5)
    assert threads.idle == 0
    gate.set()
    until(lambda: threads.idle == 2, "both threads")
    threads.run(lambda: 1 / 0)
    until(lambda: threads.idle == 2 and failures, "the failure")
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
