"""Checks for an operator of a deployed sandbox: its promises hold, the books balance, the metrics exist.

This file runs after most others (conftest.py), so the audit covers the data that they left behind.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.conftest import START_S, Sandbox
from tests.support.clients.api import CARD


@pytest.mark.full
@pytest.mark.timeout(START_S)  # if run alone, every function is cold
def test_all_checks_pass(sandbox: Sandbox, tmp_path: Path) -> None:
    done = sandbox.run("verify", "--strict", "--report", str(tmp_path / "report.md"), "--json", check=False)

    report = json.loads(done.stdout)
    assert [check for check in report["checks"] if check["outcome"] != "passed"] == []
    assert (done.returncode, report["passed"], report["environment"]) == (0, True, "local")
    written = (tmp_path / "report.md").read_text() + done.stdout + done.stderr
    assert not re.search(r"sk_test_\w", written), "keys are masked"
    assert CARD["number"] not in written
    merchants = {key["merchant"] for key in sandbox.json("keys", "list")["data"]}
    assert [name for name in merchants if name and name.startswith("verify-")] == []


@pytest.mark.soak
@pytest.mark.timeout(START_S)
def test_concurrent_runs_after_another_pass(sandbox: Sandbox, refused: Callable[[], list[str]]) -> None:
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda _: sandbox.run("verify", "--strict", apart=True), range(2)))

    # The 404 for an unknown path is tested, and comes from the wall.
    assert [line for line in refused() if "neither signed nor a route" not in line] == []


def test_audit_is_consistent_after_all_checks(sandbox: Sandbox) -> None:
    audit = sandbox.json("audit")
    assert (audit["breaks"], audit["sound"]) == ([], True)
    assert audit["payments"] > 0


def test_metrics_match_the_request_log(sandbox: Sandbox) -> None:
    figures = sandbox.json("metrics")
    assert figures["requests"] == sum(route["requests"] for route in figures["routes"]) > 0
    assert figures["approval"]["approved"] > 0
    assert figures["duration_ms"]["p50"] <= figures["duration_ms"]["p95"] <= figures["duration_ms"]["p99"]
