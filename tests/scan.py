"""Looks for known holes in the locked packages, and for secrets in the files and in every commit.

    python -m tests.scan [PART …]        packages, npm, secrets; no PART: all of them. `make scan`
    python -m tests.scan --offline       only what asks no registry: secrets. A part of `make test ARGS=all`
    python -m tests.scan --new           of that, the files and the commits that main does not have. Of `make test`

A package that could not be looked up counts as a failure: a scan that saw nothing would look like one that found
nothing. For the same reason `secrets` refuses half a history; with --offline and --new the half that is here will do,
since a shallow clone and an unpacked archive are tested too.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, cast

from detect_secrets.core.scan import scan_line
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import get_plugins, transient_settings

from tests.on_change import merged_or_noted

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent

# dev.txt holds the layer's packages at the layer's versions.
LOCKS: Final = tuple(f"requirements/{name}.txt" for name in ("dev", "engine", "playwright", "testcontainers"))
NPM_FOLDERS: Final = (ROOT, *(ROOT / folder for folder in ("tests/browser", "tests/infra/iam/simulator")))
PARTS: Final = ("packages", "npm", "secrets")

# Keys that have a form of their own. Not the guesses by entropy and by variable name: hashes of lock files and
# published test values would drown what matters.
KINDS: Final = (
    "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "DiscordBotTokenDetector",
    "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "MailchimpDetector", "NpmDetector",
    "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector", "SendGridDetector", "SlackDetector",
    "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip

CHUNK_LINES: Final = 200_000
"""How many lines are searched at once, so that a history of any length needs the same memory."""
NO_SECRETS: Final = frozenset[tuple[str, str]]()

_COMMIT: Final = "\x01commit "
_NOT_COMMITTED: Final = ""


@dataclass(frozen=True, order=True)
class Found:
    """A line that looks like a secret: where it is and the digest of what it is, never the secret itself."""

    commit: str
    file: str
    kind: str
    digest: str

    def __str__(self) -> str:
        where = f"commit {self.commit}" if self.commit else "the files"
        return f"{self.kind} in {self.file}, {where} (digest {self.digest})"


@dataclass(frozen=True)
class Allowed:
    """What looks like a secret and is none: one value in one file, and why."""

    file: str
    kind: str
    digest: str
    reason: str = field(compare=False)

    def covers(self, found: Found) -> bool:
        """Whether this very value was found, in this file."""
        return (self.file, self.kind, self.digest) == (found.file, found.kind, found.digest)


# A line that is new is better written in two parts, as tests/project/test_scan.py does.
ALLOWED: Final = (
    Allowed(
        "benchmarks/measuring/stubbed_aws.py",
        "AWS Access Key",
        "a238741c70d6cc60",
        "made up, in the form of a temporary key: benchmarks sign requests to a stand-in with it, as a function does",
    ),
    Allowed("benchmarks/stubbed_aws.py", "AWS Access Key", "a238741c70d6cc60", "the same, where the file lay before"),
    Allowed(
        "tests/engine/wall/test_signature.py",
        "AWS Access Key",
        "1a5d44a2dca19669",
        "the key of the examples in AWS's own documentation, tried as one that opens nothing",
    ),
    Allowed(
        "tests/integration/test_engine_signatures.py",
        "AWS Access Key",
        "1a5d44a2dca19669",
        "the same, where the file lay before",
    ),
)


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


def is_whole(repository: Path) -> bool:
    """Whether all of its history is here. Raises ScanError where there is no repository."""
    shallow = ["git", "-C", str(repository), "rev-parse", "--is-shallow-repository"]
    answer = subprocess.run(shallow, text=True, capture_output=True, check=False)
    if answer.returncode != 0:
        raise ScanError(f"{repository} is no git repository, so there is no history to look at.")
    return answer.stdout.strip() != "true"


def history(repository: Path, since: str = "") -> Iterator[str]:
    """Every change of every commit that any branch or tag leads to, except those that led to the commit `since`."""
    log = ["git", "-C", str(repository), "log", "--all", "--patch", "--unified=0", "--diff-merges=first-parent"]
    form = ["--no-color", "--no-ext-diff", "--no-textconv", f"--format={_COMMIT}%h%n%B"]
    known = ["--not", since] if since else []
    with subprocess.Popen([*log, *form, *known], stdout=subprocess.PIPE, text=True, errors="replace") as running:
        assert running.stdout is not None
        yield from running.stdout
    if running.returncode != 0:
        raise ScanError("git log failed, so the history was not looked at to its end.")


def files(folder: Path) -> list[str]:
    """Every file below it that git does not ignore, committed or not. The folder need not be a repository."""
    listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git = ["git", "-C", str(folder)]
    with tempfile.TemporaryDirectory() as scratch:
        if subprocess.run([*git, "rev-parse", "--git-dir"], capture_output=True, check=False).returncode != 0:
            git += [f"--git-dir={scratch}/.git", f"--work-tree={folder}"]
            subprocess.run([*git, "init", "--quiet"], capture_output=True, check=True)
        answer = subprocess.run([*git, *listed], capture_output=True, text=True, check=True)
    return sorted(set(answer.stdout.split("\0")) - {""})


def lines_of(folder: Path) -> Iterator[tuple[str, str, str]]:
    """File and text of every line of every file, as `added_lines` gives those of commits."""
    for file in files(folder):
        path = folder / file
        if path.is_file():  # one that was removed and not committed yet is listed all the same
            for text in path.read_text(errors="replace").splitlines():
                yield _NOT_COMMITTED, file, text


def secrets_in(lines: Iterable[tuple[str, str, str]]) -> list[Found]:
    """What looks like a secret in these lines of commits and files."""
    found: set[Found] = set()
    looked_at: dict[str, Set[tuple[str, str]]] = {}  # the kinds and digests of the secrets in each text
    remaining = iter(lines)
    with transient_settings({"plugins_used": [{"name": name} for name in KINDS]}):
        detectors = [cast("RegexBasedDetector", detector) for detector in get_plugins()]
        patterns = [pattern for detector in detectors for pattern in detector.denylist]
        while chunk := list(islice(remaining, CHUNK_LINES)):
            texts = {text for _, _, text in chunk} - looked_at.keys()
            looked_at |= dict.fromkeys(texts, NO_SECRETS)
            for text in likely(texts, patterns):
                looked_at[text] = {(secret.type, digest(secret.secret_value or "")) for secret in scan_line(text)}
            for commit, file, text in chunk:
                found |= {Found(commit, file, kind, value) for kind, value in looked_at[text]}
    return sorted(found)


def likely(texts: Iterable[str], patterns: Iterable[re.Pattern[str]]) -> set[str]:
    """The lines that a detector's pattern finds something in. The rest of a detector takes five times as long."""
    joined = "\n".join(texts)
    found: set[str] = set()
    for pattern in patterns:
        # One search of them all takes a third of the time of one for each.
        for match in re.finditer(pattern.pattern, joined, pattern.flags | re.MULTILINE):
            begin, end = joined.rfind("\n", 0, match.start()) + 1, joined.find("\n", match.end())
            found.update(joined[begin : end if end >= 0 else None].split("\n"))
    return found


def digest(value: str) -> str:
    """What stands for a secret where the secret itself must not: the beginning of its SHA-256."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def secrets(repository: Path, *, offline: bool = False, since: str = "") -> tuple[list[Found], bool]:
    """What looks like a secret in the files and in the history, also where a later commit has removed it.

    And whether this is all of the history: with `offline` half of it, or none, is no reason to refuse. Commits that
    led to the commit `since` are left out.
    """
    try:
        whole = is_whole(repository)
    except ScanError:
        if not offline:
            raise
        return secrets_in(lines_of(repository)), False
    if not whole and not offline:
        raise ScanError("Only a part of the history is here: git fetch --unshallow (in a workflow: fetch-depth: 0).")
    found = secrets_in([*lines_of(repository), *added_lines(history(repository, since))])
    return found, whole and not since


def scan_packages() -> bool:
    """Whether pip-audit knows no hole in any locked package."""
    locks = [word for lock in LOCKS for word in ("--requirement", str(ROOT / lock))]
    # As they stand: nothing is installed or resolved. Strict: a package that the index does not know is no pass.
    flags = ["--require-hashes", "--disable-pip", "--strict", "--progress-spinner=off"]
    command = [str(BIN / "pip-audit"), *flags, *locks]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def scan_npm() -> bool:
    """Whether npm knows no hole in any package-lock.json, but those of tests that need old versions."""
    command = [str(BIN / "npm"), "audit", "--package-lock-only"]
    results = [subprocess.run(command, cwd=folder, check=False) for folder in NPM_FOLDERS]
    return all(done.returncode == 0 for done in results)


def scan_secrets(
    repository: Path = ROOT, allowed: Iterable[Allowed] = ALLOWED, *, offline: bool = False, since: str = ""
) -> bool:
    """Whether neither files nor commits hold a secret, and every exception is still needed."""
    try:
        found, whole = secrets(repository, offline=offline, since=since)
    except ScanError as error:
        print(error)
        return False
    unknown = [one for one in found if not any(entry.covers(one) for entry in allowed)]
    unused = [entry for entry in allowed if not any(entry.covers(one) for one in found)] if whole else []
    for one in unknown:
        print(one)
    if unknown:
        print("Make it worthless where it was made first; then think about the history.")
    for entry in unused:
        print(f"Nothing is allowed any more by the entry for {entry.file} ({entry.kind}, {entry.digest}): remove it.")
    if since:
        print(f"Of the history, the commits that {since[:9]} has not were looked at.")
    elif not whole:
        print("Not all of the history is here; what is here was looked at.")
    return not unknown and not unused


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.scan", description="Look for holes and secrets.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--offline", action="store_true", help="only what asks no registry: secrets, in what is here")
    parser.add_argument("--new", action="store_true", help="of that, only the files and the commits that main has not")
    arguments = parser.parse_args()
    offline = arguments.offline or arguments.new
    asked = arguments.parts or (["secrets"] if offline else list(PARTS))
    if unknown := set(asked) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if offline and asked != ["secrets"]:
        parser.error("--offline and --new go with secrets only")
    since = merged_or_noted() if arguments.new else ""
    scans = {
        "packages": scan_packages,
        "npm": scan_npm,
        "secrets": partial(scan_secrets, offline=offline, since=since),
    }
    results = {part: scans[part]() for part in PARTS if part in asked}
    for part, clean in results.items():
        print(f"{part:<10} {'nothing found' if clean else 'FAILED'}", flush=True)
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
