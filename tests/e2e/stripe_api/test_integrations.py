"""One row of each kind of proof at the deployed sandbox, as `make integrations` runs it, with what registries have.

Stripe's samples are in no registry, so one of our own (./sample) stands for the row whose buyer it has. Left out are
the comparison of a replay with its source, and the suite in Ruby, whose gems are in repositories only.
"""

import shutil
from pathlib import Path

import pytest

from integrations.flow import FlowStep, done
from integrations.listed import integrations
from integrations.outcome import Outcome, Verdict
from integrations.run import Sandbox as Place, run_own_code, run_proven_replay, run_sample
from integrations.sources import NotFetchedError
from paysandbox.http.keys.credential import publishable_key
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

pytestmark = pytest.mark.full

ROWS = {one.name: one for one in integrations()}
SAMPLE = Path(__file__).with_name("sample")


@pytest.fixture
def at(sandbox: Sandbox, api: Api) -> Place:
    """Return the sandbox, and the keys of this file's merchant."""
    return Place(sandbox.base_url, api.api_key, publishable_key(api.api_key))


def check(outcome: Outcome) -> None:
    """Check that the whole flow was done."""
    assert outcome.verdict is Verdict.RUNS, outcome
    assert done(outcome.worked) >= {*outcome.integration.flow}


def test_a_sample_runs_with_its_page_in_a_browser(at: Place, tmp_path: Path) -> None:
    folder = shutil.copytree(SAMPLE, tmp_path / "sample")
    row = ROWS["saving-card-without-payment"]
    outcome = run_sample(row, folder / "server" / "node", folder / "client", None, at)
    check(outcome)
    assert [one.what for one in outcome.worked if one.does is FlowStep.SAVE_CARD] == [
        "its page in Chromium: declined, 3-D Secure, saved (aborted: nothing)"
    ]


def test_own_code_runs(at: Place) -> None:
    check(run_own_code(ROWS["django-payments"], at))


def test_a_replay_is_sent_by_the_sdk_that_its_codebase_pins(at: Place) -> None:
    def no_text(file: str) -> str:
        raise NotFetchedError(file)

    outcome = run_proven_replay(ROWS["Saleor app"], at, no_text)
    check(outcome)
    assert outcome.proof.startswith("replay: sent by stripe-node 18.1.0; source lines not compared")
