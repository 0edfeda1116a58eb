"""The exit code of `make integrations`: a refusal that names its call is a result, a fault is not."""

import subprocess
import sys

import pytest

from cli.deploy.installation import ROOT
from integrations.__main__ import MISUSED
from integrations.command import FAILED, NOT_FETCHED, _conclude
from integrations.listed import integrations
from integrations.outcome import Outcome, Verdict

ONE, OTHER = integrations()[:2]


@pytest.mark.parametrize(
    "verdict, code",
    [(Verdict.RUNS, 0), (Verdict.STOPS, 0), (Verdict.FAILS, FAILED), (Verdict.NOT_RUN, NOT_FETCHED)],
)
def test_the_worst_verdict_decides(verdict: Verdict, code: int) -> None:
    assert _conclude([Outcome(ONE, Verdict.RUNS), Outcome(OTHER, verdict)]) == code


def test_what_could_not_be_fetched_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    _conclude([Outcome(ONE, Verdict.NOT_RUN)])
    assert "Without one: --from FOLDER" in capsys.readouterr().err


def test_without_the_packages_for_development_it_says_what_to_do() -> None:
    without_packages = [sys.executable, "-S", "-m", "integrations"]
    done = subprocess.run(without_packages, cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (
        MISUSED,
        "The packages for development are not installed. Install them: make setup\n",
    )
