"""The last run of each row, in integrations/runs: one file each, which a run writes and nobody else.

The page and its count are made of them (page.py). A run stores the digest of what it depended on (inputs.py), so
whatever changes later makes it a run of the past.
"""

import json
import re
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from cli.deploy.installation import ROOT
from cli.terminal.failure import Failure
from integrations.flow import FlowStep, Worked
from integrations.inputs import digest_of
from integrations.listed import Integration
from integrations.outcome import Outcome, Verdict

RUNS: Final = Path(__file__).with_name("runs")
PAGE: Final = ROOT / "docs" / "reference" / "stripe-integrations.md"


@dataclass(frozen=True)
class StoredRun:
    """An outcome, the day of the run, the commit of this repository that ran, and the digest of its inputs."""

    outcome: Outcome
    on: date
    commit: str
    inputs: str

    @property
    def is_current(self) -> bool:
        """Return whether nothing has changed that it depended on."""
        return self.inputs == digest_of(self.outcome.integration)


def commit_of_checkout(root: Path = ROOT) -> str:
    """Return the commit that is checked out. Raises Failure if a file differs from it, but for runs and their page."""
    made = (f":!{file.relative_to(ROOT)}" for file in (RUNS, PAGE))
    head, changed = (
        subprocess.run(["git", *words], cwd=root, text=True, capture_output=True, check=False)
        for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no", "--", ".", *made])
    )
    if head.returncode or changed.stdout:
        raise Failure(
            "A stored run names the commit that ran, and the files here are not those of a commit.",
            "Commit them, or run without --write.",
        )
    return head.stdout.strip()


def file_of(integration: Integration, folder: Path = RUNS) -> Path:
    """Return the file of a row's run."""
    return folder / f"{re.sub(r'[^a-z0-9]+', '-', integration.name.lower())}.json"


def store(run: StoredRun, folder: Path = RUNS) -> None:
    """Write a run, in place of the row's last one."""
    outcome = run.outcome
    fields = {
        "name": outcome.integration.name,
        "on": run.on.isoformat(),
        "commit": run.commit,
        "inputs": run.inputs,
        "proof": outcome.proof or str(outcome.integration.proof),
        "verdict": outcome.verdict,
        "worked": [asdict(one) for one in outcome.worked],
        "stopped_at": outcome.stopped_at,
        "why": outcome.why,
    }
    folder.mkdir(exist_ok=True)
    text = json.dumps(fields, indent=2, ensure_ascii=False)
    file_of(outcome.integration, folder).write_text(f"{text}\n", encoding="utf-8")


def stored(integration: Integration, folder: Path = RUNS) -> StoredRun | None:
    """Return the last run of a row, or None if there is none."""
    file = file_of(integration, folder)
    if not file.is_file():
        return None
    fields: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    worked = [Worked(one["what"], FlowStep(one["does"]) if one["does"] else None) for one in fields["worked"]]
    outcome = Outcome(
        integration, Verdict(fields["verdict"]), worked, fields["stopped_at"], fields["why"], fields["proof"]
    )
    return StoredRun(outcome, date.fromisoformat(fields["on"]), fields["commit"], fields["inputs"])
