"""A load test passes when every threshold holds, and fails on each of them alone."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from load_tests.evidence import Evidence
from load_tests.thresholds import WRITTEN, Measured, ThresholdError, Thresholds, judge, page, read

LIMITS = Thresholds(
    failure_share_max=0.01,
    p95_ms_max=100,
    double_authorizations_max=0,
    differing_replays_max=0,
    miscaptured_max=0,
    capture_difference_max=0,
    unread_max=0,
    keys_min=1,
    read_back_min=1,
)
SCENARIOS = ("checkout", "retry_storm", "declines", "hot_card", "hot_merchant")


def seen(**changes: int) -> Evidence:
    return replace(Evidence(keys=90, replays=9, read_back=20, intended=5_000, captured=5_000), **changes)


GOOD = Measured(requests=100, failures=1, seconds=10, times={20: 94, 100: 1, 900: 5}, evidence=seen())


def test_what_is_just_within_passes() -> None:
    verdict = judge("checkout", GOOD, LIMITS)

    assert verdict.passed
    assert verdict.breaches == ()


@pytest.mark.parametrize(
    "measured, said",
    [
        (Measured(evidence=seen()), "no request after the warm-up"),
        (replace(GOOD, failures=2), "2.00% of requests failed, at most 1.00%"),
        (replace(GOOD, times={20: 94, 900: 6}), "p95 is 900 ms, at most 100"),
        (replace(GOOD, evidence=seen(double_authorizations=1)), "1 keys acted more than once, at most 0"),
        (replace(GOOD, evidence=seen(differing_replays=1)), "1 keys were answered with different bytes, at most 0"),
        (replace(GOOD, evidence=seen(miscaptured=1)), "1 payments are not what was meant, at most 0"),
        (
            replace(GOOD, evidence=seen(captured=4_999)),
            "1 minor units between captured (4,999) and meant, at most 0",
        ),
        (replace(GOOD, evidence=seen(unread=1)), "1 payments could not be read again, at most 0"),
        (replace(GOOD, evidence=seen(keys=0)), "0 keys answered, at least 1"),
        (replace(GOOD, evidence=seen(read_back=0)), "0 payments read again, at least 1"),
    ],
)
def test_each_breach_alone_fails_and_is_named(measured: Measured, said: str) -> None:
    verdict = judge("checkout", measured, LIMITS)

    assert not verdict.passed
    assert verdict.breaches == (said,)
    assert "FAILED" in page([verdict])
    assert said in page([verdict])


def test_the_95th_percentile_is_a_time_that_occurred() -> None:
    assert Measured(times=dict.fromkeys(range(1, 101), 1)).p95_ms == 95
    assert Measured(times={10: 19, 500: 1}).p95_ms == 10
    assert Measured(times={10: 18, 500: 1}).p95_ms == 500
    assert Measured().p95_ms == 0


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_written_file_has_every_threshold_of_every_scenario(scenario: str) -> None:
    limits = read(WRITTEN, scenario)

    assert all(getattr(limits, field.name) >= 0 for field in fields(limits))
    assert limits.double_authorizations_max == limits.differing_replays_max == limits.capture_difference_max == 0


def test_a_scenario_changes_what_every_one_has(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(WRITTEN.read_text() + "\n[declines]\np95_ms_max = 7\n")

    assert read(file, "declines").p95_ms_max == 7
    assert read(file, "checkout").p95_ms_max == read(WRITTEN, "checkout").p95_ms_max


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda text: text.replace("p95_ms_max", "p95_max"), "p95_max; there are"),
        (lambda text: text.replace("unread_max = 0", "unread_max = true"), "which is no number"),
        (lambda text: text.replace("unread_max = 0", ""), "has no unread_max"),
        (lambda text: "keys_min = 1\n" + text, "stands in no table"),
        (lambda text: text + "\n[", "thresholds.toml"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(change: Callable[[str], str], said: str, tmp_path: Path) -> None:
    """A misspelt threshold would hold for ever."""
    file = tmp_path / "thresholds.toml"
    file.write_text(change(WRITTEN.read_text()))

    with pytest.raises(ThresholdError, match=said):
        read(file, "checkout")


def test_judging_loads_no_locust() -> None:
    """Locust patches the standard library when it is imported, and tests import these."""
    modules = "load_tests.thresholds, load_tests.evidence, load_tests.shapes, load_tests.guard, load_tests.run"
    program = f"import sys, {modules}; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
