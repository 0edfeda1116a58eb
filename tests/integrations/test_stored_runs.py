"""Stored runs: what a run writes is read back, and it names a commit, which is what ran."""

import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli.terminal.failure import Failure
from integrations.flow import FlowStep, Worked
from integrations.inputs import digest_of
from integrations.listed import integrations
from integrations.outcome import Outcome, Verdict
from integrations.stored_runs import RUNS, StoredRun, commit_of_checkout, file_of, store, stored

LIST = integrations()
ONE = LIST[0]
WORKED = [Worked("a declined card"), Worked("a payment", FlowStep.PAY)]
RUN = StoredRun(
    Outcome(ONE, Verdict.RUNS, WORKED, "POST /v1/customers", "No.", "sample"),
    date(2026, 11, 28),
    "0123456789abcdef0123456789abcdef01234567",
    digest_of(ONE),
)


def test_a_run_is_read_as_it_was_stored(tmp_path: Path) -> None:
    store(RUN, tmp_path / "runs")
    assert stored(ONE, tmp_path / "runs") == RUN
    assert stored(LIST[1], tmp_path / "runs") is None


def test_a_run_is_current_until_something_changes_that_it_depends_on() -> None:
    assert (RUN.is_current, replace(RUN, inputs="of before").is_current) == (True, False)


def test_each_row_has_a_file_of_its_own_and_each_file_has_its_row() -> None:
    files = [file_of(one) for one in LIST]
    assert len({*files}) == len(files)
    assert {*RUNS.glob("*")} <= {*files}


def test_each_stored_verdict_follows_from_the_steps_that_were_done(subtests: pytest.Subtests) -> None:
    for run in filter(None, map(stored, LIST)):
        with subtests.test(run.outcome.integration.name):
            outcome = run.outcome
            did = {one.does for one in outcome.worked}
            if run.is_current and outcome.verdict is not Verdict.FAILS:
                assert ({*outcome.integration.flow} <= did) is (outcome.verdict is Verdict.RUNS)
            if outcome.verdict is Verdict.STOPS:
                assert re.fullmatch(r"(GET|POST|DELETE) /v1/[\w/]+", outcome.stopped_at)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with one commit of a program and a stored run."""
    for name in ("program.py", "integrations/runs/one.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first")
    author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for words in (["init"], ["add", "."], [*author, "commit", "--message=First"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_commit_is_known_while_only_runs_differ_from_it(checkout: Path) -> None:
    (checkout / "integrations/runs/one.json").write_text("second")
    assert len(commit_of_checkout(checkout)) == 40
    (checkout / "program.py").write_text("second")
    with pytest.raises(Failure, match="not those of a commit"):
        commit_of_checkout(checkout)


def test_a_folder_without_commits_has_none(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="not those of a commit"):
        commit_of_checkout(tmp_path)
