"""The times in which an event loop answers nobody: they are seen from outside, and have the causes of their moment."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks import stalls
from benchmarks.measuring import loop_probe
from benchmarks.stalls import Delays, Scrape, causes, delays, failures, histogram, outside, since
from engine.metrics.event_loop import CAUSES, EventLoop
from engine.metrics.exposition import exposition

STALL_S = 0.2


class Stalling(socketserver.StreamRequestHandler):
    """Answers at once, except the fifth request. Each answer is in two parts."""

    def handle(self) -> None:
        for number in range(1, 1_000_000):
            while (line := self.rfile.readline()) != b"\r\n":
                if not line:
                    return
            if number == 5:
                threading.Event().wait(STALL_S)
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nno")
            self.wfile.flush()
            self.wfile.write(b"ne")


@contextmanager
def stalling() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stalling) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_stall_is_one_long_answer() -> None:
    with stalling() as port:
        answers = loop_probe.ask(port, (number == 10 for number in range(11)), every_s=0.002)
    assert [number for number, (_, ms) in enumerate(answers, 1) if ms >= STALL_S * 1_000] == [5]
    assert len(answers) == 10
    assert [at for at, _ in answers] == sorted(at for at, _ in answers)


def test_the_probe_is_a_process_that_ends_with_its_input() -> None:
    with stalling() as port:
        began = time.time()
        with loop_probe.probe(port) as probed:
            threading.Event().wait(0.5)
        assert all(began <= at <= time.time() for at, _ in probed.answers)


def test_every_time_is_in_one_bucket() -> None:
    assert histogram([0.1, 5.0, 5.1, 30.0, 30.1, 501.0]) == {
        "<= 5": 2, "<= 10": 1, "<= 20": 0, "<= 30": 1, "<= 50": 1, "<= 100": 0, "<= 200": 0, "<= 500": 0, "> 500": 1,
    }  # fmt: skip


def test_delays_are_those_of_the_engine() -> None:
    found = delays(exposition(EventLoop(lambda: 0).families()).decode())
    assert found.keys() == set(CAUSES)
    assert all(bounds[float("inf")] == 0 for bounds in found.values())


def counts(**stalled: int) -> Delays:
    """Return delays: a hundred short ones of each cause, and as many stalls."""
    return {cause: {0.005: 100, 0.01: 100, 0.25: 100 + stalled.get(cause, 0)} for cause in CAUSES}


SCRAPES = [
    Scrape(100.0, counts()),
    Scrape(102.0, counts(fork=1)),
    Scrape(104.0, counts(fork=1, work=1, collection=3)),
    Scrape(106.0, counts(fork=1, work=1, collection=3)),
]


@pytest.mark.parametrize(
    "at, ms, expected",
    [
        (100.5, 50, ["fork"]),
        (102.5, 50, ["collection", "work"]),
        (101.9, 300, ["collection", "fork", "work"]),  # until after the second scrape
        (104.5, 50, []),
        (99.0, 10, []),
        (107.0, 10, []),
    ],
)
def test_a_stall_has_the_causes_between_the_scrapes_around_it(at: float, ms: float, expected: list[str]) -> None:
    assert sorted(causes(SCRAPES, at, ms)) == expected
    assert causes(SCRAPES, 102.5, 50) == ["collection", "work"], "the most frequent first"


def test_delays_since_a_moment() -> None:
    assert since(counts(fork=1), counts(fork=3))["fork"] == {0.005: 0, 0.01: 0, 0.25: 2}


def test_the_longest_times_are_named_with_their_moment() -> None:
    found = outside([(100.0, 1.0), (100.5, 50.0), (102.5, 200.0)], SCRAPES)
    assert (found["answers"], found["most_ms"]) == (3, 200.0)
    assert found["largest"][:2] == [
        {"after_s": 2.5, "ms": 200.0, "causes": ["collection", "work"]},
        {"after_s": 0.5, "ms": 50.0, "causes": ["fork"]},
    ]


def result(most_ms: float = 20.0, failed: dict[str, int] | None = None, events_lost: int = 0) -> dict[str, object]:
    return {"failed": failed or {}, "events_lost": events_lost, "outside": {"most_ms": most_ms}}


@pytest.mark.parametrize(
    "found, most_ms, why",
    [
        (result(), None, []),
        (result(30.0), 30, []),
        (result(500.0), None, []),
        (result(30.1), 30, ["The event loop answered nobody for 30.1 ms."]),
        (result(failed={"capture": 2}), None, ["2 requests failed: capture."]),
        (result(events_lost=1), None, ["1 events did not arrive."]),
    ],
)
def test_long_stalls_and_unfinished_work_fail(found: dict[str, object], most_ms: float | None, why: list[str]) -> None:
    assert [*failures(found, most_ms)] == why


@pytest.mark.parametrize("words", [["--most-ms", "few"], ["--payments", "1.5"], ["60000"]])
def test_wrong_options_are_refused_before_anything_starts(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        stalls.main(words)
    assert "error:" in capsys.readouterr().err


@pytest.mark.full
def test_all_requests_of_the_traffic_succeed_and_their_events_arrive() -> None:
    found = stalls.measure(payments=4, minutes=0.02)
    assert [*failures(found, None)] == []
    assert found["outside"]["answers"] > 0
    assert set(found["inside"]) == set(CAUSES)
