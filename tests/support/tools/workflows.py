"""The rules for every workflow of this repository. Each rule reports what violates it.

They complement a linter of workflows, which knows GitHub but not this project.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.tools.makefiles import TARGETS

ROOT: Final = Path(__file__).resolve().parents[3]

Job = dict[str, Any]

# Jobs that may request a token from GitHub's identity provider: to assume a role in AWS, to sign attestations,
# and to upload to PyPI.
WITH_IDENTITY: Final = frozenset({"deploy", "verify", "diff", "dev", "staging", "prod", "publish", "pypi"})
ENVIRONMENTS: Final = ("dev", "staging", "prod")

_PINNED: Final = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n?")
_LOCAL: Final = re.compile(r"uses: \./\.github/workflows/\w+\.yml\n?")
# Read by name, as a whole, or handed on; not the word in a text.
_SECRETS: Final = re.compile(r"\bsecrets\s*[.\[:)]")
_MAKE: Final = re.compile(r"(?:^|[;&|]\s*)make ([a-z]+(?:-[a-z]+)*)", re.MULTILINE)


@dataclass(frozen=True)
class Workflow:
    """One workflow file: its text, for comments, and its parsed content."""

    name: str
    text: str
    says: dict[Any, Any]

    @property
    def jobs(self) -> dict[str, Job]:
        return self.says["jobs"]

    @property
    def triggers(self) -> set[str]:
        # YAML 1.1 parses the key `on` as true.
        asked = self.says["on"] if "on" in self.says else self.says[True]
        return {asked} if isinstance(asked, str) else set(asked)

    def steps(self) -> Iterator[dict[str, Any]]:
        for job in self.jobs.values():
            yield from job.get("steps", [])


def read(file: Path) -> Workflow:
    text = file.read_text()
    return Workflow(file.name, text, yaml.safe_load(text))


def zizmor(*inputs: Path) -> "subprocess.CompletedProcess[str]":
    """Run the linter of workflows and actions, offline. Its config is named, for files outside of the repository."""
    program, config = Path(sys.executable).parent / "zizmor", ROOT / ".github" / "zizmor.yml"
    flags = ["--offline", "--pedantic", "--no-progress", "--color=never", "--config", str(config)]
    return subprocess.run([program, *flags, *inputs], text=True, capture_output=True, check=False)


def actions_are_pinned(workflow: Workflow) -> Iterator[str]:
    for line in workflow.text.splitlines():
        used = line.strip().removeprefix("- ")
        if used.startswith("uses:") and not (_PINNED.fullmatch(used) or _LOCAL.fullmatch(used)):
            yield f"{used!r} names no commit with its version behind it"


def nothing_is_permitted_by_default(workflow: Workflow) -> Iterator[str]:
    if workflow.says.get("permissions") != {}:
        yield "top-level permissions are not {}"


def each_job_declares_its_permissions(workflow: Workflow) -> Iterator[str]:
    for name, job in workflow.jobs.items():
        if not isinstance(job.get("permissions"), dict):
            yield f"job {name} has no permissions of its own"


def each_job_has_a_timeout(workflow: Workflow) -> Iterator[str]:
    for name, job in workflow.jobs.items():
        # GitHub allows no timeout on a job that calls a workflow; the called jobs have their own.
        if "uses" not in job and not isinstance(job.get("timeout-minutes"), int):
            yield f"job {name} has no timeout-minutes"


def only_some_jobs_get_an_identity(workflow: Workflow) -> Iterator[str]:
    for name, job in workflow.jobs.items():
        if "id-token" in (job.get("permissions") or {}) and name not in WITH_IDENTITY:
            yield f"job {name} asks for an identity token"


def pull_requests_get_no_further_permissions(workflow: Workflow) -> Iterator[str]:
    for trigger in sorted(workflow.triggers & {"pull_request_target", "workflow_run", "issue_comment"}):
        yield f"{trigger} runs a stranger's text with this repository's rights"
    if "pull_request" not in workflow.triggers:
        return
    for name, job in workflow.jobs.items():
        ours_alone = "head.repo.full_name == github.repository" in str(job.get("if"))
        if "id-token" in (job.get("permissions") or {}) and not ours_alone:
            yield f"job {name} would try to become a role for a fork"


def no_secret_is_stored(workflow: Workflow) -> Iterator[str]:
    if _SECRETS.search(workflow.text):
        yield "a stored secret is read"
    for where in (workflow.says, *workflow.jobs.values()):
        if "token" in str(where.get("env", "")):
            yield "a token stands in the environment of more than one step"


def make_targets_exist(workflow: Workflow) -> Iterator[str]:
    for step in workflow.steps():
        for target in _MAKE.findall(step.get("run", "")):
            if target not in TARGETS:
                yield f"make {target}: there is no such target"


def environments_come_in_order(workflow: Workflow) -> Iterator[str]:
    """Check that the deploying workflow runs dev, staging, prod in order, each after the previous one."""
    deployed = {name: job for name, job in workflow.jobs.items() if "environment" in job.get("with", {})}
    if tuple(job["with"]["environment"] for job in deployed.values()) != ENVIRONMENTS:
        yield "it does not deploy dev, staging and prod, in this order"
    for before, (name, job) in zip(list(deployed), list(deployed.items())[1:], strict=False):
        if job.get("needs") != [before]:
            yield f"{name} does not wait for {before}"
    if [job["with"]["environment"] for job in deployed.values() if job["with"].get("verify")] != ["staging"]:
        yield "staging is not tried before prod"


RULES: Final[tuple[Callable[[Workflow], Iterator[str]], ...]] = (
    actions_are_pinned,
    nothing_is_permitted_by_default,
    each_job_declares_its_permissions,
    each_job_has_a_timeout,
    only_some_jobs_get_an_identity,
    pull_requests_get_no_further_permissions,
    no_secret_is_stored,
)
