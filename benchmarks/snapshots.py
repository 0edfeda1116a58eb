"""What it costs to save the sandbox's state while it runs.

    .venv/bin/python -m benchmarks.snapshots

Latencies of a deployed sandbox whose ledger holds 100,000 payments, at 50 authorizations a second sent whether or not
the ones before were answered. With and without snapshots take turns, each on an engine that was just started.
"""

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.deployed import authorization, sandbox
from benchmarks.http_load import paced, percentile
from benchmarks.rounds import machine, spread
from cli.connection.target import Target, local_target
from cli.engine_process import generations
from cli.engine_process.generations import EVERY_S
from cli.sandbox import engine, saved_state
from cli.sandbox.state_dir import StateDir

PAYMENTS: Final = 100_000
PER_S: Final = 50

WITH: Final = "with snapshots"
WITHOUT: Final = "without"
_EVERY_S: Final = {WITH: EVERY_S, WITHOUT: 0.0}

# Functions that start cold do so before the clock runs, and the first snapshot writes every table.
_WARM_UP_S: Final = 20.0
_ID_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"


def measure(rounds: int = 5, seconds: float = 60.0, payments: int = PAYMENTS) -> dict[str, Any]:
    """Latencies (ms) with and without."""
    seen: dict[str, list[list[float]]] = {WITH: [], WITHOUT: []}
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        with sandbox(Path(folder)) as (port, key):
            paced(port, lambda _: authorization(key), per_s=5, seconds=2)
        home = StateDir(Path(folder) / "home")
        multiply_payments(home, payments)
        for number in range(rounds):
            for name in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
                with running(home, every_s=_EVERY_S[name]) as target:
                    at = port_of(target)
                    paced(at, lambda _: authorization(key), per_s=PER_S, seconds=_WARM_UP_S)
                    answers = paced(at, lambda _: authorization(key), per_s=PER_S, seconds=seconds)
                seen[name].append([answer.ms for answer in answers if answer.status == 200])
                _say(f"{name}: p50 {percentile(seen[name][-1], 50):.1f}, p99 {percentile(seen[name][-1], 99):.1f} ms")
    ratios = [percentile(one, 99) / percentile(other, 99) for one, other in zip(*seen.values(), strict=True)]
    return {
        "machine": machine(),
        "payments": payments,
        "per_s": PER_S,
        "rounds": rounds,
        "seconds_per_round": seconds,
        "latencies_ms": {
            name: {f"p{share}": spread([percentile(turn, share) for turn in turns], 1) for share in (50, 95, 99)}
            for name, turns in seen.items()
        },
        "p99_ratio": spread(ratios, 2),
    }


@contextmanager
def running(home: StateDir, *, every_s: float) -> Iterator[Target]:
    """The home's engine at a port of its own, which saves its state so often, until the block ends."""
    os.environ[engine.SNAPSHOT_EVERY] = str(every_s)
    try:
        yield start(home)
    finally:
        engine.stop(home)
        del os.environ[engine.SNAPSHOT_EVERY]


def start(home: StateDir) -> Target:
    """Start the home's engine where it was last, from what is saved."""
    saved_state.prepare(home)
    port = home.read().port or engine.DEFAULT_PORT
    engine.start(home, port)
    return local_target(home, port, "us-east-1")


def multiply_payments(home: StateDir, payments: int) -> None:
    """Have so many payments in the saved ledger of a stopped sandbox: copies of one that it has, under other ids."""
    newest = generations.newest(home.saved)
    if newest is None:
        raise RuntimeError("nothing is saved there")
    [ledger] = newest.path.glob("items/*PaymentsLedger.jsonl")
    lines = ledger.read_text(encoding="utf-8").splitlines()
    one = next(line for line in lines if '"operations"' in line and line.count("auth_") == line.count(_id_of(line)))
    copies = (one.replace(_id_of(one), f"auth_{_random_id()}") for _ in range(payments - len(lines)))
    beside = ledger.with_suffix(".more")
    beside.write_text("\n".join([*lines, *copies]) + "\n", encoding="utf-8")
    beside.replace(ledger)


def _id_of(line: str) -> str:
    return str(json.loads(line)[0])


def _random_id() -> str:
    number = uuid.uuid4().int
    return "".join(_ID_CHARACTERS[number >> 5 * place & 31] for place in range(25)) + "a"


def port_of(target: Target) -> int:
    """Where a sandbox on this machine answers."""
    return int(target.base_url.rpartition(":")[2])


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
