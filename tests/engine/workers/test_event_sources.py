"""Polling of queues and streams: an idle one is read at once, a busy one in batches."""

from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.event_sources import IDLE_S, Pace, Polling, pace

ACCOUNT, REGION = "000000000000", "us-east-1"
QUEUE, STREAM = {"UUID": "queue"}, {"UUID": "stream"}


class Sources:
    """Two sources with their contents, and the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.given = {"queue": 0, "stream": 0}
        self.waiting = {"queue": 0, "stream": 0}
        self.pace = Pace(self.given.get, lambda: self.now, gathered_for_s=0.02)

    def read(self) -> dict[str, int]:
        """Poll each source as ministack's pollers do, and return the number of items read."""
        taken: dict[str, int] = {}
        for _, _, source in self.pace.due(iter([(ACCOUNT, REGION, QUEUE), (ACCOUNT, REGION, STREAM)])):
            name = source["UUID"]
            if self.waiting[name]:
                taken[name], self.waiting[name] = self.waiting[name], 0
                self.given[name] += taken[name]
        return taken


@pytest.fixture
def sources() -> Sources:
    return Sources()


def test_an_idle_source_is_polled_at_once(sources: Sources) -> None:
    sources.read()
    sources.waiting["queue"] = 1
    assert sources.read() == {"queue": 1}


def test_subsequent_records_are_read_in_a_batch(sources: Sources) -> None:
    sources.waiting["queue"] = 1
    sources.read()
    for _ in range(3):
        sources.now += 0.005
        sources.waiting["queue"] += 1
        assert sources.read() == {}
    sources.now += 0.006
    assert sources.read() == {"queue": 3}


def test_sources_do_not_wait_for_each_other(sources: Sources) -> None:
    sources.waiting["queue"] = 1
    sources.read()
    sources.waiting |= {"queue": 1, "stream": 1}
    assert sources.read() == {"stream": 1}


def test_next_poll_is_when_the_first_source_is_due(sources: Sources) -> None:
    assert sources.pace.wait_s() == IDLE_S
    sources.waiting["queue"] = 1
    sources.read()
    sources.now += 0.005
    sources.waiting["stream"] = 1
    sources.read()
    sources.now += 0.005
    sources.read()
    assert sources.pace.wait_s() == pytest.approx(0.01)  # the queue's; the stream's is 5 ms later
    assert sources.pace.wait_s() == IDLE_S


def test_a_failing_source_does_not_block_others() -> None:
    class EndedError(BaseException):
        """Raised to end the infinite loop."""

    said: list[str] = []
    read: list[str] = []

    def breaks() -> bool:
        raise RuntimeError("spoilt")

    def ends(_: float) -> bool:
        raise EndedError

    functions: Any = SimpleNamespace(
        _dynamodb_stream_positions={},
        _esm_inflight={},
        _iter_all_esms=lambda: iter([]),
        _esm_wake=SimpleNamespace(clear=lambda: None, wait=ends),
        _poll_sqs=breaks,
        _poll_kinesis=lambda: bool(read.append("kinesis")),
        _poll_dynamodb_streams=lambda: bool(read.append("streams")),
        logger=SimpleNamespace(exception=lambda text, *words: said.append(text % words)),
    )
    pace(view("lambda_svc", functions))
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

    class EndedError(BaseException):
        """Raised to end the infinite loop."""

    def ends(_: float) -> bool:
        raise EndedError

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

    functions: Any = SimpleNamespace(
        _dynamodb_stream_positions={},
        _esm_inflight={},
        _iter_all_esms=lambda: iter(sources),
        _esm_wake=SimpleNamespace(clear=lambda: None, wait=ends),
        _poll_sqs=examining("sqs"),
        _poll_kinesis=examining("kinesis"),
        _poll_dynamodb_streams=examining("streams"),
    )
    pace(view("lambda_svc", functions))
    with pytest.raises(EndedError):
        functions._poll_loop()
    assert examined == {"sqs": ["sqs"], "kinesis": ["kinesis"], "streams": ["dynamodb"]}
