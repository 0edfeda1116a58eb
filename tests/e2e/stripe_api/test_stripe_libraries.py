"""The calls of the replays, as their codebases send them, at the deployed sandbox. `make test-stripe` asks Stripe."""

import pytest

from integrations.listed import Integration, Proof, integrations
from integrations.page import stopped
from integrations.run import Sandbox as Place, run_replay
from integrations.stored_runs import stored
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api

REPLAYED = [one for one in integrations() if one.proof is Proof.REPLAY]


@pytest.mark.parametrize("replayed", REPLAYED, ids=lambda replayed: replayed.name)
def test_each_replay_works_as_far_as_documented(replayed: Integration, sandbox: Sandbox, api: Api) -> None:
    """It reads what it expects in each answer, up to the refusal that its stored run has: the page is made of that."""
    outcome = run_replay(replayed, Place(sandbox.base_url, api.api_key, ""))
    run = stored(replayed)
    assert run is not None, f"run and store it: make integrations ARGS='--write \"{replayed.name}\"'"
    assert (outcome.verdict, stopped(outcome)) == (run.outcome.verdict, stopped(run.outcome)), outcome.worked
