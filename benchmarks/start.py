"""The seconds until a sandbox answers: `up` in an empty home, with `--fresh`, and after `down`, and `state restore`.

    make bench ARGS=start                  about a minute a round, and as long for the clones
    make bench ARGS="start --rounds 0"     only the clones

The kinds of start take turns in each round, each of this checkout, which is installed already. The first start of a
checkout also saves the image that later ones restore (cli/state/image.py), so each round begins without one. The state
that is restored into the running sandbox has the payment of `up`. CPU time is the program's and the engine's until the
command ends, without the functions'. Unlike the time, it hardly depends on what else the machine does.

Then `make up` runs in a clone of the last commit, for a user whose home and caches are empty, and in a second clone for
the same user. Only packages are not downloaded again: the caches of uv and npm, and where both install from, are those
of the caller.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
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

CLONE: Final = "make up in a clone"
SECOND_CLONE: Final = "make up in a second clone"

_ROOT: Final = Path(__file__).resolve().parents[1]
_UP_S: Final = 300


@dataclass(frozen=True, slots=True)
class Start:
    """The seconds of each step of a start, of which `all` is the whole command, and its CPU seconds."""

    steps_s: Mapping[str, float]
    cpu_s: float


def measure(rounds: int = MIN_ROUNDS, clones: int = 1) -> dict[str, Any]:
    """Return the seconds of each kind of start, its CPU seconds, and the seconds of the steps of `up` (medians).

    `clones` is the number of rounds with clones.
    """
    found = [_round() for _ in range(rounds)]
    cloned = [_round_of_clones() for _ in range(clones)]
    ratio = [one[SECOND_CLONE].cpu_s / one[CLONE].cpu_s for one in cloned]
    return {
        "machine": machine(),
        "rounds": rounds,
        "rounds_of_clones": clones,
        "starts_s": _spreads([*found, *cloned], lambda start: start.steps_s["all"]),
        "cpu_s": _spreads([*found, *cloned], lambda start: start.cpu_s),
        "second_clone_to_first_cpu": spread(ratio, 2) if ratio else None,
        "steps_s": {kind: steps_of([one[kind].steps_s for one in found]) for kind in KINDS if found},
    }


def _spreads(rounds: list[dict[str, Start]], value: Callable[[Start], float]) -> dict[str, dict[str, float]]:
    """Return the spread of a value of each kind of start, over the rounds that have it."""
    kinds = dict.fromkeys(kind for one in rounds for kind in one)
    return {kind: spread([value(one[kind]) for one in rounds if kind in one], 2) for kind in kinds}


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


def _round_of_clones() -> dict[str, Start]:
    """Return the first start in a clone, and that in a second one."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        environment = _of_a_new_user(Path(folder, "user"))
        return {kind: _first_start(kind, Path(folder, kind), environment) for kind in (CLONE, SECOND_CLONE)}


def _first_start(kind: str, clone: Path, environment: Mapping[str, str]) -> Start:
    subprocess.run(["git", "clone", "--quiet", _ROOT, clone], check=True)  # noqa: S607 - the one on the PATH

    def make(*words: str) -> None:
        words = ("make", *words)
        subprocess.run(words, cwd=clone, env=environment, check=True, stdout=sys.stderr, timeout=_UP_S)

    began, cpu_before_s = time.monotonic(), _cpu_of_programs_s()
    try:
        make("up", f"ARGS=--port {free_port()}")
        seconds, cpu_s = time.monotonic() - began, _cpu_of_programs_s() - cpu_before_s
        cpu_s += _cpu_of_engine_s(clone / ".sandbox")
    finally:
        make("down")
    sys.stderr.write(f"  {kind}: {seconds:.1f} s, {cpu_s:.1f} of CPU time\n")
    return Start({"all": seconds}, cpu_s)


def _of_a_new_user(home: Path) -> dict[str, str]:
    """Return the environment of a user with an empty home, who has the caller's packages."""
    home.mkdir()
    caller = Path.home()
    kept = {
        "UV_CACHE_DIR": caller / ".cache" / "uv",
        "npm_config_cache": caller / ".npm",
        "PIP_CONFIG_FILE": caller / ".config" / "pip" / "pip.conf",
        "NPM_CONFIG_USERCONFIG": caller / ".npmrc",
    }
    own = ("XDG_", "PAYSANDBOX_", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MAKE")
    rest = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {name: str(path) for name, path in kept.items() if path.exists()} | rest | {"HOME": str(home)}


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
    command("start", measure, __doc__, rounds=MIN_ROUNDS, clones=1)
