"""What it costs to save the sandbox's state while it runs, and what a hard kill loses.

    make bench ARGS=snapshots

Two questions, on a deployed sandbox whose ledger holds 100,000 payments, at 50 authorizations a second sent whether or
not the ones before were answered. Latencies with and without snapshots take turns, each on an engine that was just
started. Then the engine is killed (SIGKILL) at random moments under the same load, and started again: what was
answered and is gone is told by the ledger, and `paysandbox audit` judges the rest.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.deployed import authorization, sandbox
from benchmarks.http_load import Answer, load as warm_up, paced, percentile
from benchmarks.rounds import machine, spread
from cli import engine, saved_state
from cli.engine_process import generations
from cli.engine_process.generations import EVERY_S
from cli.home import Home
from cli.target import Target, local_target

PAYMENTS: Final = 100_000
PER_S: Final = 50
KILLS: Final = 50

WITH: Final = "with snapshots"
WITHOUT: Final = "without"
_EVERY_S: Final = {WITH: EVERY_S, WITHOUT: 0.0}

# Functions that start cold do so before the clock runs, and the first snapshot writes every table.
_WARM_UP_S: Final = 20.0
_ID_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_READ_AT_ONCE: Final = 100

# While it is killed: few enough that none waits for a cold function until it is.
_AT_ONCE: Final = 4


def measure(rounds: int = 5, seconds: float = 60.0, payments: int = PAYMENTS, kills: int = KILLS) -> dict[str, Any]:
    """Latencies (ms) with and without, the time that a snapshot takes (s), and what each kill lost."""
    seen: dict[str, list[list[float]]] = {WITH: [], WITHOUT: []}
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        with sandbox(Path(folder)) as (port, key):
            paced(port, lambda _: authorization(key), per_s=5, seconds=2)
        home = Home(Path(folder) / "home")
        multiply_payments(home, payments)
        for number in range(rounds):
            for name in (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH):
                with running(home, every_s=_EVERY_S[name]) as target:
                    at = _port(target)
                    paced(at, lambda _: authorization(key), per_s=PER_S, seconds=_WARM_UP_S)
                    answers = paced(at, lambda _: authorization(key), per_s=PER_S, seconds=seconds)
                seen[name].append([answer.ms for answer in answers if answer.status == 200])
                _say(f"{name}: p50 {percentile(seen[name][-1], 50):.1f}, p99 {percentile(seen[name][-1], 99):.1f} ms")
        lost = [kill(home, key, after_s=random.uniform(3.0, 2.5 * EVERY_S)) for _ in range(kills)]
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
        "kills": [asdict(one) for one in lost],
    }


@dataclass(frozen=True)
class Kill:
    """What one kill lost: answers that are not in the ledger, and the age (s) of the oldest of them at that moment."""

    answered: int
    lost: int
    oldest_s: float
    sound: bool
    while_writing: bool


@contextmanager
def running(home: Home, *, every_s: float) -> Iterator[Target]:
    """The home's engine at a port of its own, which saves its state so often, until the block ends."""
    os.environ[engine.SNAPSHOT_EVERY] = str(every_s)
    try:
        yield start(home)
    finally:
        engine.stop(home)
        del os.environ[engine.SNAPSHOT_EVERY]


def start(home: Home) -> Target:
    """Start the home's engine where it was last, from what is saved."""
    saved_state.prepare(home)
    port = home.read().port or engine.DEFAULT_PORT
    engine.start(home, port)
    return local_target(home, port, "us-east-1")


def kill(home: Home, key: str, *, after_s: float, when: str = "", per_s: float = PER_S) -> Kill:
    """Kill the engine under load, start it again and see what it lost. Leaves it stopped.

    `when` names a pattern in the folder of generations (`*.new`: while one is written) to wait for as well.
    """
    target = start(home)
    answers: list[Answer] = []
    port = _port(target)
    warm_up(port, lambda _: authorization(key), connections=_AT_ONCE, count=5 * _AT_ONCE)

    def send() -> None:
        answers.extend(paced(port, lambda _: authorization(key), per_s=per_s, seconds=600, connections=_AT_ONCE))

    load = threading.Thread(target=send)
    load.start()
    time.sleep(after_s)
    until = time.monotonic() + 3 * EVERY_S
    while when and not any(home.saved.glob(when)) and time.monotonic() < until:
        time.sleep(0.0005)
    found = engine.running(home)
    while_writing = any(home.saved.glob("*.new"))
    killed_at = time.monotonic()
    if found is not None:
        os.kill(found.pid, signal.SIGKILL)
    engine.kill(home)
    load.join()
    target = start(home)
    try:
        approved = {json.loads(one.body)["auth_id"]: one.at for one in answers if one.status == 200}
        lost = approved.keys() - kept(target, [*approved])
        return Kill(
            answered=len(approved),
            lost=len(lost),
            oldest_s=round(max((killed_at - approved[one] for one in lost), default=0.0), 2),
            sound=_is_sound(home),
            while_writing=while_writing,
        )
    finally:
        engine.stop(home)


def kept(target: Target, ids: list[str]) -> set[str]:
    """Which of these payments the ledger has."""
    table = target.outputs("data")["LedgerTable"]
    client, found = target.client("dynamodb"), set[str]()
    for begin in range(0, len(ids), _READ_AT_ONCE):
        keys = [{"transaction_id": {"S": one}} for one in ids[begin : begin + _READ_AT_ONCE]]
        answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})
        found |= {item["transaction_id"]["S"] for item in answer["Responses"][table]}
    return found


def multiply_payments(home: Home, payments: int) -> None:
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


def _is_sound(home: Home) -> bool:
    program = str(Path(sys.executable).with_name("paysandbox"))
    environment = os.environ | {"PAYSANDBOX_HOME": str(home.path)}
    return subprocess.run([program, "audit"], env=environment, check=False, capture_output=True).returncode == 0


def _port(target: Target) -> int:
    return int(target.base_url.rpartition(":")[2])


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
