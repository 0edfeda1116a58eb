"""The sandbox as deployed by `paysandbox up`, compared with that of an earlier commit. Both run and take turns.

    make bench ARGS=earlier_sandbox

The earlier version is checked out into a temporary folder and installed from its own lock files (`make build`). First,
each sandbox gets requests over one connection right after its start, while every function is cold. Then, warm and over
1, 8 and 32 connections: native authorizations, and a PaymentIntent as Stripe's SDK sends it.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.before_and_after import ROOT, checkout
from benchmarks.deployed import CONNECTIONS, authorization, free_port, payment_intent
from benchmarks.http_load import Request, load
from benchmarks.rounds import machine, ratios, spread

BEFORE: Final = "548ff6d5"
"""The baseline: the version that answered 166 payments a second with a p50 of 5.3 ms, on a machine that was faster."""

NATIVE: Final = "native"
AS_STRIPE: Final = "as Stripe"
MAKERS: Final[dict[str, Callable[[str], Request]]] = {NATIVE: authorization, AS_STRIPE: payment_intent}

_FIRST: Final = 300
_BUILD_S: Final = 900
_UP_S: Final = 300


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: its port, and an API key on the `load` plan."""

    port: int
    key: str
    first: dict[str, Any]


def measure(rounds: int = 7, seconds: float = 2.0, before: str = BEFORE) -> dict[str, Any]:
    """Return the request rates and median latencies (ms) of both, cold and warm, and the ratios after/before."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paysandbox-bench-")))
        earlier = stack.enter_context(checkout(before))
        build(earlier)
        both = {
            "before": stack.enter_context(_sandbox(earlier, folder / "before")),
            "after": stack.enter_context(_sandbox(ROOT, folder / "after")),
        }
        cases = [
            {"way": way, "connections": connections} | _turns(both, make, connections, rounds, seconds)
            for way, make in MAKERS.items()
            for connections in CONNECTIONS
        ]
    return {
        "machine": machine(),
        "unit": "requests a second; milliseconds",
        "before": before,
        "rounds": rounds,
        "seconds_per_round": seconds,
        "first": {version: sandbox.first for version, sandbox in both.items()},
        "cases": cases,
    }


def _turns(
    both: dict[str, Sandbox], make: Callable[[str], Request], connections: int, rounds: int, seconds: float
) -> dict[str, Any]:
    for sandbox in both.values():  # cold starts happen before the measurement
        _load(sandbox, make, connections=connections, count=10 * connections)
    turns_of: dict[str, list[dict[str, Any]]] = {version: [] for version in both}
    for number in range(rounds):
        for version in reversed([*both]) if number % 2 else both:
            turns_of[version].append(_load(both[version], make, connections=connections, seconds=seconds))
    results: dict[str, Any] = {}
    for figure, digits in (("per_s", 1), ("p50", 2), ("p99", 2)):
        samples = {version: [float(turn[figure]) for turn in turns] for version, turns in turns_of.items()}
        results[figure] = {version: spread(values, digits) for version, values in samples.items()}
        results[figure]["ratio"] = spread(ratios(samples, "after", "before"), 2)
    results["not_200"] = {version: sum(turn["not_200"] for turn in turns) for version, turns in turns_of.items()}
    sys.stderr.write(f"  {connections} connections: {results['per_s']}\n")
    return results


def _load(sandbox: Sandbox, make: Callable[[str], Request], **how: Any) -> dict[str, Any]:
    return load(sandbox.port, lambda _: make(sandbox.key), **how)


def build(tree: Path) -> None:
    """Install an earlier version's checkout from its own lock files, and build its functions' packages."""
    sys.stderr.write("  installing the earlier version …\n")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write(_pins(tree))
        constraints.flush()
        done = subprocess.run(
            ["make", "-C", str(tree), "build"],  # noqa: S607, `make` of the PATH, as a user calls it
            env=os.environ | {"PIP_CONSTRAINT": constraints.name},
            check=False,
            capture_output=True,
            text=True,
            timeout=_BUILD_S,
        )
    if done.returncode:
        raise RuntimeError(f"`make build` of the earlier version failed:\n{done.stdout}{done.stderr}")


def _pins(tree: Path) -> str:
    """Return the versions on which the tree's lock files agree, as constraints.

    Early versions were installed with pip, for which `coverage[toml]`, as another package requires it, is not the
    locked `coverage`: it takes the newest release, and refuses it for its hash as soon as there is a newer one.
    """
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for lock in (tree / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", lock.read_text(), re.MULTILINE):
            versions[name].add(version)
    return "".join(f"{name}=={next(iter(every))}\n" for name, every in versions.items() if len(every) == 1)


@contextmanager
def _sandbox(tree: Path, home: Path) -> Iterator[Sandbox]:
    """Start a version's sandbox and send it `_FIRST` requests as soon as it is up."""
    program, port = str(tree / ".venv/bin/paysandbox"), free_port()
    environment = os.environ | {"PAYSANDBOX_HOME": str(home)}

    def run(*words: str) -> str:
        done = subprocess.run(
            [program, *words], cwd=tree, env=environment, check=True, capture_output=True, timeout=_UP_S
        )
        return done.stdout.decode()

    try:
        run("up", "--port", str(port))
        key = json.loads(run("keys", "create", "--merchant", "bench", "--plan", "load", "--json"))["api_key"]
        run("down")
        run("up", "--port", str(port))
        first = load(port, lambda _: authorization(key), connections=1, count=_FIRST)
        sys.stderr.write(f"  first requests: {first}\n")
        yield Sandbox(port, key, first)
    finally:
        run("down")
