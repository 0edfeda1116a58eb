"""`make integrations`: run the integrations of integrations.toml against a sandbox of its own.

    python -m integrations [NAME …] [--from FOLDER | --registries-only] [--write]

Samples and source lines are fetched from GitHub by commit, or taken from a folder of git directories named
`<owner>+<name>/repo`; packages come from PyPI and npm. With --registries-only, nothing else is fetched: samples and
their suite do not run, and no source lines are compared. What is fetched stays in .cache/integrations, 2 GB in all, and
is never committed. Everything listens on the loopback interface, and every process ends with the run.

With --write, each run is stored (stored_runs.py), and the page is made anew. What could not be fetched or installed
keeps the run that it has.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from cli.state.state_dir import HOME_VARIABLE
from cli.terminal.failure import Failure, print_failure
from cli.up.up_command import ended_by_signals
from integrations.buyers_pages import PAGES, REACT_PAGES
from integrations.inputs import digest_of
from integrations.listed import Integration, Proof, integrations
from integrations.outcome import Outcome, Verdict
from integrations.own_suite import run_suite
from integrations.page import page
from integrations.run import Sandbox, run_own_code, run_proven_replay, run_sample
from integrations.sample_page import page_of
from integrations.sources import NotFetchedError, checked_out, source_text
from integrations.stored_runs import PAGE, StoredRun, commit_of_checkout, store

FAILED: Final = 1
MISUSED: Final = 2
NOT_FETCHED: Final = 3
INTERRUPTED: Final = 130

_PROGRAM: Final = Path(sys.executable).with_name("paysandbox")


def main() -> int:
    """Run them. 0: each runs, or stops at a refusal; 1: one fails; 2: misused; 3: something was not run."""
    asked = _parser().parse_args()
    chosen = [one for one in integrations() if not asked.name or one.name in asked.name]
    if asked.registries_only:
        chosen = [one for one in chosen if not one.needs_its_source]
    if unknown := sorted(set(asked.name) - {one.name for one in chosen}):
        what = "needs its source" if asked.registries_only else "is not in integrations.toml"
        print_failure(Failure(f"{unknown[0]!r} {what}."), as_json=False)
        return MISUSED
    try:
        commit = commit_of_checkout() if asked.write else None
        with ended_by_signals():
            outcomes = _run(chosen, commit, asked.mirror, registries_only=asked.registries_only)
    except Failure as failure:
        print_failure(failure, as_json=False)
        return MISUSED
    except KeyboardInterrupt:
        print("Stopped. Every process that it started was ended.", file=sys.stderr)
        return INTERRUPTED
    return _conclude(outcomes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make integrations", description="Run integrations that others wrote.")
    add = parser.add_argument
    add("name", nargs="*", help="names of integrations.toml (all of them)")
    source = parser.add_mutually_exclusive_group()
    mirrored = "a folder of git directories <owner>+<name>/repo, instead of GitHub"
    source.add_argument("--from", dest="mirror", type=Path, help=mirrored)
    source.add_argument("--registries-only", action="store_true", help="only what needs no repository")
    add("--write", action="store_true", help=f"store the runs, and write {PAGE.name}")
    return parser


def _run(
    chosen: Sequence[Integration], commit: str | None, mirror: Path | None, *, registries_only: bool
) -> list[Outcome]:
    """Run them in a sandbox, and store each run if the commit is given."""
    outcomes: list[Outcome] = []

    def text_of(one: Integration, file: str) -> str:
        if registries_only:
            raise NotFetchedError("only registries are asked")
        return source_text(one, file, mirror)

    with _own_sandbox() as sandbox:
        for one in chosen:
            outcome = _outcome(one, sandbox, mirror, partial(text_of, one))
            print(outcome, flush=True)
            outcomes.append(outcome)
            if commit is not None and outcome.verdict is not Verdict.NOT_RUN:
                store(StoredRun(outcome, datetime.now(UTC).date(), commit, digest_of(one)))
                PAGE.write_text(page(), encoding="utf-8")
    return outcomes


def _outcome(one: Integration, sandbox: Sandbox, mirror: Path | None, text_of: Callable[[str], str]) -> Outcome:
    try:
        return _run_one(one, sandbox, mirror, text_of)
    except NotFetchedError as error:
        return Outcome(one, Verdict.NOT_RUN, why=f"it could not be fetched: {error}")


def _run_one(one: Integration, sandbox: Sandbox, mirror: Path | None, text_of: Callable[[str], str]) -> Outcome:
    match one.proof:
        case Proof.SAMPLE:
            page, react = (page_of(one, pages, mirror) for pages in (PAGES, REACT_PAGES))
            return run_sample(one, checked_out(one, mirror), page, react, sandbox)
        case Proof.SUITE:
            return run_suite(one, lambda place: checked_out(place, mirror), sandbox)
        case Proof.OWN_CODE:
            return run_own_code(one, sandbox)
        case Proof.REPLAY:
            return run_proven_replay(one, sandbox, text_of)


def _conclude(outcomes: Sequence[Outcome]) -> int:
    counted = {verdict: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}
    print(f"{counted[Verdict.RUNS]} of {len(outcomes)} run; " + ", ".join(f"{n} {v}" for v, n in counted.items() if n))
    if counted[Verdict.NOT_RUN]:
        print("Not everything was run, as said above. Is there a network? Without one: --from FOLDER", file=sys.stderr)
    if counted[Verdict.NOT_RUN]:
        return NOT_FETCHED
    return FAILED if counted[Verdict.FAILS] else 0


@contextmanager
def _own_sandbox() -> Iterator[Sandbox]:
    """Start a sandbox in a folder of its own, and stop and remove it in any case."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(mkdtemp(prefix="paysandbox-integrations-"))
    home = folder / "sandbox"
    try:
        print(f"A sandbox for this run starts on port {port} …", flush=True)
        _paysandbox(home, "up", "--port", str(port))
        made = _paysandbox(home, "keys", "create", "--merchant", "integrations", "--plan", "load")
        base_url = _paysandbox(home, "status")["base_url"]
        yield Sandbox(base_url, made["api_key"], made["publishable_key"])
    finally:
        _call(home, "down")
        shutil.rmtree(folder, ignore_errors=True)


def _paysandbox(home: Path, *words: str) -> dict[str, Any]:
    """Return the output of a command run with --json."""
    done = _call(home, *words, "--json")
    if done.returncode != 0:
        raise Failure(f"`paysandbox {words[0]}` ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def _call(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command. If this run is interrupted, the command ends what it has started: `up` an engine."""
    env = os.environ | {HOME_VARIABLE: str(home)}
    command = [str(_PROGRAM), *words]
    with subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as called:
        try:
            output, errors = called.communicate()
        except KeyboardInterrupt:
            called.terminate()
            called.communicate()
            raise
    return subprocess.CompletedProcess(command, called.returncode, output, errors)
