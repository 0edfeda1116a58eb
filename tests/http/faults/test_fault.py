"""A fault as it is asked for: its name, its parameters, and what follows from them."""

from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.http.faults.fault import DRAWS, draw, read_fault
from paysandbox.http.faults.kinds import KINDS

PARAM = "X-Sandbox-Fault"


def test_every_kind_can_be_asked_for_by_its_name(subtests: pytest.Subtests) -> None:
    for kind in KINDS:
        with subtests.test(kind.name):
            fault = read_fault(kind.name, PARAM)
            assert (fault.kind, fault.text, fault.times) == (kind, kind.name, 1)


@pytest.mark.parametrize(
    "text, values, times, shown",
    [
        ("slow", {"ms": 3_000}, 1, "slow"),
        (" slow ; ms = 250 ", {"ms": 250}, 1, "slow;ms=250"),
        ("slow;ms=100;max_ms=200;times=3", {"ms": 100, "max_ms": 200}, 3, "slow;ms=100;max_ms=200"),
        ("fail_before_commit;status=500", {"status": "500"}, 1, "fail_before_commit;status=500"),
        ("commit_then_truncate;bytes=0", {"bytes": 0}, 1, "commit_then_truncate;bytes=0"),
        ("gateway_5xx;body=html;status=502", {"status": "502", "body": "html"}, 1, "gateway_5xx"),
    ],
)
def test_parameters_are_read(text: str, values: Any, times: int, shown: str) -> None:
    fault = read_fault(text, PARAM)
    assert (fault.values, fault.times, fault.text) == (values, times, shown)


@pytest.mark.parametrize(
    "text, detail",
    [
        ("", "Use one of slow, "),
        ("comit_then_reset", "Did you mean commit_then_reset? "),
        ("slow;seconds=3", "slow has the parameters ms=<1 to 8000>, "),
        ("commit_then_reset;ms=3", "commit_then_reset has the parameters times=<1 to 100>."),
        ("slow;ms=1;ms=2", "slow has the parameters "),
        ("slow;ms=0", "ms is 1 to 8000."),
        ("slow;ms=8001", "ms is 1 to 8000."),
        ("slow;ms=+1", "ms is 1 to 8000."),
        ("slow;ms=", "ms is 1 to 8000."),
        ("slow;times=101", "times is 1 to 100."),
        ("fail_before_commit;status=501", "status is 500 or 502 or 503 or 504."),
        ("slow;ms=2;max_ms=1", "max_ms is at least ms."),
        ("slow;max_ms=4000;sigma_percent=50", "Send max_ms or sigma_percent, not both."),
    ],
)
def test_other_faults_are_refused(text: str, detail: str) -> None:
    with pytest.raises(Refused) as caught:
        read_fault(text, PARAM)
    assert (caught.value.code, caught.value.param) == (Code.FAULT_UNKNOWN, PARAM)
    assert caught.value.detail.startswith(detail)


def test_a_rule_has_a_count_and_no_times() -> None:
    with pytest.raises(Refused, match="slow has the parameters"):
        read_fault("slow;times=2", "fault", may_repeat=False)
    with pytest.raises(Refused, match="commit_then_reset has no parameters"):
        read_fault("commit_then_reset;times=2", "fault", may_repeat=False)


@pytest.mark.parametrize(
    "name, method, of_stripe, fits",
    [
        ("slow", "GET", False, True),
        ("fail_before_commit", "GET", True, True),
        ("commit_then_reset", "POST", False, True),
        ("commit_then_reset", "DELETE", False, True),
        ("commit_then_reset", "GET", False, False),
        ("stripe_500", "POST", True, True),
        ("stripe_500", "POST", False, False),
        ("stripe_500", "GET", True, False),
    ],
)
def test_only_the_answer_to_a_change_is_worth_losing(name: str, method: str, *, of_stripe: bool, fits: bool) -> None:
    assert read_fault(name, PARAM).fits(method, of_stripe=of_stripe) is fits


SEEDS = [f"{seed}:1" for seed in range(2_000)]


@pytest.mark.parametrize(
    "text, low, high, median",
    [
        ("slow;ms=300", 300, 300, 300),
        ("slow;ms=100;max_ms=900", 100, 900, 500),
        ("slow;ms=400;sigma_percent=50", 40, 8_000, 400),
        ("slow;ms=8000;sigma_percent=300", 0, 8_000, 8_000),
    ],
)
def test_how_long_a_slow_request_waits(text: str, low: int, high: int, median: int) -> None:
    waits = sorted(read_fault(text, PARAM).slow_ms(seed) for seed in SEEDS)
    assert low <= waits[0]
    assert waits[-1] <= high
    assert waits[1_000] == pytest.approx(median, rel=0.1)
    assert waits == sorted(read_fault(text, PARAM).slow_ms(seed) for seed in SEEDS)


def test_a_draw_is_as_good_as_random() -> None:
    drawn = [draw(seed) for seed in SEEDS]
    assert all(0 <= number < DRAWS for number in drawn)
    assert sum(drawn) / len(drawn) == pytest.approx(DRAWS / 2, rel=0.05)
