"""Tests that failed because the machine did, and not the product: CI tries them once more.

A time-out, a refused connection and a browser that does not start may be the machine's. An assertion never is, nor is
anything that a race, a crash, generated requests or an audit of the money shows: those fail at once. Every test has
fixed seeds, so the second try is the same. `make test ARGS=--try-outages-again`, as .ci/run calls it.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

ROOT: Final = Path(__file__).resolve().parents[1]

MOST: Final = 3
"""How many tests a run may try again. A machine that fails more often is not a place for tests."""

OUTAGES: Final = re.compile(
    r"(?:[\w.]+\.)?(?:ChromiumError|ConnectionRefusedError|ConnectError|ConnectTimeout|ReadTimeout|TimeoutExpired"
    r"|EndpointConnectionError|ConnectTimeoutError|ReadTimeoutError)\b|Failed: Timeout \(>"
)
"""How the message of such a failure begins."""

FOLDERS: Final = ("tests/cli/", "tests/e2e/", "tests/engine/", "tests/integrations/", "tests/packages/")
"""Where tests start programs and browsers. Everywhere else, a time-out is an endless loop."""

NEVER: Final = re.compile(r"race|crash|kill|storm|fuzz|any_request|contract|audit|restart|settlement|load|hostile")
"""Tests in whose names, or whose files', this occurs are about what an outage would hide."""


@dataclass(frozen=True)
class Failure:
    """A failed test: its ID for pytest, its failure's message, and pytest's output of it."""

    test: str
    message: str
    output: str

    @property
    def is_outage(self) -> bool:
        """Whether the machine may be at fault."""
        where = self.test.partition("[")[0]
        return bool(OUTAGES.match(self.message)) and where.startswith(FOLDERS) and not NEVER.search(where)


def failures_in(report: Path) -> list[Failure]:
    """Return the failed tests of one of pytest's reports (JUnit XML)."""
    failed: list[Failure] = []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest's
        for result in (*case.iter("failure"), *case.iter("error")):
            test = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
            failed.append(Failure(test, result.get("message", "").strip(), result.text or ""))
    return failed


def outages(failures: Iterable[Failure]) -> list[Failure]:
    """Return the failures if all of them are outages, and not too many. Otherwise none is to be tried again."""
    failed = [*failures]
    return failed if len(failed) <= MOST and all(failure.is_outage for failure in failed) else []


def try_again(reports: Path, *options: str, root: Path = ROOT) -> bool:
    """Run the failed tests of all reports in a folder once more, if they may be tried again. Return whether they pass.

    Their failures are then removed from the reports, and both outputs are printed. `options` are pytest's.
    """
    failed = outages(failure for report in sorted(reports.glob("*.xml")) for failure in failures_in(report))
    if not failed:
        return False
    words = [*options, "-q", "--tb=short", "--timeout=1200", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words, *(failure.test for failure in failed)],
        cwd=root,
        text=True,
        capture_output=True,
        check=False,
    )
    for failure in failed:
        sys.stdout.write(f"flaky: {failure.test}\nFirst, it failed:\n{failure.output}\n")
    sys.stdout.write(f"Then:\n{ended.stdout}{ended.stderr}\n")
    if ended.returncode == 0:
        _forgive(reports, failed)
    return ended.returncode == 0


def _forgive(reports: Path, failed: Sequence[Failure]) -> None:
    names = {failure.test.partition("::")[2] for failure in failed}
    for report in reports.glob("*.xml"):
        tree = ElementTree.parse(report)  # noqa: S314 - pytest's
        for case in tree.iter("testcase"):
            if case.get("name") in names:
                for result in [*case.findall("failure"), *case.findall("error")]:
                    case.remove(result)
        tree.write(report)
