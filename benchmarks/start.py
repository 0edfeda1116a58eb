"""The time of `paysandbox up`, until a payment is authorized, compared with that of an earlier commit in turns.

    python -m benchmarks.start [ROUNDS]

Each round starts an empty home, which deploys the sources; the same home with `--fresh`; and the same home again after
`paysandbox down`. The packages are installed and the functions' packages are built before, as by an earlier `make up`.
Images of deployments are kept in a folder of each round, so that each first start makes its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from benchmarks.before_and_after import ROOT, checkout
from benchmarks.deployed import free_port
from benchmarks.earlier_sandbox import build
from benchmarks.rounds import MIN_ROUNDS, machine, ratios, spread
from cli.sandbox.image import FOLDER_VARIABLE

BEFORE: Final = "0a76631a"
"""The baseline: the last commit before `up` deployed without the CDK CLI, and restored images."""

FIRST: Final = "first start"
FRESH: Final = "`up --fresh`"
AGAIN: Final = "after `down`"
TARGETS_S: Final = {FIRST: 12.0, FRESH: 4.0, AGAIN: 3.0}
_UP_S: Final = 300


def measure(rounds: int = MIN_ROUNDS, before: str = BEFORE) -> dict[str, Any]:
    """Return the seconds of each kind of start, of both versions, the ratios after/before, and the steps' seconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paysandbox-bench-")))
        earlier = stack.enter_context(checkout(before))
        build(earlier)
        trees = {"before": earlier, "after": ROOT}
        runs: dict[str, list[dict[str, Any]]] = {version: [] for version in trees}
        for number in range(rounds):
            for version in reversed([*trees]) if number % 2 else trees:
                runs[version].append(_round(trees[version], folder / f"{version}-{number}"))
                sys.stderr.write(f"  {version}: { {kind: run['all'] for kind, run in runs[version][-1].items()} }\n")
    return {
        "machine": machine(),
        "unit": "seconds",
        "before": before,
        "rounds": rounds,
        "targets_s": TARGETS_S,
        "starts": {kind: _compared(kind, runs) for kind in TARGETS_S},
    }


def _compared(kind: str, runs: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    seconds = {version: [float(run[kind]["all"]) for run in of] for version, of in runs.items()}
    steps = {name for run in runs["after"] for name in run[kind]} - {"all"}
    return {
        **{version: spread(values, 1) for version, values in seconds.items()},
        "ratio": spread(ratios(seconds, "after", "before"), 2),
        "steps": {
            name: spread([float(run[kind].get(name, 0)) for run in runs["after"]], 1)["median"]
            for name in sorted(steps)
        },
    }


def _round(tree: Path, folder: Path) -> dict[str, Any]:
    """Return the seconds of the steps of each kind of start, and of all together."""
    environment = os.environ | {"PAYSANDBOX_HOME": str(folder / "home"), FOLDER_VARIABLE: str(folder / "images")}
    if tree != ROOT:
        del environment[FOLDER_VARIABLE]  # there, the variable turned images on
    program, port = str(tree / ".venv/bin/paysandbox"), str(free_port())

    def run(*words: str) -> Any:
        done = subprocess.run(
            [program, *words, "--json"], cwd=tree, env=environment, check=True, capture_output=True, timeout=_UP_S
        )
        return json.loads(done.stdout)

    def up(*words: str) -> Any:
        return run("up", "--port", port, *words)["seconds"]

    try:
        found = {FIRST: up(), FRESH: up("--fresh")}
        run("down")
        return {**found, AGAIN: up()}
    finally:
        run("down")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else MIN_ROUNDS), indent=1))
