"""The start benchmark: what is computed from the rounds, its report, and the CPU time of an idle sandbox."""

import sys
from copy import deepcopy
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import psutil
import pytest

from benchmarks import common_routes, idle, start, start_report
from benchmarks.first_requests import REQUESTS
from benchmarks.start_report import (
    AGAIN,
    EDIT,
    FIRST,
    FIRST_PAYMENT,
    FRESH,
    STARTS,
    TARGETS,
    UNANSWERED,
    Target,
)
from benchmarks.wheel_sandbox import WheelSandbox
from tests.support.wheel import Installed

PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "sum(range(5_000_000))"], check=True)
print("the child has ended", flush=True)
input()
"""


PIPES: dict[str, Any] = {"stdin": PIPE, "stdout": PIPE, "text": True}


def user(folder: Path) -> WheelSandbox:
    return WheelSandbox(Installed(folder), {}, 4610, 0.0)


def spread(value: float) -> dict[str, float]:
    return {"median": value, "least": value, "most": value}


def load(connections: int, requests: int = REQUESTS, not_200: int = 0) -> dict[str, Any]:
    times = {"per_s": 200.0, "p50": 4.0, "p95": 9.0, "p99": 12.0, "p99_later": 11.0}
    return {"connections": connections, "requests": requests, "not_200": not_200, **times}


def ratio(value: float) -> dict[str, Any]:
    return {"before": spread(40.0), "after": spread(40.0 * value), "ratio": spread(value)}


WELL: dict[str, Any] = {
    "machine": {"load": 1.0},
    "rounds": 3,
    "installed_s": spread(1.5),
    "figures": {name: spread(target.value) for name, target in TARGETS.items()},
    "routes": {"GET /events": {"first_ms": spread(90), "later_ms": spread(9)}},
    "compared": {"before": "20e962a8", "rounds": 2, "starts": dict.fromkeys(STARTS, ratio(0.25))},
    "traffic": {
        "first": [load(1), load(8), load(32)],
        "footprint": [{"after_s": 5, "processes": 60, "memory_mb": 1_100, "disk_mb": 90}],
        "disk_mb": {"home": 90, "cache": 190, "installation": 160},
    },
}


def test_figures_equal_to_their_targets_are_met() -> None:
    assert [figure.name for figure in start_report.figures(WELL)] == list(TARGETS)
    assert all(figure.is_met for figure in start_report.figures(WELL))
    assert not any("missed" in line for line in start_report.section(WELL))


@pytest.mark.parametrize("name, target", TARGETS.items())
def test_a_figure_beyond_its_target(name: str, target: Target) -> None:
    found = deepcopy(WELL)
    found["figures"][name] = spread(target.value + 10**-target.digits)
    assert [figure.name for figure in start_report.figures(found) if not figure.is_met] == [name]
    (line,) = [line for line in start_report.section(found) if "**missed**" in line]
    assert line.startswith(f"| {name} |")


def test_the_median_of_the_rounds_counts() -> None:
    found = deepcopy(WELL)
    found["figures"][FIRST_PAYMENT] = {"median": 2.94, "least": 2.5, "most": 3.6}
    (line,) = [line for line in start_report.section(found) if line.startswith(f"| {FIRST_PAYMENT} | 2.9")]
    assert line == f"| {FIRST_PAYMENT} | 2.9 s | 2.5 – 3.6 | at most 3 s | **met** |"


def test_what_follows_the_payment_is_not_part_of_its_time() -> None:
    assert start.after_payment_s({"engine": 1.0, "payment": 0.5, "donations": 0.75, "links": 0.25, "all": 9.0}) == 1.0


@pytest.mark.parametrize(
    "rows, expected",
    [
        ([load(1), load(8)], 0),
        ([load(1), load(8, not_200=3)], 3),
        ([load(1, requests=REQUESTS - 1), load(8, not_200=3)], 4),  # one was not sent before the load ended
    ],
)
def test_first_requests_without_a_200(rows: list[dict[str, Any]], expected: int) -> None:
    assert start_report.unanswered(rows) == expected


ROUNDS: list[dict[str, Any]] = [
    {
        "installed_s": 1.0,
        "figures": {
            **{name: [target.value] for name, target in TARGETS.items()},
            AGAIN: [2.5],
            FIRST: [first],
            EDIT: edits,
        },
        "steps": {FIRST: steps, FRESH: {"all": 3.0}, AGAIN: {"all": 2.0}},
        "routes": {"GET /events": {"first_ms": slowest, "later_ms": 8.0}},
        "idle_processes": 5,
    }
    for first, edits, steps, slowest in (
        (10.0, [1.0, 1.5], {"deploy": 4.0, "all": 9.0}, 80.0),
        (20.0, [2.0, 0.5], {"deploy": 8.0, "image": 2.0, "all": 19.0}, 120.0),
        (12.0, [0.7, 0.8], {"deploy": 5.0, "image": 1.0, "all": 11.0}, 90.0),
    )
]


def test_the_stored_figures_are_the_spreads_of_all_rounds() -> None:
    figures = start.figures_of(ROUNDS, {"first": [load(1, not_200=2)]})
    assert list(figures) == list(TARGETS)
    assert figures[FIRST] == {"median": 12.0, "least": 10.0, "most": 20.0}
    assert figures[EDIT] == {"median": 0.9, "least": 0.5, "most": 2.0}, "each edit counts"
    assert figures[UNANSWERED] == spread(2)


def test_a_step_that_a_round_did_not_have_took_no_time() -> None:
    assert start.steps_of([one["steps"][FIRST] for one in ROUNDS]) == {"all": 11.0, "deploy": 5.0, "image": 1.0}


def test_routes_have_the_spread_of_their_first_requests() -> None:
    routes = start.routes_of([one["routes"] for one in ROUNDS])
    assert routes == {
        "GET /events": {"first_ms": {"median": 90.0, "least": 80.0, "most": 120.0}, "later_ms": spread(8.0)}
    }


def test_starts_are_compared_within_a_round() -> None:
    before = [dict.fromkeys(STARTS, 40.0), dict.fromkeys(STARTS, 200.0)]
    after = [{kind: [seconds] for kind in STARTS} for seconds in (10.0, 50.0)]
    compared = start.compared_with("abc", before, after)
    assert compared["rounds"] == 2
    assert compared["starts"][FIRST] == {
        "before": {"median": 120.0, "least": 40.0, "most": 200.0},
        "after": {"median": 30.0, "least": 10.0, "most": 50.0},
        "ratio": spread(0.25),
    }


def test_cpu_time_of_a_child_that_has_ended_counts() -> None:
    """Workers end while a sandbox is measured."""
    with Popen([sys.executable, "-c", PARENT], **PIPES) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "the child has ended\n"
        process = psutil.Process(parent.pid)
        assert idle.cpu_s([process]) > sum(process.cpu_times()[:2])
        parent.communicate("\n")
    assert idle.cpu_s([process]) == 0, "the parent has ended"


@pytest.mark.parametrize(
    "file, is_left",
    [
        ("home/.paysandbox/saved/7/sts.json", False),
        ("home/.paysandbox/tmp/edited/payments-1/get_health.py", True),
        ("home/.cache/paysandbox/images/.lock", False),
        ("home/.cache/uv/x", True),
        ("home/dist/paysandbox-0.1.0-py3-none-any.whl", False),
        ("home/.aws/config", True),
        ("tools/paysandbox/bin/python", False),
        ("tmp/x.sock", True),
    ],
)
def test_files_left_are_those_outside_the_state_and_the_installation(
    tmp_path: Path, file: str, *, is_left: bool
) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    assert user(tmp_path).files_left() == ([tmp_path / file] if is_left else [])


@pytest.mark.parametrize("by", ["words", "variables"])
def test_processes_are_those_that_name_a_path_of_the_user(tmp_path: Path, by: str) -> None:
    path = str(tmp_path / "home")
    words, variables = ([path], {}) if by == "words" else ([], {"HOME": path})
    with Popen([sys.executable, "-c", "print(1, flush=True); input()", *words], env=variables, **PIPES) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert [one.pid for one in user(tmp_path).processes()] == [process.pid]
        process.communicate("\n")
    assert user(tmp_path).processes() == []


def test_the_slowest_first_request_counts() -> None:
    routes = {"a": {"first_ms": 20.0, "later_ms": 30.0}, "b": {"first_ms": 25.0, "later_ms": 5.0}}
    assert common_routes.slowest_first_ms(routes) == 25.0
