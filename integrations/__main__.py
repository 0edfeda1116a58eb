"""`make integrations`: run the integrations of integrations.toml against a sandbox of its own.

    python -m integrations [NAME …] [--from FOLDER] [--write]

Samples and source lines are fetched from GitHub by commit, or taken from a folder of git directories named
`<owner>+<name>/repo`; packages come from PyPI and npm. What is fetched stays in .cache/integrations, 2 GB in all, and
is never committed. Everything listens on the loopback interface, and every process ends with the run.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from cli.state.state_dir import HOME_VARIABLE
from cli.terminal.failure import Failure, print_failure
from cli.up.up_command import ended_by_signals
from integrations.listed import Integration, Proof, integrations
from integrations.outcome import Outcome, Verdict
from integrations.own_suite import run_suite
from integrations.page import PAGE, page
from integrations.run import Sandbox, run_own_code, run_proven_replay, run_sample
from integrations.sample_page import PAGES, REACT_PAGES, page_of
from integrations.sources import NotFetchedError, checked_out, source_text

FAILED: Final = 1
MISUSED: Final = 2
NOT_FETCHED: Final = 3
INTERRUPTED: Final = 130

_PROGRAM: Final = Path(sys.executable).with_name("paysandbox")


def main() -> int:
    """Run them. 0: each runs, or stops at a refusal; 1: one fails; 2: misused; 3: something was not run."""
    asked = _parser().parse_args()
    chosen = [one for one in integrations() if not asked.name or one.name in asked.name]
    if unknown := sorted(set(asked.name) - {one.name for one in chosen}):
        print_failure(Failure(f"{unknown[0]!r} is not in integrations.toml."), as_json=False)
        return MISUSED
    if asked.write and asked.name:
        print_failure(Failure("--write writes the whole table, so it takes no names."), as_json=False)
        return MISUSED
    try:
        with ended_by_signals():
            outcomes = _run(chosen, asked.mirror)
    except Failure as failure:
        print_failure(failure, as_json=False)
        return MISUSED
    except KeyboardInterrupt:
        print("Stopped. Every process that it started was ended.", file=sys.stderr)
        return INTERRUPTED
    return _conclude(outcomes, write=asked.write)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make integrations", description="Run integrations that others wrote.")
    add = parser.add_argument
    add("name", nargs="*", help="names of integrations.toml (all of them)")
    add("--from", dest="mirror", type=Path, help="a folder of git directories <owner>+<name>/repo, instead of GitHub")
    add("--write", action="store_true", help=f"write {PAGE.name}")
    return parser


def _run(chosen: Sequence[Integration], mirror: Path | None) -> list[Outcome]:
    outcomes: list[Outcome] = []
    with _own_sandbox() as sandbox:
        for one in chosen:
            outcomes.append(_outcome(one, sandbox, mirror))
            print(outcomes[-1], flush=True)
    return outcomes


def _outcome(one: Integration, sandbox: Sandbox, mirror: Path | None) -> Outcome:
    try:
        return _run_one(one, sandbox, mirror)
    except NotFetchedError as error:
        return Outcome(one, Verdict.NOT_RUN, why=f"it could not be fetched: {error}")


def _run_one(one: Integration, sandbox: Sandbox, mirror: Path | None) -> Outcome:
    match one.proof:
        case Proof.SAMPLE:
            page, react = (page_of(one, pages, mirror) for pages in (PAGES, REACT_PAGES))
            return run_sample(one, checked_out(one, mirror), page, react, sandbox)
        case Proof.SUITE:
            return run_suite(one, lambda place: checked_out(place, mirror), sandbox)
        case Proof.OWN_CODE:
            return run_own_code(one, sandbox)
        case Proof.REPLAY:
            return run_proven_replay(one, sandbox, lambda file: source_text(one, file, mirror))


def _conclude(outcomes: Sequence[Outcome], *, write: bool) -> int:
    counted = {verdict: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}
    print(f"{counted[Verdict.RUNS]} of {len(outcomes)} run; " + ", ".join(f"{n} {v}" for v, n in counted.items() if n))
    if counted[Verdict.NOT_RUN]:
        print("Not everything was run, as said above. Is there a network? Without one: --from FOLDER", file=sys.stderr)
    if write and not counted[Verdict.NOT_RUN]:
        PAGE.write_text(page(outcomes, datetime.now(UTC).date()), encoding="utf-8")
    elif write:
        print(f"{PAGE.name} was not written: it shows every integration.", file=sys.stderr)
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
    env = os.environ | {HOME_VARIABLE: str(home)}
    return subprocess.run([str(_PROGRAM), *words], env=env, text=True, capture_output=True, check=False)


if __name__ == "__main__":
    raise SystemExit(main())
