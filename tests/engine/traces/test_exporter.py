"""The exporter, with a collector on this machine: batches, troubles, and what is lost."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.traces import exporter as exporters
from engine.traces.exporter import BATCH, OBSERVED_MAX, Exporter
from engine.traces.observed import AwsCall, Invocation
from paysandbox.core import ids
from tests.engine.traces.test_spans import AUTHORIZED, PAYMENT, put, request
from tests.support.builders import build
from tests.support.fakes.collector import Backend, collector
from tests.support.fakes.receiver import RESET, Answer
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

GATHERED_FOR_S = 0.02


def writes(count: int) -> Iterator[Invocation]:
    """Yield invocations of a worker, each with the write of another payment."""
    for number in range(count):
        payment = build.authorized(payment_id=ids.payment_id(str(number)))
        yield Invocation("", "expire_payments", 0, calls=[put(payment)])


@contextmanager
def running(url: str) -> Iterator[tuple[Exporter, list[str]]]:
    """Run an exporter until the block ends."""
    lines: list[str] = []
    exporter = Exporter(url, lambda: (), lines.append, gathered_for_s=GATHERED_FOR_S, retry_first_s=GATHERED_FOR_S)
    exporter.start()
    try:
        yield exporter, lines
    finally:
        exporter.close()


def test_spans_arrive_and_nothing_is_said() -> None:
    with collector() as backend, running(backend.url) as (exporter, lines):
        exporter.put(AUTHORIZED)
        until(lambda: len(backend.spans()) == 3, "the spans")
    assert lines == []
    assert {span.name for span in backend.spans().values()} >= {"write authorize"}


def test_many_spans_are_sent_in_batches() -> None:
    count = BATCH + 1
    with collector() as backend, running(backend.url) as (exporter, _):
        for each in writes(count):
            exporter.put(each)
        until(lambda: len(backend.spans()) == count, "all spans")
        assert len(backend.received.received) >= 2


@pytest.mark.parametrize("trouble", [RESET, 429, 502, 503, 504])
def test_a_batch_that_was_not_taken_is_sent_again(trouble: Answer) -> None:
    with collector([trouble, trouble, 200]) as backend, running(backend.url) as (exporter, lines):
        exporter.put(AUTHORIZED)
        until(lambda: len(lines) == 2, "the collector's return")
        first, *again = [json.loads(one.body) for one in backend.received.received]
        assert again == [first, first]
    assert "Payments go on" in lines[0]
    assert "0 were lost" in lines[1]


@pytest.mark.parametrize("status", [301, 400, 404, 500])
def test_a_batch_that_was_refused_is_lost(status: int) -> None:
    with collector([status, 200]) as backend, running(backend.url) as (exporter, lines):
        exporter.put(AUTHORIZED)
        until(lambda: lines, "the trouble")
        exporter.put(request(status=403))
        until(lambda: len(lines) == 2, "the collector's return")
    assert f"answers with {status}" in lines[0]
    assert "3 were lost" in lines[1]


def test_a_collector_that_starts_later_gets_what_waited() -> None:
    with running(f"http://127.0.0.1:{free_port()}") as (exporter, lines):
        exporter.put(AUTHORIZED)
        until(lambda: lines, "the trouble")
        with collector() as backend:
            exporter._url = backend.url
            until(lambda: len(backend.spans()) == 3, "the spans")
    assert "does not answer (ConnectionRefusedError)" in lines[0]


def test_the_oldest_are_lost_if_the_collector_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporters, "SPANS_MAX", 10)
    with running(f"http://127.0.0.1:{free_port()}") as (exporter, lines):
        for each in writes(30):
            exporter.put(each)
        until(lambda: lines, "the trouble")
        with collector() as backend:
            exporter._url = backend.url
            until(lambda: len(lines) == 2, "the collector's return")
            assert len(backend.spans()) == 10
    assert "20 were lost" in lines[1]


def test_the_queue_is_bounded_and_never_waited_for() -> None:
    exporter = Exporter("http://127.0.0.1:1", lambda: (), print)
    for _ in range(OBSERVED_MAX + 10):
        exporter.put(AUTHORIZED)
    assert len(exporter._observed) == OBSERVED_MAX


def test_what_cannot_be_read_is_said_once_and_the_rest_is_sent() -> None:
    broken = Invocation("", "f", 0, calls=[AwsCall("PutItem", b"{", 0, 0, 200)])
    with collector() as backend, running(backend.url) as (exporter, lines):
        for each in (broken, broken, AUTHORIZED):
            exporter.put(each)
        until(lambda: len(backend.spans()) == 3, "the spans")
    assert len(lines) == 1


def test_what_is_queued_at_the_end_is_sent() -> None:
    with collector() as backend:
        exporter = Exporter(backend.url, lambda: (), print, gathered_for_s=60)
        exporter.start()
        exporter.put(AUTHORIZED)
        exporter.close(10)
        assert len(backend.spans()) == 3


def test_closing_does_not_wait_for_a_collector_that_hangs() -> None:
    asked, answered = threading.Event(), threading.Event()

    def hang(_: Any) -> int:
        asked.set()
        answered.wait(30)
        return 200

    with collector([hang]) as backend:
        exporter = Exporter(backend.url, lambda: (), print, gathered_for_s=GATHERED_FOR_S)
        exporter.start()
        exporter.put(AUTHORIZED)
        assert asked.wait(10)
        exporter.close(0.05)
        assert exporter._thread.is_alive()
        answered.set()
        exporter.close(10)
        assert not exporter._thread.is_alive()


def test_a_path_of_the_url_precedes_that_of_traces() -> None:
    backend: Backend
    with collector() as backend, running(f"{backend.url}/") as (exporter, _):
        exporter.put(AUTHORIZED)
        until(backend.spans, "the spans")
        assert backend.received.received[0].path.endswith("/v1/traces")
        assert "//v1" not in backend.received.received[0].path
    assert PAYMENT.id in backend.received.received[0].body.decode()
