"""Which failed tests CI tries once more (tests/outages.py)."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.outages import MOST, Failure, failures_in, outages, try_again

REFUSED = "httpx.ConnectError: [Errno 111] Connection refused"
PAGE = "tests/e2e/test_pages.py::test_a_page[dark]"


@pytest.mark.parametrize(
    "message",
    [
        REFUSED,
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "httpx.ReadTimeout: timed out",
        "subprocess.TimeoutExpired: Command '['paysandbox', 'up']' timed out after 240 seconds",
        "tests.support.tools.chromium.ChromiumError: Chromium did not start",
        "botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL",
        "Failed: Timeout (>60.0s) from pytest-timeout.",
    ],
)
def test_outages_are_tried_again(message: str) -> None:
    assert Failure(PAGE, message, "").is_outage


@pytest.mark.parametrize(
    "test, message",
    [
        (PAGE, "AssertionError: never came: the event"),
        (PAGE, "assert 409 == 200"),
        (PAGE, "AssertionError: httpx.ConnectError"),
        (PAGE, "KeyError: 'id'"),
        ("tests/e2e/test_races.py::test_two_captures", REFUSED),
        ("tests/e2e/test_kill.py::test_a_payment", REFUSED),
        ("tests/e2e/test_contract.py::test_any_request", REFUSED),
        ("tests/e2e/test_verify.py::test_the_audit_is_clean", REFUSED),
        ("tests/payments/test_rules.py::test_a_rule", "Failed: Timeout (>60.0s) from pytest-timeout."),
        ("tests/settlement/test_batch.py::test_totals", REFUSED),
    ],
)
def test_defects_fail_at_once(test: str, message: str) -> None:
    assert not Failure(test, message, "").is_outage


def test_a_defect_or_too_many_outages_forbid_another_try() -> None:
    outage, defect = Failure(PAGE, REFUSED, ""), Failure(PAGE, "assert 1 == 2", "")
    assert len(outages([outage] * MOST)) == MOST
    assert outages([outage] * (MOST + 1)) == []
    assert outages([outage, defect]) == []


PASSES_SECOND = """
from pathlib import Path
import pytest
@pytest.mark.parametrize("value", ["a-b c"])
def test_page(value):
    try:
        Path("tried").touch(exist_ok=False)
    except FileExistsError:
        return
    raise ConnectionRefusedError("no")
def test_other(): pass
"""
FAILS_TWICE = "def test_page(): raise ConnectionRefusedError"


@pytest.mark.full
@pytest.mark.parametrize("code, passes", [(PASSES_SECOND, True), (FAILS_TWICE, False)])
def test_the_same_test_is_tried_once_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, *, passes: bool
) -> None:
    test = tmp_path / "tests/e2e/test_pages.py"
    test.parent.mkdir(parents=True)
    test.write_text(code)
    report = tmp_path / "reports/e2e.xml"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "tests"]
    subprocess.run(words, cwd=tmp_path, check=False, capture_output=True)
    assert len(failures_in(report)) == 1

    assert try_again(report.parent, root=tmp_path) is passes
    assert (failures_in(report) == []) is passes
    printed = capsys.readouterr().out
    assert printed.startswith("flaky: tests/e2e/test_pages.py::test_page")
    assert "ConnectionRefusedError" in printed
    assert ("1 passed" in printed) is passes
