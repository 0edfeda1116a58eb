"""Looks for known holes in the locked packages, and for secrets in every commit; `make scan` calls it.

    python -m tests.scan [PART …]        packages, npm, secrets; no PART: all of them

The first two ask the package registries, so this is no part of `make test`. A package that could not be looked up
counts as a failure: a scan that saw nothing would look like one that found nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent

# dev.txt holds the layer's packages at the layer's versions.
LOCKS: Final = ("requirements/dev.txt", "requirements/engine.txt")
PARTS: Final = ("packages", "npm", "secrets")

# Keys that have a form of their own. Not the guesses by entropy and by variable name: hashes of lock files and
# published test values would drown what matters.
KINDS: Final = (
    "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "DiscordBotTokenDetector",
    "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector",
    "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip

_COMMIT: Final = "\x01commit "


@dataclass(frozen=True, order=True)
class Found:
    """A line that looks like a secret. Where it is, never what it is."""

    commit: str
    file: str
    kind: str


class ScanError(Exception):
    """Why nothing could be said."""


def added_lines(log: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Commit, file and text of every line that a commit added; of its message too, under the file's name `message`."""
    commit, file = "", "message"
    for line in log:
        if line.startswith(_COMMIT):
            commit, file = line.removeprefix(_COMMIT).strip(), "message"
        elif line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        elif line.startswith("diff --git "):
            file = line.rpartition(" b/")[2].strip()
        elif line.startswith("+"):
            yield commit, file, line[1:].rstrip("\n")
        elif file == "message":
            yield commit, file, line.rstrip("\n")


def history(repository: Path) -> Iterator[str]:
    """Every change of every commit that any branch or tag leads to."""
    shallow = ["git", "-C", str(repository), "rev-parse", "--is-shallow-repository"]
    answer = subprocess.run(shallow, text=True, capture_output=True, check=False)
    if answer.returncode != 0:
        raise ScanError(f"{repository} is no git repository, so there is no history to look at.")
    if answer.stdout.strip() == "true":
        raise ScanError("Only a part of the history is here: git fetch --unshallow (in a workflow: fetch-depth: 0).")
    log = ["git", "-C", str(repository), "log", "--all", "--patch", "--unified=0", "--diff-merges=separate"]
    form = ["--no-color", "--no-ext-diff", "--no-textconv", f"--format={_COMMIT}%h%n%B"]
    with subprocess.Popen([*log, *form], stdout=subprocess.PIPE, text=True, errors="replace") as running:
        assert running.stdout is not None
        yield from running.stdout
    if running.returncode != 0:
        raise ScanError("git log failed, so the history was not looked at to its end.")


def secrets(repository: Path) -> list[Found]:
    """What looks like a secret anywhere in a repository's history, also where a later commit has removed it."""
    found: set[Found] = set()
    clean: set[str] = set()
    with transient_settings({"plugins_used": [{"name": name} for name in KINDS]}):
        for commit, file, text in added_lines(history(repository)):
            if text in clean:
                continue
            kinds = {secret.type for secret in scan_line(text)}
            found |= {Found(commit, file, kind) for kind in kinds}
            if not kinds:
                clean.add(text)
    return sorted(found)


def scan_packages() -> bool:
    """Whether pip-audit knows no hole in any locked package."""
    locks = [word for lock in LOCKS for word in ("--requirement", str(ROOT / lock))]
    # As they stand: nothing is installed or resolved. Strict: a package that the index does not know is no pass.
    flags = ["--require-hashes", "--disable-pip", "--strict", "--progress-spinner=off"]
    command = [str(BIN / "pip-audit"), *flags, *locks]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def scan_npm() -> bool:
    """Whether npm knows no hole in package-lock.json."""
    command = [str(BIN / "npm"), "audit", "--package-lock-only"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def scan_secrets() -> bool:
    """Whether no commit holds a secret."""
    try:
        found = secrets(ROOT)
    except ScanError as error:
        print(error)
        return False
    for one in found:
        print(f"{one.kind} in {one.file}, commit {one.commit}")
    if found:
        print("Make it worthless where it was made first; then think about the history.")
    return not found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scan", description="Look for holes and secrets.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    asked = parser.parse_args().parts or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    scans = dict(zip(PARTS, (scan_packages, scan_npm, scan_secrets), strict=True))
    results = {part: scans[part]() for part in PARTS if part in asked}
    for part, clean in results.items():
        print(f"{part:<10} {'nothing found' if clean else 'FAILED'}", flush=True)
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
