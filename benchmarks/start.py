"""The seconds until a sandbox answers: `up` in an empty home, with `--fresh`, and after `down`, and `state restore`.

    make bench ARGS=start        about a minute a round

The kinds of start take turns in each round, each of this checkout, which is installed already. The first start of a
checkout also saves the image that later ones restore (cli/state/image.py), so each round begins without one. The state
that is restored into the running sandbox has the payment of `up`. CPU time is the program's and the engine's until the
command ends, without the functions'. Unlike the time, it hardly depends on what else the machine does.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.measuring.command import command
from benchmarks.measuring.local_sandbox import free_port
from benchmarks.measuring.rounds import MIN_ROUNDS, machine, spread
from cli.sandbox import engine
from cli.state.image import FOLDER_VARIABLE
from cli.state.state_dir import StateDir

EMPTY: Final = "in an empty home, without an image"
FRESH: Final = "with --fresh, from an image"
AGAIN: Final = "after down, with its state"
RESTORED: Final = "state restore, while it runs"
KINDS: Final = (EMPTY, FRESH, AGAIN, RESTORED)

_UP_S: Final = 300


@dataclass(frozen=True, slots=True)
class Start:
    """The seconds of each step of a start, of which `all` is the whole command, and its CPU seconds."""

    steps_s: Mapping[str, float]
    cpu_s: float


def measure(rounds: int = MIN_ROUNDS) -> dict[str, Any]:
    """Return the seconds of each kind of start, its CPU seconds, and the seconds of the steps of `up` (medians)."""
    found = [_round() for _ in range(rounds)]
    return {
        "machine": machine(),
        "rounds": rounds,
        "starts_s": {kind: spread([one[kind].steps_s["all"] for one in found], 2) for kind in KINDS},
        "cpu_s": {kind: spread([one[kind].cpu_s for one in found], 2) for kind in KINDS},
        "steps_s": {kind: steps_of([one[kind].steps_s for one in found]) for kind in KINDS},
    }


def steps_of(rounds: list[Mapping[str, float]]) -> dict[str, float]:
    """Return the median seconds of each step of a start. A step that a start did not have took none."""
    names = {name for steps in rounds for name in steps}
    return {name: spread([steps.get(name, 0.0) for steps in rounds], 2)["median"] for name in sorted(names)}


def _round() -> dict[str, Start]:
    """Return each kind of start once."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        home, images = Path(folder, "home"), Path(folder, "images")
        environment = os.environ | {"PAYSANDBOX_HOME": str(home), FOLDER_VARIABLE: str(images)}
        port = str(free_port())

        def run(*words: str) -> str:
            command = [str(Path(sys.executable).parent / "paysandbox"), *words]
            return subprocess.run(
                command, env=environment, check=True, capture_output=True, text=True, timeout=_UP_S
            ).stdout

        def start(kind: str, *words: str) -> Start:
            began, cpu_before_s = time.monotonic(), _cpu_of_programs_s()
            printed = json.loads(run(*words, "--json"))
            seconds, cpu_s = time.monotonic() - began, _cpu_of_programs_s() - cpu_before_s + _cpu_of_engine_s(home)
            sys.stderr.write(f"  {kind}: {seconds:.1f} s, {cpu_s:.1f} of CPU time\n")
            steps_s: dict[str, float] = printed["seconds"] if words[0] == "up" else {}
            return Start({**steps_s, "all": seconds}, cpu_s)

        up = ("up", "--port", port)
        try:
            found = {EMPTY: start(EMPTY, *up), FRESH: start(FRESH, *up, "--fresh")}
            run("down")
            found[AGAIN] = start(AGAIN, *up)
            run("state", "save", "saved")
            return found | {RESTORED: start(RESTORED, "state", "restore", "saved")}
        finally:
            run("down")


def _cpu_of_programs_s() -> float:
    """Return the CPU seconds of every program that this process has run."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cpu_of_engine_s(home: Path) -> float:
    running = engine.running(StateDir(home))
    if running is None:
        raise RuntimeError(f"no engine runs in {home}")
    used = psutil.Process(running.pid).cpu_times()
    return used.user + used.system


if __name__ == "__main__":
    command("start", measure, __doc__, rounds=MIN_ROUNDS)
