"""What `cdk deploy --all` leaves when a stack fails, by the CDK CLI's own scheduler (deployment.py)."""

import json
from collections.abc import Mapping
from typing import Final

import pytest

from tests.infra.deployment import (
    AT_ONCE,
    CLI,
    PIECES,
    Deployment,
    Result,
    before,
    durations,
    failures,
    order_of,
    run,
    work_graph,
)
from tests.infra.templates import FROM_GITHUB, ROOT, WITHOUT_DASHBOARD, Synthesized, templates_for
from tests.support.tools.tiers import full_but

WANTED: Final = ("payments", "api", "v1", "monitoring")
"""What an account needs: the functions that move money, both APIs and their alarms."""

APPS: Final[Mapping[str, Mapping[str, str]]] = {
    "prod, with the pipeline": FROM_GITHUB["prod"],
    "dev": {"env": "dev"},
    "staging, with the pipeline": FROM_GITHUB["staging"],
    "no dashboard": WITHOUT_DASHBOARD,
    "no features": {"env": "dev", "donations": "false", "disbursements": "false"},
}

Failed = list[tuple[Deployment, Result]]


@pytest.fixture(scope="module", params=full_but([*APPS], keep=lambda name: name.startswith(("prod", "dev"))))
def app(request: pytest.FixtureRequest) -> Synthesized:
    return templates_for(**APPS[request.param])


@pytest.fixture(scope="module")
def failed(app: Synthesized) -> Failed:
    """Provide every deployment of the app in which a stack fails, with its result."""
    deployments = failures(app)
    return [*zip(deployments, run(deployments), strict=True)]


# --- the CLI ----------------------------------------------------------------------------------------------------------


def test_the_scheduler_is_that_of_the_locked_cli() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/aws-cdk"]["version"]
    assert json.loads((CLI / "package.json").read_text())["version"] == locked


@pytest.mark.parametrize("piece", PIECES)
def test_a_bundle_without_the_scheduler_fails_the_tests(piece: str) -> None:
    module = "// ../lib/api/work-graph/work-graph.ts\n" + "\n".join(PIECES) + "\n// ../lib/next.ts\n"
    assert work_graph(module)
    with pytest.raises(AssertionError, match="drive the CDK CLI's own class `WorkGraph`"):
        work_graph(module.replace(piece, ""))


def test_a_failure_skips_what_has_not_started() -> None:
    """The premise of the order: the CLI skips `late`, which does not need the stack that failed."""
    after: dict[str, list[str]] = {"first": [], "fails": [], "late": ["first"]}
    (result,) = run([Deployment(after, dict.fromkeys(after, 60), 4, fails="fails", fails_after_s=30)])
    assert result == Result({"first": 0, "fails": 0}, frozenset({"first"}), 60, "fails")


def test_every_stack_is_deployed_after_those_it_waits_for(app: Synthesized) -> None:
    after = order_of(app)
    runs = [Deployment(after, seconds, at_once) for seconds in durations(app) for at_once in AT_ONCE]
    for deployment, result in zip(runs, run(runs), strict=True):
        assert (result.deployed, result.error) == (after.keys(), None)
        ends = {stack: second + deployment.seconds[stack] for stack, second in result.started.items()}
        for stack, others in after.items():
            assert all(ends[other] <= result.started[stack] for other in others), stack


# --- what a failure leaves --------------------------------------------------------------------------------------------


def test_a_failure_leaves_all_that_does_not_wait_for_the_stack(failed: Failed, subtests: pytest.Subtests) -> None:
    """Of payments, api, v1 and monitoring, whichever stack fails, early or late.

    A stack comes before one of the four, and then its failure stops it, or after it. There is one exception: `v1` and
    `monitoring` start together, so with one stack at once, the failure of the first stops the second.
    """
    for fails in failed[0][0].after:
        with subtests.test(fails=fails):
            for deployment, result in failed:
                if deployment.fails == fails:
                    assert (result.error, result.deployed & {*WANTED}) == (fails, expected(deployment)), deployment


def expected(deployment: Deployment) -> set[str]:
    after, fails = deployment.after, deployment.fails
    left = {stack for stack in WANTED if stack != fails and fails not in before(stack, after)}
    together = [stack for stack in after if stack in ("v1", "monitoring")]
    return left.difference(together) if (deployment.at_once, fails) == (1, together[0]) else left


def test_what_none_of_them_needs_comes_last(failed: Failed) -> None:
    """An account that may not create distributions yet, or has GitHub's identity provider already, has both APIs."""
    for deployment, result in failed:
        if deployment.fails in ("hosting", "dashboard", "pipeline"):
            assert {*WANTED} <= result.deployed, deployment


def test_payments_are_left_by_all_but_what_they_need(failed: Failed) -> None:
    """They need the tables, the secrets, the request log, and the readers of what they write."""
    stopping = {deployment.fails for deployment, result in failed if "payments" not in result.deployed}
    assert stopping == {"removals", "data", "secrets", "requests", "events", "webhooks", "payments"}
