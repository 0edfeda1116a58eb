"""Counts the files that commits changed by hand, for the table of CONTRIBUTING.md.

    python -m benchmarks.cost_of_change    list them by commit

Each row of the table names its commits, so that anybody can count again with `git show --numstat`. The commits are the
ones that made such a change and little else. `docs/generate.py` writes the table.
"""

import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.on_change import has_history

ROOT: Final = Path(__file__).resolve().parents[1]
CONTRIBUTING: Final = ROOT / "CONTRIBUTING.md"
BEGIN: Final = "<!-- Written by docs/generate.py, counted by benchmarks/cost_of_change.py. -->"
END: Final = "<!-- End of what it writes. -->"

_NUMBERED: Final = 3
"""Columns of `git show --numstat`: lines added, lines deleted, path."""

_GENERATED: Final = re.compile(
    r"docs/(openapi\.json|reference/|explanation/capacity\.md)|dashboard/(built|src/.*\.json$)|benchmarks/results/"
    r"|lambdas/donations/page/|layers/shared/python/paysandbox/stripe_api/catalog/(event_types|parameters|paths|releases)\.py"
    r"|tests/(api_reference/contract\.txt|infra/(api/called_names|data/stateful_ids)\.json)|requirements/.*\.txt$|(.*/)?package-lock\.json$|.*/lock\.txt$"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of change: the files that it begins with, and commits that made it."""

    name: str
    first_files: str
    commits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """The numbers of files that a commit changed by hand. A renamed file counts once, a deleted one does not."""

    product: int
    tests: int
    docs: int


CHANGES: Final = (
    Change("an optional field on authorize", "`payments/payment.py` (`Annotations`), `payments/authorization_body.py`"),
    Change(
        "a native route over existing tables",
        "`<feature>/routes.py`, `<feature>/schemas.py`, the handler `lambdas/<feature>/<route>.py`, its example in "
        "`api_reference/examples.py`, its scenarios in `tests/<feature>/scenarios.py`, the handler's test",
        ("6ccaf5cf", "32055f96", "34592022", "4466e512"),
    ),
    Change(
        "a kind of operation on payments",
        "`payments/operations/<kind>.py`, its rules in `payments/rules/<kind>.py`",
        ("ccdfc5ea",),
    ),
    Change(
        "… and Stripe's route for it", "`stripe_api/routes.py`, `stripe_api/requests.py`, its handler", ("b2dc8364",)
    ),
    Change(
        "an event type",
        "`core/event_type.py`, the file of the operation that causes it, its example in `api_reference/examples.py`",
        ("fd4b6d63",),
    ),
    Change(
        "a Stripe resource",
        "its declaration (see `stripe_api/resources/tax_rates.py`), its line in `stripe_api/declared.py`, its "
        "example in `stripe_api/resources/examples.py`, from which its events, samples and its check in `verify` "
        "follow, its name in the pages of `docs/stripe_coverage.py`, its scenarios, its test. With objects that it "
        "names: what it expands to in `stripe_api/objects/expand.py` (its rights follow)",
        ("fb496fdd",),
    ),
    Change(
        "a verb of a Stripe resource",
        "an `Action` in its declaration, and the function that answers it (see "
        "`stripe_api/resources/payouts/payout_actions.py`), its scenarios, its test",
        (),
    ),
    Change(
        "a payment method of disbursements",
        "its lines in `disbursements/methods.py` and `disbursements/rails.py`, `disbursements/<method>/rail.py`",
        ("843f8507", "785e5932"),
    ),
    Change(
        "a function of Stripe.js",
        "its row in `stripe_js/trains.json`, its method in `stripe_js/script/stripe.js`. With a request that the "
        "frames do not send yet: its row in `stripe_js/frames/requests.js`",
        ("41525c36",),
    ),
    Change(
        "an option of a command and of its MCP tool",
        "the command, its row in `cli/mcp/tools.py`. A new tool also: its call in `tests/e2e/mcp/test_mcp.py`",
        ("8c62bb65",),
    ),
    Change("a test card that declines", "its row in `payments/bank/test_cards.py`"),
)


def files(commit: str, repository: Path = ROOT) -> Files:
    """Return how many files a commit changed by hand. Raises CalledProcessError if the repository does not have it."""
    numstat = ["git", "show", "--numstat", "--format=", "--no-renames", "--diff-filter=d", commit, "--"]
    lines = subprocess.run(numstat, cwd=repository, text=True, capture_output=True, check=True).stdout.splitlines()
    return by_hand([line.split("\t", _NUMBERED - 1)[-1] for line in lines])


def by_hand(paths: Collection[str]) -> Files:
    """Return how many of the paths are of each part, without those that a program writes."""
    written = [path for path in paths if not _GENERATED.match(path)]
    tests = sum(path.startswith("tests/") for path in written)
    docs = sum(not path.startswith("tests/") and (path.startswith("docs/") or path.endswith(".md")) for path in written)
    return Files(len(written) - tests - docs, tests, docs)


def can_count(repository: Path = ROOT) -> bool:
    """Return whether a checkout has the history of this repository: an archive and a shallow clone do not.

    One that has a part of the commits does, so a name that is no commit is an error.
    """
    commits = [commit for change in CHANGES for commit in change.commits]
    exists = ["git", "cat-file", "--batch-check=%(objecttype)"]
    answers = subprocess.run(
        exists, cwd=repository, text=True, input="\n".join(commits), capture_output=True, check=False
    ).stdout
    return has_history(repository) and "commit" in answers.split()


def contributing() -> str:
    """Return CONTRIBUTING.md with the table between its markers.

    A checkout that cannot count gets the document as it is. Raises ValueError if it does not have both markers.
    """
    text = CONTRIBUTING.read_text()
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"CONTRIBUTING.md needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{begin}\n{table()}\n{end}{after}" if can_count() else text


def table() -> str:
    """Return the table: by kind of change, what it begins with, the medians of its commits, and the commits."""
    rows = (f"| {change.name} | {change.first_files} | {_counted(change)} |\n" for change in CHANGES)
    return "".join(
        ["| change | begins with | product + tests + docs files | counted in |\n", "|---|---|---|---|\n", *rows]
    )


def _counted(change: Change) -> str:
    if not change.commits:
        return "not counted | no commit made only this"
    counts = [files(commit) for commit in change.commits]
    parts = (median(part) for part in zip(*((c.product, c.tests, c.docs) for c in counts), strict=True))
    return f"{' + '.join(f'{part:g}' for part in parts)} | {', '.join(f'`{commit}`' for commit in change.commits)}"


def _by_commit() -> Iterator[str]:
    for change in CHANGES:
        for commit in change.commits:
            counted = files(commit)
            yield f"{commit}  {counted.product:3} + {counted.tests:2} + {counted.docs:2}  {change.name}"


def main() -> int:
    """Print the numbers by commit, or say that this checkout does not have every commit."""
    if not can_count():
        sys.stderr.write("This checkout does not have the history: git fetch --unshallow\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in _by_commit())
    return 0


if __name__ == "__main__":
    sys.exit(main())
