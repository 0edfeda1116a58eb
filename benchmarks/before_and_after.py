"""Warm payments of both APIs and a cold start, compared with those of any commit that has this benchmark.

    make bench ARGS="before_and_after REV"        about three minutes

The commit is checked out into a temporary folder. The two versions take turns, each time in a new process. CPU time is
measured, with each version's own stub of AWS and its own layer, whose packages are installed first. Each version runs
its own programs, because they name modules that have moved.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring.rounds import alternate, machine, ratios, spread
from benchmarks.measuring.stubbed_aws import ENVIRONMENT

ROOT: Final = Path(__file__).resolve().parent.parent

WARM: Final = "a warm authorization, CPU µs"
CONFIRM: Final = "a warm payment intent, created and confirmed at once, CPU µs"
COLD: Final = "authorize loaded as it is shipped, with its client, CPU ms"

_WARM: Final = """
import sys, time
from benchmarks.measuring import stubbed_aws
times = int(sys.argv[1])
events = [stubbed_aws.event(f"key-{number}") for number in range(times + 50)]
with stubbed_aws.function() as handler:
    for event in events[:50]:
        handler(event, stubbed_aws.Context())
    started = time.process_time()
    for event in events[50:]:
        handler(event, stubbed_aws.Context())
    spent_s = time.process_time() - started
print(spent_s / times * 1e6)  # log lines, and with them all that is printed, are discarded until here
"""
_CONFIRM: Final = """
import sys, time
from benchmarks.measuring import stubbed_aws
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT
times = int(sys.argv[1])
stubbed_aws.ENVIRONMENT.setdefault("PAYSANDBOX_STRIPE_VERSION", "2026-10-28.endive")
headers = {"Authorization": f"Bearer {stubbed_aws.KEY}", "Content-Type": "application/x-www-form-urlencoded"}
body = "amount=1250&currency=usd&payment_method=pm_card_visa&confirm=true&return_url=https://shop.example/paid"
context = {"domainName": "api.example", "authorizer": {"merchant": "demo", "kind": "secret", "principalId": "demo"}}
events = [
    stubbed_aws.gateway_event(CREATE_PAYMENT_INTENT, headers | {"Idempotency-Key": f"key-{number}"}, body, context)
    for number in range(times + 50)
]
with stubbed_aws.functions(CREATE_PAYMENT_INTENT) as (handler,):
    for event in events[:50]:
        answer = handler(event, stubbed_aws.Context())
        assert answer["statusCode"] == 200, answer
    started = time.process_time()
    for event in events[50:]:
        handler(event, stubbed_aws.Context())
    spent_s = time.process_time() - started
print(spent_s / times * 1e6)  # log lines, and with them all that is printed, are discarded until here
"""
_COLD: Final = """
import payments.authorize_payment
from paysandbox.aws import runtime
runtime.ledger()
import time
print(time.process_time() * 1e3)
"""
_OWN: Final = "import sys; from benchmarks import before_and_after; print(getattr(before_and_after, sys.argv[1]))"
_FOLDERS: Final = "from benchmarks.cold_import import shipped_folders; print(*shipped_folders(), sep='\\n')"


def measure(before: str, rounds: int = 15, times: int = 400) -> dict[str, Any]:
    """Return the CPU time of each case in the commit `before`, in this checkout, and the ratio after/before.

    `times` is the number of payments per round.
    """
    with checkout(before) as earlier:
        if not (earlier / "benchmarks" / "before_and_after.py").exists():
            raise SystemExit(f"{before} is older than this benchmark, so it has no programs to compare.")
        cases: dict[str, Callable[[], float]] = {}
        for version, tree in (("before", earlier), ("after", ROOT)):
            folders = _run(_FOLDERS, tree, _sources(tree)).split()
            for question, name in ((WARM, "_WARM"), (CONFIRM, "_CONFIRM")):
                cases[f"{version}: {question}"] = case(own(name, tree), tree, _sources(tree), str(times))
            cases[f"{version}: {COLD}"] = case(own("_COLD", tree), tree, folders, alone=True)
        for one in cases.values():
            one()  # the first run writes the byte code
        samples = alternate(cases, rounds)
    return {
        "machine": machine(),
        "rounds": rounds,
        "before": before,
        "cases": {
            question: {
                "before": spread(samples[f"before: {question}"]),
                "after": spread(samples[f"after: {question}"]),
                "ratio": spread(ratios(samples, f"after: {question}", f"before: {question}")),
            }
            for question in (WARM, CONFIRM, COLD)
        },
        "samples": samples,
    }


def own(name: str, tree: Path) -> str:
    """Return a version's own program."""
    return _run(_OWN, tree, _sources(tree), name)


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Check out a commit into a temporary folder, which is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*words: str) -> None:
    subprocess.run([shutil.which("git") or "git", *words], cwd=ROOT, check=True)


def _sources(tree: Path) -> list[str]:
    return [str(tree / part) for part in (".", "layers/shared/python", "lambdas")]


def case(program: str, tree: Path, path: list[str], *arguments: str, alone: bool = False) -> Callable[[], float]:
    """Return a function that runs a program and returns the number it prints. For `alone`, see `_run`."""
    return lambda: float(_run(program, tree, path, *arguments, alone=alone))


def _run(program: str, tree: Path, path: list[str], *arguments: str, alone: bool = False) -> str:
    """Return a program's output. `path` comes first in its module search path; with `alone`, it is the whole path."""
    words = [sys.executable, *(["-S"] if alone else []), "-c", program, *arguments]
    environment = (dict(ENVIRONMENT) if alone else {**os.environ}) | {"PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run(words, cwd=tree, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main(words: Sequence[str] | None = None) -> int:
    """Print the comparison with a commit."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.before_and_after",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", metavar="REV", help="the commit")
    print(json.dumps(measure(parser.parse_args(words).before)["cases"], indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
