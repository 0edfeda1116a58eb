"""Polling of queues and streams: an idle one is read at once, a busy one in batches."""

import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.batches import Source
from engine.workers.event_sources import IDLE_S, Pace, Polling, pace

ACCOUNT, REGION = "000000000000", "us-east-1"
QUEUE, STREAM = "queue", "stream"
QUIET_S, MOST_S = 0.02, 0.1
BATCH = 10


def mapping(name: str) -> Source:
    return ACCOUNT, REGION, {"UUID": name, "BatchSize": BATCH}


class Sources:
    """Two sources with their contents, what their functions do, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.given = Counter[str]()
        self.left = Counter[str]()
        self.busy: set[str] = set()
        self.unknown: set[str] = set()
        self.awaited = False
        self.pace = Pace(self, lambda: self.now, QUIET_S, MOST_S, lambda: self.awaited)

    def waiting(self, source: Source) -> int | None:
        return None if source[2]["UUID"] in self.unknown else self._of_batch(source)

    def taken(self, source: Source) -> int:
        return self.given[source[2]["UUID"]]

    def is_busy(self, source: Source) -> bool:
        return source[2]["UUID"] in self.busy

    def _of_batch(self, source: Source) -> int:
        return min(BATCH, self.left[source[2]["UUID"]])

    def read(self) -> dict[str, int]:
        """Poll each source as ministack's pollers do, and return the number of records read."""
        read: dict[str, int] = {}
        for source in self.pace.due(iter([mapping(QUEUE), mapping(STREAM)])):
            name = source[2]["UUID"]
            read[name] = self._of_batch(source)
            self.left[name] -= read[name]
            self.given[name] += read[name]
        return read

    def read_until(self, records: int, every_s: float, until_s: float) -> list[int]:
        """Let records arrive at a fixed interval, poll at every arrival, and return the sizes of the batches."""
        batches: list[int] = []
        ends = self.now + until_s
        while self.now < ends:
            self.left[QUEUE] += records
            batches += self.read().values()
            self.now += every_s
        return batches


@pytest.fixture
def sources() -> Sources:
    return Sources()


def test_an_idle_source_is_polled_at_once(sources: Sources) -> None:
    sources.read()
    sources.left[QUEUE] = 1
    assert sources.read() == {QUEUE: 1}


def test_an_empty_source_is_not_polled(sources: Sources) -> None:
    sources.left[STREAM] = 1
    assert sources.read() == {STREAM: 1}


def test_subsequent_records_are_read_in_a_batch(sources: Sources) -> None:
    sources.left[QUEUE] = 1
    sources.read()
    for _ in range(3):
        sources.now += 0.005
        sources.left[QUEUE] += 1
        assert sources.read() == {}
    sources.now += QUIET_S
    assert sources.read() == {QUEUE: 3}


def test_records_that_a_request_awaits_are_read_at_once(sources: Sources) -> None:
    sources.left[QUEUE] = 1
    sources.read()
    sources.left[QUEUE] = 1
    assert sources.read() == {}
    sources.awaited = True
    assert sources.read() == {QUEUE: 1}


def test_a_full_batch_is_read_at_once(sources: Sources) -> None:
    sources.left[QUEUE] = 2 * BATCH + 1
    sources.busy.add(QUEUE)
    assert [sources.read(), sources.read(), sources.read()] == [{QUEUE: BATCH}, {QUEUE: BATCH}, {}]


def test_records_are_gathered_while_the_batch_before_is_handled(sources: Sources) -> None:
    sources.left[QUEUE] = 1
    sources.read()
    sources.busy.add(QUEUE)
    sources.left[QUEUE] = 2
    assert sources.read() == {}
    sources.now += 2 * QUIET_S
    assert sources.read() == {}
    sources.busy.clear()
    assert sources.read() == {QUEUE: 2}


def test_a_function_that_takes_long_is_not_awaited(sources: Sources) -> None:
    """It waits for something itself, such as the receiver of a webhook."""
    sources.left[QUEUE] = 1
    sources.read()
    sources.busy.add(QUEUE)
    sources.left[QUEUE] = 1
    assert sources.read() == {}
    sources.now += MOST_S
    assert sources.read() == {QUEUE: 1}


def test_an_idle_source_is_polled_at_once_though_its_function_is_busy(sources: Sources) -> None:
    """A receiver that does not respond holds up no other one's webhook."""
    sources.left[QUEUE] = 1
    sources.read()
    sources.busy.add(QUEUE)
    sources.now += QUIET_S
    sources.left[QUEUE] = 1
    assert sources.read() == {QUEUE: 1}


def test_batches_grow_while_records_keep_coming(sources: Sources) -> None:
    """The first one was idle. Then one comes every 8 ms, which makes a full batch in less than the longest time."""
    assert sources.read_until(1, every_s=0.008, until_s=1.0) == [1, *[BATCH] * 12]


@pytest.mark.parametrize("arrived", range(1, BATCH))
def test_the_last_of_many_wait_until_the_source_is_quiet(arrived: int, sources: Sources) -> None:
    sources.left[QUEUE] = BATCH
    sources.read()
    for _ in range(arrived):
        sources.now += 0.008
        sources.left[QUEUE] += 1
        assert sources.read() == {}
    sources.now += QUIET_S
    assert sources.read() == {QUEUE: arrived}


@pytest.mark.parametrize("every_s", [1.1 * QUIET_S, 2.5 * QUIET_S, MOST_S])
def test_one_record_at_a_time_is_never_gathered(every_s: float, sources: Sources) -> None:
    assert set(sources.read_until(1, every_s=every_s, until_s=2.0)) == {1}


@pytest.mark.parametrize("records, every_s", [(1, 0.008), (3, 0.009), (1, 0.03), (7, 0.05)])
@pytest.mark.parametrize("busy", [False, True])
def test_no_record_waits_longer_than_the_longest(busy: bool, records: int, every_s: float, sources: Sources) -> None:
    """A poll can be late by one arrival here."""
    if busy:
        sources.busy.add(QUEUE)
    last_at = sources.now
    for _ in range(200):
        sources.left[QUEUE] += records
        if sources.read():
            last_at = sources.now
        assert sources.now - last_at <= MOST_S + every_s
        sources.now += every_s


def test_after_a_pause_a_source_is_idle_again(sources: Sources) -> None:
    sources.read_until(1, every_s=0.008, until_s=1.0)
    sources.now += MOST_S
    sources.left[QUEUE] = 1
    assert sources.read() == {QUEUE: 1}


def test_what_is_gathered_stays_in_its_source(sources: Sources) -> None:
    """It is saved there when the engine stops, and the next engine has not read the source, so it polls at once."""
    sources.left[QUEUE] = 1
    sources.read()
    sources.left[QUEUE] = 3
    assert (sources.read(), sources.left[QUEUE]) == ({}, 3)
    sources.pace = Pace(sources, lambda: sources.now, QUIET_S, MOST_S)
    assert sources.read() == {QUEUE: 3}


def test_a_source_whose_content_is_not_known_is_polled_after_a_moment(sources: Sources) -> None:
    sources.unknown.add(QUEUE)
    sources.left[QUEUE] = 1
    assert sources.read() == {QUEUE: 1}
    assert sources.read() == {}
    sources.now += QUIET_S
    sources.left[QUEUE] = 1
    assert sources.read() == {QUEUE: 1}


def test_sources_do_not_wait_for_each_other(sources: Sources) -> None:
    sources.left[QUEUE] = 1
    sources.read()
    sources.left |= {QUEUE: 1, STREAM: 1}
    assert sources.read() == {STREAM: 1}


def test_next_poll_is_when_the_first_source_is_due(sources: Sources) -> None:
    assert sources.pace.wait_s() == IDLE_S
    sources.left[QUEUE] = 1
    sources.read()
    sources.now += 0.005
    sources.left |= {QUEUE: 1, STREAM: 1}
    sources.read()
    sources.now += 0.005
    sources.left[STREAM] = 1
    sources.read()
    assert sources.pace.wait_s() == pytest.approx(QUIET_S - 0.005)  # the queue's; the stream's is 5 ms later
    assert sources.pace.wait_s() == IDLE_S


class EndedError(BaseException):
    """Raised to end an infinite loop."""


def ends(_: float) -> bool:
    raise EndedError


def ministack(**parts: Any) -> tuple[Any, Any, Any, Any]:
    """Return ministack's Lambda with these parts, and views of it, of the tables and of the queues."""
    functions: Any = SimpleNamespace(
        _dynamodb_stream_positions=Scoped(),
        _esm_inflight={},
        _esm_inflight_lock=threading.Lock(),
        _esm_wake=SimpleNamespace(clear=lambda: None, wait=ends, set=lambda: None),
        **{"_iter_all_esms": lambda: iter([]), "_poll_kinesis": bool, **parts},
    )
    tables: Any = SimpleNamespace(_stream_records=Scoped(), _stream_trimmed=Scoped())
    queues: Any = SimpleNamespace(_queues=Scoped())
    return functions, view("lambda_svc", functions), view("dynamodb", tables), view("sqs", queues)


class Scoped:
    """A dictionary of ministack, by account and Region."""

    def __init__(self) -> None:
        self._data: dict[tuple[str, str, str], Any] = {}

    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        return self._data.get((account, region, name), default)

    def __setitem__(self, name: str, value: Any) -> None:
        self._data[ACCOUNT, REGION, name] = value


def test_a_failing_source_does_not_block_others() -> None:
    said: list[str] = []
    read: list[str] = []

    def breaks() -> bool:
        raise RuntimeError("spoilt")

    functions, *views = ministack(
        _poll_sqs=breaks,
        _poll_kinesis=lambda: bool(read.append("kinesis")),
        _poll_dynamodb_streams=lambda: bool(read.append("streams")),
        logger=SimpleNamespace(exception=lambda text, *words: said.append(text % words)),
    )
    pace(*views)
    with pytest.raises(EndedError):
        functions._poll_loop()
    assert (read, said) == (["kinesis", "streams"], ["sqs could not be read"])


def test_after_its_end_no_source_is_polled() -> None:
    in_flight = {"queue": 1}
    polling = Polling(in_flight)
    assert polling.poll(lambda: True)
    polling.end()
    assert not polling.poll(lambda: True)
    assert not polling.is_done, "a function is still handling a batch"
    in_flight.clear()
    assert polling.is_done


def test_polling_is_not_done_while_a_source_is_being_polled() -> None:
    """The functions of streams run meanwhile."""
    polling = Polling({})

    def look() -> bool:
        polling.end()
        assert not polling.is_done
        return True

    assert polling.poll(look)
    assert polling.is_done


def test_each_poll_examines_the_sources_of_its_service() -> None:
    """ministack examines every source for each of three services."""
    sources = [
        (ACCOUNT, REGION, {"UUID": service, "EventSourceArn": f"arn:aws:{service}:us-east-1:000000000000:name"})
        for service in ("sqs", "dynamodb", "kinesis")
    ]
    examined: dict[str, list[str]] = {}

    def examining(kind: str) -> Any:
        def poll() -> bool:
            examined[kind] = [source["UUID"] for _, _, source in functions._iter_all_esms()]
            return False

        return poll

    functions, *views = ministack(
        _iter_all_esms=lambda: iter(sources),
        _poll_sqs=examining("sqs"),
        _poll_kinesis=examining("kinesis"),
        _poll_dynamodb_streams=examining("streams"),
    )
    pace(*views)
    with pytest.raises(EndedError):
        functions._poll_loop()
    assert examined == {"sqs": ["sqs"], "kinesis": ["kinesis"], "streams": ["dynamodb"]}
