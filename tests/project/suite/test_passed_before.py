"""The tests that `make test ARGS=all` leaves out because `make test` passed them (tests/passed_before.py)."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.passed_before import HOLDS, NOTE, ROOT, commit, note, noted

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPORT = """
<testsuites><testsuite name="pytest">
  <testcase classname="tests.core.test_money" name="test_passed[1-a.b]" time="0.1"/>
  <testcase classname="tests.core.test_money" name="test_said" time="0.1"><system-out>a word</system-out></testcase>
  <testcase classname="tests.core.test_money" name="test_failed" time="0.1"><failure message="no"/></testcase>
  <testcase classname="tests.core.test_money" name="test_broken" time="0.1"><error message="no"/></testcase>
  <testcase classname="tests.core.test_money" name="test_skipped" time="0.1"><skipped message="no"/></testcase>
</testsuite></testsuites>
"""
WITH_PROPERTIES = "tests/http/test_form.py"
PROPERTIES = {
    f"{WITH_PROPERTIES}::test_{name}"
    for name in ("any_input_is_parsed_or_refused", "encoding_of_the_official_sdk_round_trips")
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder in which a run for the commit was noted on Monday."""
    (tmp_path / "unit.xml").write_text(REPORT)
    note(COMMIT, [tmp_path / "unit.xml"], tmp_path, MONDAY)
    return tmp_path


def test_only_tests_that_passed_are_noted(root: Path) -> None:
    names = ("test_passed[1-a.b]", "test_said")
    assert noted(COMMIT, root, MONDAY) == [f"tests/core/test_money.py::{name}" for name in names]


@pytest.mark.parametrize(
    "of, later, holds",
    [
        (COMMIT, HOLDS - timedelta(seconds=1), True),
        (COMMIT, HOLDS, False),
        (COMMIT[::-1], timedelta(0), False),
        ("", timedelta(0), False),
    ],
    ids=["in time", "too old", "another commit", "changed files"],
)
def test_a_note_is_of_one_commit_and_holds_for_an_hour(root: Path, of: str, later: timedelta, holds: bool) -> None:
    assert bool(noted(of, root, MONDAY + later)) is holds


def test_a_note_is_of_one_python(root: Path) -> None:
    other = json.loads((root / NOTE).read_text()) | {"python": "2.7"}
    (root / NOTE).write_text(json.dumps(other))
    assert noted(COMMIT, root, MONDAY) == []


def test_without_a_note_nothing_is_left_out(tmp_path: Path) -> None:
    assert noted(COMMIT, tmp_path, MONDAY) == []


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def test_a_checkout_with_other_files_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("first")
    assert commit(tmp_path) == ""
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    assert commit(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "file").write_text("second")
    assert commit(tmp_path) == ""


def collected(folder: Path, *words: str) -> list[str]:
    """Return the IDs of the tests that pytest would run. A measurement begins by removing what the last one left, so
    it has a folder of its own: that of this run would lose what programs have left there.
    """
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", WITH_PROPERTIES]
    done = subprocess.run(
        [*command, *words],
        cwd=ROOT,
        env=os.environ | {"COVERAGE_FILE": str(folder / ".coverage")},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if line.startswith(WITH_PROPERTIES)]


@pytest.mark.parametrize("is_measured", [False, pytest.param(True, marks=pytest.mark.full)], ids=["alone", "measured"])
def test_properties_and_traced_cases_run_again(is_measured: bool, tmp_path: Path) -> None:
    passed = tmp_path / "passed.json"
    passed.write_text(json.dumps(every := collected(tmp_path)))
    again = collected(tmp_path, f"--passed-before={passed}", *(["--cov", "--cov-report="] if is_measured else []))
    assert PROPERTIES <= {*again} < {*every}
    assert ({*again} == PROPERTIES) is not is_measured
