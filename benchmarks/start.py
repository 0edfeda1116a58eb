"""The seconds until a sandbox answers: `up` in an empty home, with `--fresh`, and after `down`.

    make bench ARGS=start        about a minute a round

The three kinds of start take turns in each round, each of this checkout, which is installed already. The first start of
a checkout also saves the image that later ones restore (cli/state/image.py), so each round begins without one.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.deployed import free_port
from benchmarks.rounds import MIN_ROUNDS, machine, spread
from cli.state.image import FOLDER_VARIABLE

EMPTY: Final = "in an empty home, without an image"
FRESH: Final = "with --fresh, from an image"
AGAIN: Final = "after down, with its state"

_UP_S: Final = 300


def measure(rounds: int = MIN_ROUNDS) -> dict[str, Any]:
    """Return the seconds of each kind of start, and of its steps (medians)."""
    found = [_round() for _ in range(rounds)]
    return {
        "machine": machine(),
        "rounds": rounds,
        "starts_s": {kind: spread([one[kind]["all"] for one in found], 2) for kind in (EMPTY, FRESH, AGAIN)},
        "steps_s": {kind: steps_of([one[kind] for one in found]) for kind in (EMPTY, FRESH, AGAIN)},
    }


def steps_of(rounds: list[Mapping[str, float]]) -> dict[str, float]:
    """Return the median seconds of each step of a start. A step that a start did not have took none."""
    names = {name for steps in rounds for name in steps}
    return {name: spread([steps.get(name, 0.0) for steps in rounds], 2)["median"] for name in sorted(names)}


def _round() -> dict[str, Mapping[str, float]]:
    """Return the seconds of each step of each kind of start. `all` is that of the whole command."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        home, images = Path(folder, "home"), Path(folder, "images")
        environment = os.environ | {"PAYSANDBOX_HOME": str(home), FOLDER_VARIABLE: str(images)}
        port = str(free_port())

        def run(*words: str) -> str:
            command = [str(Path(sys.executable).parent / "paysandbox"), *words]
            return subprocess.run(
                command, env=environment, check=True, capture_output=True, text=True, timeout=_UP_S
            ).stdout

        def up(kind: str, *words: str) -> Mapping[str, float]:
            began = time.monotonic()
            printed = json.loads(run("up", "--port", port, "--json", *words))
            seconds = time.monotonic() - began
            sys.stderr.write(f"  {kind}: {seconds:.1f} s\n")
            return {**printed["seconds"], "all": seconds}

        try:
            found = {EMPTY: up(EMPTY), FRESH: up(FRESH, "--fresh")}
            run("down")
            return found | {AGAIN: up(AGAIN)}
        finally:
            run("down")
