"""The installed program: how fast it starts and reacts, what it uses, and what it leaves behind.

    make bench ARGS=start
    python -m benchmarks.start [ROUNDS]

The wheel is built once and installed by uv in each round, for a user with an empty home, no checkout and no Node.js
(wheel_sandbox.py). Before the rounds, one unmeasured start downloads the packages. A round measures `up` in an empty
home, with `--fresh` and after `down`, the clock, warm authorizations, an idle sandbox and edits of a handler. Before
the first rounds, the same starts are measured in an installed checkout of an earlier commit. At the end, one more
user's sandbox gets the first 5,000 requests and `verify` (first_requests.py).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from benchmarks import common_routes, edited_handler, first_requests, idle
from benchmarks.before_and_after import checkout
from benchmarks.deployed import authorization, free_port
from benchmarks.earlier_sandbox import build
from benchmarks.http_load import load
from benchmarks.rounds import machine, ratios, spread
from benchmarks.start_report import (
    ADVANCE,
    AGAIN,
    EDIT,
    FILES_LEFT,
    FIRST,
    FIRST_OF_ROUTE,
    FIRST_PAYMENT,
    FRESH,
    IDLE_CPU,
    IDLE_MEMORY,
    PROCESSES_LEFT,
    RESET,
    STARTS,
    TARGETS,
    UNANSWERED,
    WARM,
    unanswered,
)
from benchmarks.wheel_sandbox import WheelSandbox, installed
from cli.sandbox.footprint import disk_bytes
from cli.sandbox.image import FOLDER_VARIABLE
from tests.support.wheel import wheel

BEFORE: Final = "20e962a8"
"""The baseline: the last commit before the wheel, deployments without the CDK CLI, and images that are restored."""

ROUNDS: Final = 3
COMPARED_ROUNDS: Final = 2

_UP_S: Final = 300
_WARM_UP: Final = 200
_WARM: Final = 1_000
_PER_MB: Final = 1_000_000

Json = dict[str, Any]


def measure(rounds: int = ROUNDS, compared_rounds: int = COMPARED_ROUNDS, before: str = BEFORE) -> Json:
    """Return the figures of the installed program, and the seconds of its starts compared with an earlier commit's."""
    compared_rounds = min(rounds, compared_rounds)
    found: list[Json] = []
    earlier: list[dict[str, float]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paysandbox-bench-")))
        _log("building the wheel …")
        wheel()
        tree = stack.enter_context(checkout(before))
        build(tree)
        _log("a start that downloads the packages …")
        with installed(folder / "download") as sandbox:
            sandbox.run("up", "--port", str(sandbox.port))
        for number in range(rounds):
            if number < compared_rounds:
                earlier.append(_earlier_starts(tree, folder / f"before-{number}"))
            found.append(_round(folder / f"{number}"))
        traffic = _traffic(folder / "traffic")
    return {
        "machine": machine(),
        "rounds": rounds,
        "installed_s": spread([one["installed_s"] for one in found], 2),
        "figures": figures_of(found, traffic),
        "steps_s": {kind: steps_of([one["steps"][kind] for one in found]) for kind in STARTS},
        "idle_processes": spread([one["idle_processes"] for one in found], 0),
        "routes": routes_of([one["routes"] for one in found]),
        "compared": compared_with(before, earlier, [one["figures"] for one in found[:compared_rounds]]),
        "traffic": traffic,
    }


def _round(folder: Path) -> Json:
    """Return what one user measures. `figures` has a list of values for each figure."""
    figures: dict[str, list[float]] = {}
    steps: dict[str, Mapping[str, float]] = {}
    with installed(folder) as sandbox:
        port = str(sandbox.port)

        def up(kind: str, *words: str) -> Any:
            seconds, printed = sandbox.timed("up", "--port", port, "--json", *words)
            figures[kind] = [seconds]
            steps[kind] = json.loads(printed)["seconds"]
            _log(f"{kind}: {seconds:.1f} s")
            return json.loads(printed)

        up(FIRST)
        restored = up(FRESH, "--fresh")
        routes = common_routes.measure(sandbox.port, _load_key(restored))
        figures[FIRST_OF_ROUTE] = [common_routes.slowest_first_ms(routes)]
        _log(f"{FIRST_OF_ROUTE}: {figures[FIRST_OF_ROUTE][0]:.0f} ms")
        sandbox.run("down")
        key = _load_key(up(AGAIN))
        figures[FIRST_PAYMENT] = [figures[AGAIN][0] - after_payment_s(steps[AGAIN])]
        for kind, words in ((ADVANCE, ("advance", "8d")), (RESET, ("reset",))):
            figures[kind] = [sandbox.timed("clock", *words)[0]]
            _log(f"{kind}: {figures[kind][0]:.1f} s")
        figures[WARM] = [_warm_p50_ms(sandbox.port, key)]
        _log(f"{WARM}: {figures[WARM][0]:.1f} ms")
        unused = idle.measure(sandbox.processes)
        figures |= {IDLE_CPU: [unused["cpu_percent"]], IDLE_MEMORY: [unused["memory_mb"]]}
        _log(f"idle: {unused}")
        figures[EDIT] = edited_handler.measure(sandbox.home, sandbox.port, folder.with_name(f"{folder.name}-edited"))
        _log(f"{EDIT}: {figures[EDIT]}")
        figures |= _left(sandbox)
    return {
        "installed_s": sandbox.installed_s,
        "figures": figures,
        "steps": steps,
        "routes": routes,
        "idle_processes": unused["processes"],
    }


def _left(sandbox: WheelSandbox) -> dict[str, list[float]]:
    """Stop the sandbox, and return the numbers of processes and temporary files that it leaves."""
    sandbox.run("down")
    processes, files = sandbox.processes(), sandbox.files_left()
    for left in (*processes, *files):
        _log(f"left by `down`: {left}")
    return {PROCESSES_LEFT: [len(processes)], FILES_LEFT: [len(files)]}


def _warm_p50_ms(port: int, key: str) -> float:
    load(port, lambda _: authorization(key), connections=1, count=_WARM_UP)
    return float(load(port, lambda _: authorization(key), connections=1, count=_WARM)["p50"])


def _load_key(started: Mapping[str, Any]) -> str:
    """Return a key on the `load` plan of what `up --json` printed."""
    return next(one["api_key"] for one in started["merchants"] if (one["merchant"], one["plan"]) == ("demo", "load"))


def _earlier_starts(tree: Path, folder: Path) -> dict[str, float]:
    """Return the seconds of each kind of start in an installed checkout of the earlier commit."""
    environment = os.environ | {"PAYSANDBOX_HOME": str(folder)}
    environment.pop(FOLDER_VARIABLE, None)  # there, the variable turned images on
    port = str(free_port())

    def timed(*words: str) -> float:
        began = time.monotonic()
        command = [str(tree / ".venv/bin/paysandbox"), *words]
        subprocess.run(command, cwd=tree, env=environment, check=True, capture_output=True, timeout=_UP_S)
        return time.monotonic() - began

    try:
        found = {FIRST: timed("up", "--port", port), FRESH: timed("up", "--port", port, "--fresh")}
        timed("down")
        found[AGAIN] = timed("up", "--port", port)
    finally:
        timed("down")
    _log(f"before: {found}")
    return found


def _traffic(folder: Path) -> Json:
    """Return the first requests to restored sandboxes, and the memory and disk after traffic."""
    with installed(folder) as sandbox:
        sandbox.run("up", "--port", str(sandbox.port))  # saves the image that the others restore
        sandbox.run("down")
        first = first_requests.measure(sandbox.run, sandbox.port, authorization)
        _log(f"first requests: {first}")
        rows = first_requests.footprint(sandbox.run, sandbox.home.path, sandbox.port)
        _log(f"after `verify`: {rows}")
        folders = {"home": sandbox.home.path, "cache": sandbox.cache, "installation": sandbox.user.tools}
        disk_mb = {name: round(disk_bytes(of) / _PER_MB) for name, of in folders.items()}
    return {"first": first, "footprint": rows, "disk_mb": disk_mb}


# --- results ----------------------------------------------------------------------------------------------------------


def figures_of(rounds: Sequence[Json], traffic: Json) -> dict[str, dict[str, float]]:
    """Return the spread of each figure over all rounds."""
    samples = {name: [value for one in rounds for value in one["figures"].get(name, [])] for name in TARGETS}
    samples[UNANSWERED] = [unanswered(traffic["first"])]
    return {name: spread(values, 2) for name, values in samples.items()}


def after_payment_s(steps: Mapping[str, float]) -> float:
    """Return the seconds of the steps of an `up` that follow its payment. `steps` are in the order of the start."""
    names = [name for name in steps if name != "all"]
    return sum(steps[name] for name in names[names.index("payment") + 1 :])


def steps_of(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median seconds of each step of a start. Steps that a start did not have took none."""
    names = {name for steps in rounds for name in steps}
    return {name: spread([steps.get(name, 0.0) for steps in rounds], 2)["median"] for name in sorted(names)}


def routes_of(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the spread of each route's first request, and of the later ones."""
    return {
        route: {kind: spread([routes[route][kind] for routes in rounds], 1) for kind in ("first_ms", "later_ms")}
        for route in rounds[0]
    }


def compared_with(
    commit: str, before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, Sequence[float]]]
) -> Json:
    """Return the spread of each kind of start of both versions, and of the ratio after/before."""
    starts: dict[str, Json] = {}
    for kind in STARTS:
        samples = {"before": [one[kind] for one in before], "after": [one[kind][0] for one in after]}
        starts[kind] = {version: spread(values, 1) for version, values in samples.items()}
        starts[kind]["ratio"] = spread(ratios(samples, "after", "before"), 2)
    return {"before": commit, "rounds": len(before), "starts": starts}


def _log(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROUNDS), indent=1))
