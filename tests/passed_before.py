"""The tests that `make test` passed for this commit, which `make test ARGS=all` need not run again.

A test is left out if it is the same in both tiers. It is not if the full tier traces it for coverage, or if it is a
property, which has more examples there (tests/support/tools/tiers.py). Tests of handlers run on another DynamoDB there,
so the part `handlers` leaves none out (noxfile.py). A note is of a checkout with no other files than its commit's, of
one Python, and holds for an hour.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

ROOT: Final = Path(__file__).resolve().parent.parent

NOTE: Final = Path(".cache/passed_before.json")
"""The commit for which `make test` passed last in this checkout, when, with which Python, and its tests."""

HOLDS: Final = timedelta(hours=1)

_BESIDE_A_RESULT: Final = {"properties", "system-out", "system-err"}
"""What the report of a test that passed may have. It has no element for its result."""


def commit(root: Path = ROOT) -> str:
    """Return the commit of the checkout, or "" if it has other files than that, or is none."""
    status, head = (
        subprocess.run(["git", *words], cwd=root, text=True, capture_output=True, check=False)
        for words in (("status", "--porcelain"), ("rev-parse", "HEAD"))
    )
    return "" if status.returncode or status.stdout or head.returncode else head.stdout.strip()


def note(of: str, reports: Iterable[Path], root: Path = ROOT, now: datetime | None = None) -> None:
    """Note the tests that passed for a commit, by pytest's reports."""
    passed = [test for test, case in ran(reports).items() if {part.tag for part in case} <= _BESIDE_A_RESULT]
    at = (now or datetime.now(UTC)).isoformat()
    (root / NOTE).parent.mkdir(exist_ok=True)
    (root / NOTE).write_text(json.dumps({"commit": of, "python": sys.version, "at": at, "tests": passed}))


def noted(of: str, root: Path = ROOT, now: datetime | None = None) -> list[str]:
    """Return the IDs of the tests that passed for a commit within the last hour."""
    if not of or not (root / NOTE).exists():
        return []
    last = json.loads((root / NOTE).read_text())
    age = (now or datetime.now(UTC)) - datetime.fromisoformat(last["at"])
    return last["tests"] if (last["commit"], last["python"]) == (of, sys.version) and age < HOLDS else []


def ran(reports: Iterable[Path]) -> dict[str, ElementTree.Element]:
    """Return the tests in pytest's reports (JUnit XML) by their IDs. Those of a class have other IDs for pytest."""
    cases = [case for report in reports for case in ElementTree.parse(report).iter("testcase")]  # noqa: S314, pytest's
    return {f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": case for case in cases}


def leave_out(config: pytest.Config, items: list[pytest.Item], passed: Path, *, is_measured: bool) -> None:
    """Deselect the tests of a file's list (JSON) that are the same in both tiers."""
    names = {*json.loads(passed.read_text())}
    out = [item for item in items if item.nodeid in names and is_same(item, is_measured=is_measured)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in {*out}]


def is_same(item: pytest.Item, *, is_measured: bool) -> bool:
    """Return whether a test of the fast tier does the same in the full one, which measures coverage or not."""
    is_traced = is_measured and not item.get_closest_marker("untraced")
    return not is_traced and not getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
