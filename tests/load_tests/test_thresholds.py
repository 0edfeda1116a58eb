"""A load test passes when it meets every threshold, and fails on each one alone."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from load_tests.evidence import Evidence
from load_tests.thresholds import DEFAULT_FILE, Measured, ThresholdError, Thresholds, judge, read, render_verdicts

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


def test_values_at_the_limits_pass() -> None:
    verdict = judge("checkout", GOOD, LIMITS)

    assert verdict.passed
    assert verdict.breaches == ()


@pytest.mark.parametrize(
    "measured, message",
    [
        (Measured(evidence=seen()), "no request after the warm-up"),
        (replace(GOOD, failures=2), "2.00% of requests failed, at most 1.00%"),
        (replace(GOOD, times={20: 94, 900: 6}), "p95 is 900 ms, at most 100"),
        (replace(GOOD, evidence=seen(double_authorizations=1)), "1 keys took effect more than once, at most 0"),
        (replace(GOOD, evidence=seen(differing_replays=1)), "1 keys got responses with different bytes, at most 0"),
        (replace(GOOD, evidence=seen(miscaptured=1)), "1 payments have unexpected amounts, at most 0"),
        (
            replace(GOOD, evidence=seen(captured=4_999)),
            "1 minor units between the captured (4,999) and the expected amount, at most 0",
        ),
        (replace(GOOD, evidence=seen(unread=1)), "1 payments could not be read back, at most 0"),
        (replace(GOOD, evidence=seen(keys=0)), "0 keys with a response, at least 1"),
        (replace(GOOD, evidence=seen(read_back=0)), "0 payments read back, at least 1"),
    ],
)
def test_each_missed_threshold_fails_and_is_named(measured: Measured, message: str) -> None:
    verdict = judge("checkout", measured, LIMITS)

    assert not verdict.passed
    assert verdict.breaches == (message,)
    assert "FAILED" in render_verdicts([verdict])
    assert message in render_verdicts([verdict])


def test_the_95th_percentile_is_an_observed_duration() -> None:
    assert Measured(times=dict.fromkeys(range(1, 101), 1)).p95_ms == 95
    assert Measured(times={10: 19, 500: 1}).p95_ms == 10
    assert Measured(times={10: 18, 500: 1}).p95_ms == 500
    assert Measured().p95_ms == 0


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_default_file_has_every_threshold_of_every_scenario(scenario: str) -> None:
    limits = read(DEFAULT_FILE, scenario)

    assert all(getattr(limits, field.name) >= 0 for field in fields(limits))
    assert limits.double_authorizations_max == limits.differing_replays_max == limits.capture_difference_max == 0


def test_a_scenario_overrides_the_thresholds_of_all(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text(DEFAULT_FILE.read_text() + "\n[declines]\np95_ms_max = 7\n")

    assert read(file, "declines").p95_ms_max == 7
    assert read(file, "checkout").p95_ms_max == read(DEFAULT_FILE, "checkout").p95_ms_max


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: text.replace("p95_ms_max", "p95_max"), "unknown p95_max; valid names: "),
        (lambda text: text.replace("unread_max = 0", "unread_max = true"), "which is not a number"),
        (lambda text: text.replace("unread_max = 0", ""), "has no unread_max"),
        (lambda text: "keys_min = 1\n" + text, "is not in a table"),
        (lambda text: text + "\n[", "thresholds.toml"),
    ],
)
def test_an_invalid_file_is_refused(change: Callable[[str], str], message: str, tmp_path: Path) -> None:
    """A misspelt threshold would never be missed."""
    file = tmp_path / "thresholds.toml"
    file.write_text(change(DEFAULT_FILE.read_text()))

    with pytest.raises(ThresholdError, match=message):
        read(file, "checkout")


def test_thresholds_do_not_import_locust() -> None:
    """Locust patches the standard library at import, and tests import these modules."""
    modules = "load_tests.thresholds, load_tests.evidence, load_tests.shapes, load_tests.guard, load_tests.run"
    program = f"import sys, {modules}; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
