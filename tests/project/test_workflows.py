"""The workflows of GitHub: linted, and held to the rules of this house. Nothing here asks GitHub anything."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import noxfile
from requirements import install
from tests.support.tools import chromium, node_package, stripe_majors
from tests.support.tools.workflows import (
    RULES,
    Workflow,
    environments_come_in_order,
    make_targets_exist,
    read,
    zizmor,
)

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = [read(file) for file in sorted((GITHUB / "workflows").iterdir())]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def by_name(name: str) -> Workflow:
    (workflow,) = (workflow for workflow in WORKFLOWS if workflow.name == name)
    return workflow


# --- ours -------------------------------------------------------------------------------------------------------------


def test_these_are_all_workflows() -> None:
    names = ["deploy.yml", "deploy_environment.yml", "nightly.yml", "pull_request.yml", "release.yml", "tests.yml"]
    assert [w.name for w in WORKFLOWS] == names


def test_the_linter_finds_nothing() -> None:
    done = zizmor(GITHUB)
    assert done.returncode == 0, done.stdout
    for workflow in WORKFLOWS:
        assert workflow.name in done.stdout + done.stderr, "it was looked at"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_every_rule_is_met(workflow: Workflow) -> None:
    assert [said for rule in RULES for said in rule(workflow)] == []
    assert list(make_targets_exist(workflow)) == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_every_step_is_a_valid_shell_script(workflow: Workflow) -> None:
    for step in workflow.steps():
        if "run" in step:
            assert "${{" not in step["run"], "what GitHub puts in comes through env, as text"
            done = subprocess.run(["bash", "-n", "-c", step["run"]], text=True, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr


def test_environments_are_deployed_in_order() -> None:
    assert list(environments_come_in_order(by_name("deploy.yml"))) == []


def test_pull_requests_scan_synthesize_and_compare() -> None:
    runs = "\n".join(step.get("run", "") for step in by_name("pull_request.yml").steps())
    for command in ("make scan\n", "cdk synth", "cdk diff"):
        assert command in runs + "\n"


TESTS = by_name("tests.yml").jobs


@pytest.mark.parametrize(
    "name, after", [("deploy.yml", ["dev"]), ("pull_request.yml", ["diff"])], ids=["deploy", "pull request"]
)
def test_what_follows_waits_for_every_test(name: str, after: list[str]) -> None:
    jobs = by_name(name).jobs
    assert jobs["test"]["uses"] == "./.github/workflows/tests.yml"
    assert not {"if", "needs"} & jobs["test"].keys()
    assert [job for job in after if "test" not in jobs[job]["needs"]] == []


def test_every_part_runs_in_one_job() -> None:
    """In the full tier, which has the tests of the fast one; the coverage of all when these have ended."""
    matrix = TESTS["part"]["strategy"]["matrix"]["include"]
    in_jobs = [part for job in matrix for part in job["parts"].split()]
    assert sorted(in_jobs) == sorted(noxfile.PARTS)
    (parts,) = (step for step in TESTS["part"]["steps"] if "run" in step)
    assert (parts["run"], parts["env"]) == (
        'make test ARGS="all $PARTS --leave-out-unchanged"',
        {"PARTS": "${{ matrix.parts }}"},
    )
    assert TESTS["coverage"]["needs"] == ["part"]
    assert TESTS["coverage"]["steps"][-1]["run"] == 'make test ARGS="all combined_coverage"'


def test_the_coverage_of_every_measured_part_is_handed_on() -> None:
    (upload,) = (step for step in TESTS["part"]["steps"] if "upload-artifact" in step.get("uses", ""))
    assert upload["if"] == " || ".join(f"matrix.job == '{part}'" for part in noxfile.MEASURED)
    assert upload["with"]["include-hidden-files"] is True
    assert upload["with"]["path"] == f"{noxfile.COVERED.relative_to(ROOT)}/${{{{ matrix.job }}}}"
    downloads = [step["with"] for step in TESTS["coverage"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert downloads == [
        {"name": f"coverage-{part}", "path": f"{noxfile.COVERED.relative_to(ROOT)}/{part}"} for part in noxfile.MEASURED
    ]


def test_caches_have_what_is_installed_and_no_note_of_a_result() -> None:
    (cache,) = (step["with"] for step in TESTS["part"]["steps"] if "actions/cache@" in step.get("uses", ""))
    on_first_use = (chromium.CACHE, node_package.CACHE, stripe_majors.CACHE)
    installed = {part.environment for part in install.PARTS} | {str(it.relative_to(ROOT)) for it in on_first_use}
    assert {*cache["path"].split()} == installed


def test_deployments_follow_a_diff() -> None:
    runs = [step.get("run", "") for step in by_name("deploy_environment.yml").jobs["deploy"]["steps"]]
    (shown,) = (place for place, run in enumerate(runs) if "cdk diff --all" in run)
    deployed = [place for place, run in enumerate(runs) if "cdk deploy --all" in run]
    assert deployed == [shown + 1, shown + 2]


def test_deployments_and_verification_use_the_pipeline_roles() -> None:
    stack = (ROOT / "stacks/operations/pipeline_stack.py").read_text()
    assert 'f"GitHub variable AWS_{name.upper()}_ROLE_ARN"' in stack
    asked = {
        step["with"]["role-to-assume"]
        for workflow in WORKFLOWS
        for step in workflow.steps()
        if "role-to-assume" in step.get("with", {})
    }
    assert asked == {f"${{{{ vars.AWS_{name}_ROLE_ARN }}}}" for name in ("DEPLOY", "DIFF", "VERIFY")}


def test_a_newer_push_cancels_a_test_and_never_a_deployment() -> None:
    assert by_name("pull_request.yml").says["concurrency"]["cancel-in-progress"] is True
    concurrency = by_name("deploy_environment.yml").jobs["deploy"]["concurrency"]
    assert concurrency == {"group": "deploy-${{ inputs.environment }}", "cancel-in-progress": False}


def test_dependabot_covers_every_lock_file() -> None:
    says = yaml.safe_load((GITHUB / "dependabot.yml").read_text())
    watched = {(update["package-ecosystem"], update["directory"]) for update in says["updates"]}
    # The first with the dashboard and the packages, its workspaces.
    folders = ("/", "/tests/browser", "/tests/infra/iam/simulator", "/tests/stripe_majors")
    npm = {("npm", folder) for folder in folders}
    assert watched == {("github-actions", "/"), ("pip", "/requirements"), *npm}


# --- each rule can fail -----------------------------------------------------------------------------------------------

TOY = f"""
name: toy
on: pull_request
permissions: {{}}
jobs:
  diff:
    if: github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      id-token: write
    steps:
      - uses: actions/checkout@{COMMIT} # v7.0.1
      - run: make test
"""

CHAIN = """
jobs:
  dev: {with: {environment: dev}}
  staging: {needs: [dev], with: {environment: staging, verify: true}}
  prod: {needs: [staging], with: {environment: prod}}
"""


def toy(text: str, *changes: tuple[str, str]) -> Workflow:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Workflow("toy.yml", text, yaml.safe_load(text))


def every_rule(workflow: Workflow) -> Iterator[str]:
    for rule in RULES:
        yield from rule(workflow)
    yield from make_targets_exist(workflow)


def test_example_workflows_pass() -> None:
    assert list(every_rule(toy(TOY))) == []
    assert list(environments_come_in_order(toy(CHAIN))) == []


@pytest.mark.parametrize(
    "old, new, said",
    [
        (f"@{COMMIT} # v7.0.1", "@v7 # v7.0.1", "names no commit"),
        (f"@{COMMIT} # v7.0.1", f"@{COMMIT}", "names no commit with its version"),
        (f"@{COMMIT}", f"@{COMMIT[:39]}", "names no commit"),
        ("permissions: {}", "permissions: {contents: read}", "top-level permissions are not {}"),
        ("permissions: {}\n", "", "top-level permissions are not {}"),
        ("    permissions:\n      id-token: write\n", "", "job diff has no permissions of its own"),
        ("    permissions:\n      id-token: write\n", "    permissions: write-all\n", "no permissions of its own"),
        ("    timeout-minutes: 5\n", "", "job diff has no timeout-minutes"),
        ("  diff:", "  test:", "job test asks for an identity token"),
        ("on: pull_request\n", "on: pull_request_target\n", "pull_request_target runs a stranger's text"),
        ("on: pull_request\n", "on: {push: {}, workflow_run: {}}\n", "workflow_run runs a stranger's text"),
        ("    if: github.event.pull_request.head.repo.full_name == github.repository\n", "", "for a fork"),
        ("make test", "make test KEY=${{ secrets.KEY }}", "a stored secret is read"),
        ("make test", "make test KEY='${{ toJSON(secrets) }}'", "a stored secret is read"),
        ("    timeout-minutes: 5\n", "    timeout-minutes: 5\n    secrets: inherit\n", "a stored secret is read"),
        ("    timeout", "    env: {GH_TOKEN: '${{ github.token }}'}\n    timeout", "of more than one step"),
        ("make test", "make tests", "make tests: there is no such target"),
    ],
)
def test_each_rule_can_fail(old: str, new: str, said: str) -> None:
    broken = list(every_rule(toy(TOY, (old, new))))
    assert any(said in sentence for sentence in broken), broken


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("environment: dev", "environment: prod", "in this order"),
        ("needs: [staging]", "needs: [dev]", "prod does not wait for staging"),
        ("needs: [dev], ", "", "staging does not wait for dev"),
        (", verify: true", "", "staging is not tried before prod"),
    ],
)
def test_order_check_can_fail(old: str, new: str, said: str) -> None:
    assert any(said in sentence for sentence in environments_come_in_order(toy(CHAIN, (old, new))))


def test_linter_can_fail(tmp_path: Path) -> None:
    file = tmp_path / "toy.yml"
    file.write_text(TOY.replace("make test", "echo ${{ github.event.pull_request.title }}"))
    done = zizmor(file)
    assert done.returncode != 0
    assert "template-injection" in done.stdout
