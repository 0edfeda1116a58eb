"""The exit code of `make integrations`: a refusal that names its call is a result, a fault is not."""

import pytest

from integrations.__main__ import FAILED, NOT_FETCHED, _conclude
from integrations.listed import integrations
from integrations.outcome import Outcome, Verdict
from integrations.page import PAGE

ONE, OTHER = integrations()[:2]


@pytest.mark.parametrize(
    "verdict, code",
    [(Verdict.RUNS, 0), (Verdict.STOPS, 0), (Verdict.FAILS, FAILED), (Verdict.NOT_RUN, NOT_FETCHED)],
)
def test_the_worst_verdict_decides(verdict: Verdict, code: int) -> None:
    assert _conclude([Outcome(ONE, Verdict.RUNS), Outcome(OTHER, verdict)], write=False) == code


def test_a_run_that_could_not_fetch_everything_writes_no_page(capsys: pytest.CaptureFixture[str]) -> None:
    before = PAGE.read_text()
    assert _conclude([Outcome(ONE, Verdict.NOT_RUN)], write=True) == NOT_FETCHED
    assert PAGE.read_text() == before
    assert "Without one: --from FOLDER" in capsys.readouterr().err
