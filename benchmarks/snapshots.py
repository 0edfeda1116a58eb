"""The effect of snapshots on the latency of a running sandbox.

    .venv/bin/python -m benchmarks.snapshots

Latencies of a deployed sandbox with 100,000 payments in its ledger, at 50 authorizations per second in an open loop.
Runs with and without snapshots take turns, each on a newly started engine.
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
from cli.engine_process import generations, segments
from cli.engine_process.generations import EVERY_S
from cli.engine_process.packed_items import ONLY
from cli.sandbox import engine, saved_state
from cli.sandbox.state_dir import StateDir

PAYMENTS: Final = 100_000
PER_S: Final = 50

WITH: Final = "with snapshots"
WITHOUT: Final = "without"
_EVERY_S: Final = {WITH: EVERY_S, WITHOUT: 0.0}

# Cold starts, and the first snapshot, which writes every table, happen before the measurement.
_WARM_UP_S: Final = 20.0
_ID_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"


def measure(rounds: int = 5, seconds: float = 60.0, payments: int = PAYMENTS) -> dict[str, Any]:
    """Return the latencies (ms) with and without snapshots."""
    samples: dict[str, list[list[float]]] = {WITH: [], WITHOUT: []}
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
                samples[name].append([answer.ms for answer in answers if answer.status == 200])
                p50, p99 = (percentile(samples[name][-1], share) for share in (50, 99))
                _log(f"{name}: p50 {p50:.1f}, p99 {p99:.1f} ms")
    ratios = [percentile(one, 99) / percentile(other, 99) for one, other in zip(*samples.values(), strict=True)]
    return {
        "machine": machine(),
        "payments": payments,
        "per_s": PER_S,
        "rounds": rounds,
        "seconds_per_round": seconds,
        "latencies_ms": {
            name: {f"p{share}": spread([percentile(turn, share) for turn in turns], 1) for share in (50, 95, 99)}
            for name, turns in samples.items()
        },
        "p99_ratio": spread(ratios, 2),
    }


@contextmanager
def running(home: StateDir, *, every_s: float) -> Iterator[Target]:
    """Run the home's engine on a free port, with this interval between snapshots."""
    os.environ[engine.SNAPSHOT_EVERY] = str(every_s)
    try:
        yield start(home)
    finally:
        engine.stop(home)
        del os.environ[engine.SNAPSHOT_EVERY]


def start(home: StateDir) -> Target:
    """Start the home's engine on its last port, from the saved state."""
    saved_state.prepare(home)
    port = home.read().port or engine.DEFAULT_PORT
    engine.start(home, port)
    return local_target(home, port, "us-east-1")


def multiply_payments(home: StateDir, payments: int) -> None:
    """Fill the saved ledger of a stopped sandbox with copies of a payment under new ids."""
    newest = generations.newest(home.saved)
    if newest is None:
        raise RuntimeError("the sandbox has no saved state")
    folder, name = newest.path / "items", "000000000000.us-east-1.paysandbox-local-PaymentsLedger"
    items = segments.load(folder, name)
    if items is None:
        raise RuntimeError("the sandbox has no ledger")
    stored = {key: item for key in items for item in items[key].values()}
    texts = {key: json.dumps(item) for key, item in stored.items() if "operations" in item}
    one = next(key for key, text in texts.items() if text.count("auth_") == text.count(key))
    for _ in range(payments - len(items)):
        new = f"auth_{_random_id()}"
        items[new] = {ONLY: json.loads(texts[one].replace(one, new))}
    beside = newest.path / "more"
    segments.save(items, None, None, beside, name, lambda: None)
    for file in folder.glob(f"{name}.*"):
        file.unlink()
    for file in beside.iterdir():
        file.rename(folder / file.name)
    beside.rmdir()


def _random_id() -> str:
    number = uuid.uuid4().int
    return "".join(_ID_CHARACTERS[number >> 5 * place & 31] for place in range(25)) + "a"


def port_of(target: Target) -> int:
    """Return the port of a local sandbox."""
    return int(target.base_url.rpartition(":")[2])


def _log(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
