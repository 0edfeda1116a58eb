"""What a payment costs: CPU time is that of every process of a sandbox, and late events or dearer payments fail."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import budget
from benchmarks.budget import AFTER, Turn, failures, figures, lone_figures, ratio
from benchmarks.measuring.cpu import (
    ENDED_THREADS,
    ENDED_WORKERS,
    EVENT_LOOP,
    FORK_SERVER,
    OTHER_THREADS,
    SNAPSHOTS,
    Usage,
    usage,
)
from benchmarks.measuring.hooks_receiver import separate_hooks

IDLE = {EVENT_LOOP: 10, OTHER_THREADS: 0, ENDED_THREADS: 0, SNAPSHOTS: 0}
WORKER, OTHER_WORKER = (7, 100), (7, 900)  # the same process id, used again


@pytest.mark.parametrize(
    "before, after, spent",
    [
        pytest.param(
            Usage(IDLE, {}, 0, 5),
            Usage(IDLE | {EVENT_LOOP: 14}, {}, 0, 6),
            {EVENT_LOOP: 4, FORK_SERVER: 1},
            id="engine",
        ),
        pytest.param(
            Usage(IDLE, {WORKER: ("pay", 3)}, 0, 0), Usage(IDLE, {WORKER: ("pay", 5)}, 0, 0), {"pay": 2}, id="worker"
        ),
        pytest.param(Usage(IDLE, {}, 0, 0), Usage(IDLE, {WORKER: ("pay", 5)}, 0, 0), {"pay": 5}, id="new worker"),
        pytest.param(
            # Its parent has all five ticks, of which three were before.
            Usage(IDLE, {WORKER: ("pay", 3)}, 0, 0),
            Usage(IDLE, {}, 5, 0),
            {ENDED_WORKERS: 2},
            id="ended worker",
        ),
        pytest.param(
            Usage(IDLE, {WORKER: ("pay", 3)}, 0, 0),
            Usage(IDLE, {OTHER_WORKER: ("refund", 1)}, 4, 0),
            {"refund": 1, ENDED_WORKERS: 1},
            id="reused process id",
        ),
    ],
)
def test_time_since_a_moment_is_that_of_each_process(before: Usage, after: Usage, spent: dict[str, int]) -> None:
    assert after.since(before) == spent


# Works until its input ends, as an engine whose function runs in the folder that is its argument.
ENGINE = """
import subprocess, sys
worker = [sys.executable, "-c", "while True: pass"]
subprocess.Popen(worker, cwd=sys.argv[1])
while True: pass
"""


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[int]:
    """A process group of an engine and a worker that are both busy."""
    folder = tmp_path / "ministack-lambda-paysandbox-local-authorize_payment-l9v4_r5g" / "code"
    folder.mkdir(parents=True)
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, folder], start_new_session=True)
    try:
        yield engine.pid
    finally:
        subprocess.run(["kill", "-9", "--", f"-{engine.pid}"], check=True)
        engine.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="it is read from /proc")
def test_time_is_read_by_thread_and_function(busy: int) -> None:
    before, until = usage(busy), time.monotonic() + 10
    names: set[str] = set()
    while not {EVENT_LOOP, "authorize_payment"} <= names and time.monotonic() < until:
        names = set(usage(busy).since(before))
    assert names == {EVENT_LOOP, "authorize_payment"}


def test_receiver_counts_each_event_once() -> None:

    with separate_hooks() as receiver:
        assert receiver.arrivals().events == 0
        for event in ("evt_1", "evt_1", "evt_2"):
            httpx.post(receiver.url, headers={"Webhook-Id": event}, content=b"{}")
        arrivals = receiver.wait_for(2, give_up_s=1)
        assert (arrivals.events, arrivals.last_at > 0) == (2, True)
        assert receiver.wait_for(3, give_up_s=0.1) == arrivals


def turn(
    *, engine_us: float = 4_000, worker_us: float = 6_000, last_event_after_s: float = 0.1, not_200: int = 0
) -> Turn:
    return Turn(
        per_s=100,
        p50_ms=5,
        p95_ms=15,
        not_200=not_200,
        last_event_after_s=last_event_after_s,
        cpu_us={EVENT_LOOP: engine_us, "authorize_payment": worker_us},
        others=0.0,
    )


def test_figures_are_medians_of_the_rounds() -> None:
    of = figures([turn(engine_us=4_000), turn(engine_us=9_000), turn(engine_us=5_000, last_event_after_s=1.5)])
    assert of["cpu_us"] == {"median": 11_000, "least": 10_000, "most": 15_000}
    assert of["engine_us"]["median"] == 5_000
    assert of["parts_us"] == {"authorize_payment": 6_000, EVENT_LOOP: 5_000}
    assert of["last_event_after_s"] == 1.5


def test_late_events_of_lone_payments_are_seen_in_the_median_and_above() -> None:
    assert lone_figures([30.0] * 18 + [20.04, float("inf")]) == {"events": 20, "p50": 30.0, "p95": 30.0}
    assert lone_figures([20.0] * 9 + [float("inf")] * 11)["p50"] == float("inf")


def result(after: Turn, before: Turn | None = None, lone_ms: Sequence[float] = (20, 20)) -> dict[str, Any]:
    case: dict[str, Any] = {"case": "authorize", AFTER: figures([after])}
    return {
        "cases": [case if before is None else case | {"ratio": ratio([after], [before])}],
        "before": "HEAD~1",
        "lone_events_ms": {AFTER: lone_figures(lone_ms[:1]), "HEAD~1": lone_figures(lone_ms[1:])},
    }


@pytest.mark.parametrize(
    "after, most, why",
    [
        (turn(), None, None),
        (turn(), 1.05, None),
        (turn(worker_us=6_400), 1.05, None),
        (turn(worker_us=6_600), 1.05, "1.06 times the CPU time"),
        (turn(last_event_after_s=2.1), None, "the last event arrived 2.1 s after the last response"),
        (turn(last_event_after_s=float("inf")), None, "the last event arrived inf s"),
        (turn(not_200=1), None, "1 requests failed"),
    ],
)
def test_dearer_payments_and_unfinished_work_fail(after: Turn, most: float | None, why: str | None) -> None:
    found = [*failures(result(after, turn()), most)]
    assert len(found) == (0 if why is None else 1)
    assert all(why in text for text in found if why is not None)


@pytest.mark.parametrize(
    "before_ms, after_ms, fails", [(20, 45, False), (20, 46, True), (80, 90, False), (20, float("inf"), True)]
)
def test_events_of_lone_payments_that_come_later_than_before_fail(
    before_ms: float, after_ms: float, fails: bool
) -> None:
    why = f"The event of a lone payment arrives after {after_ms} ms instead of {before_ms} (median)."
    assert [*failures(result(turn(), lone_ms=[after_ms, before_ms]), None)] == ([why] if fails else [])


def test_without_an_earlier_commit_lone_payments_are_only_measured() -> None:
    alone = {"before": None, "cases": [], "lone_events_ms": {AFTER: lone_figures([90])}}
    assert [*failures(alone, None)] == []


@pytest.mark.parametrize("words", [["--most", "1.05"], ["--rounds", "many"]])
def test_wrong_options_are_refused_before_anything_starts(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        budget.main(words)
    assert "error:" in capsys.readouterr().err


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="it is read from /proc")
def test_each_case_is_measured_with_its_events() -> None:
    found = budget.measure(rounds=1, payments=8)
    assert [*failures(found, None)] == []
    assert found["lone_events_ms"][AFTER]["events"] == 2
    for case in found["cases"]:
        assert {EVENT_LOOP, "deliver_event"} <= case[AFTER]["parts_us"].keys()
