"""What is lost when the sandbox is killed at random moments under load.

    make bench ARGS=kills

The engine of a deployed sandbox is killed (SIGKILL) repeatedly while four connections send authorizations, every other
time in the middle of a snapshot, and started again. Payments with a response that are missing from the ledger are
lost. `paysandbox audit` checks the others.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import Answer, load as warm_up, paced
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.rounds import machine
from cli.connection.target import Target, local_target
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from engine.state.generations import EVERY_S

KILLS: Final = 50
PER_S: Final = 20

# The rate during a kill: low enough that no request waits for a cold function.
_AT_ONCE: Final = 4
_READ_AT_ONCE: Final = 100
_AFTER_S: Final = (2.0, 20.0)


def measure(kills: int = KILLS) -> dict[str, Any]:
    """Return the loss of each kill."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        with sandbox(Path(folder)) as (_, key):
            pass
        home = StateDir(Path(folder) / "home")
        lost = [
            kill(home, key, after_s=random.uniform(*_AFTER_S), when="*.new" if number % 2 else "")
            for number in range(kills)
        ]
    return {"machine": machine(), "every_s": EVERY_S, "per_s": PER_S, "kills": [asdict(one) for one in lost]}


@dataclass(frozen=True)
class Kill:
    """The loss of one kill: responses whose payment is not in the ledger, and the age (s) of the oldest at the kill."""

    answered: int
    lost: int
    oldest_s: float
    sound: bool
    while_writing: bool


def kill(home: StateDir, key: str, *, after_s: float, when: str = "", per_s: float = PER_S) -> Kill:
    """Kill the engine under load, restart it and return the loss. Leaves it stopped.

    `when` is a file pattern in the snapshot folder to wait for before the kill (`*.new`: a snapshot is being written).
    """
    target = start(home)
    answers: list[Answer] = []
    port = port_of(target)
    warm_up(port, lambda _: authorization(key), connections=_AT_ONCE, count=5 * _AT_ONCE)

    def send() -> None:
        answers.extend(paced(port, lambda _: authorization(key), per_s=per_s, seconds=600, connections=_AT_ONCE))

    load = threading.Thread(target=send)
    load.start()
    time.sleep(after_s)
    until = time.monotonic() + 3 * EVERY_S
    while when and not any(home.saved.glob(when)) and time.monotonic() < until:
        time.sleep(0.0005)
    running = engine.running(home)
    while_writing = any(home.saved.glob("*.new"))
    killed_at = time.monotonic()
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)
    engine.kill(home)
    load.join()
    target = start(home)
    try:
        approved = {json.loads(one.body)["auth_id"]: one.at for one in answers if one.status == 200}
        lost = approved.keys() - stored_ids(target, [*approved])
        return Kill(
            answered=len(approved),
            lost=len(lost),
            oldest_s=round(max((killed_at - approved[one] for one in lost), default=0.0), 2),
            sound=_is_sound(home),
            while_writing=while_writing,
        )
    finally:
        engine.stop(home)


def stored_ids(target: Target, ids: list[str]) -> set[str]:
    """Return those of these payments that are in the ledger."""
    table = target.outputs("data")["LedgerTable"]
    client, found = target.client("dynamodb"), set[str]()
    for begin in range(0, len(ids), _READ_AT_ONCE):
        keys = [{"transaction_id": {"S": one}} for one in ids[begin : begin + _READ_AT_ONCE]]
        answer = client.batch_get_item(RequestItems={table: {"Keys": keys}})
        found |= {item["transaction_id"]["S"] for item in answer["Responses"][table]}
    return found


def _is_sound(home: StateDir) -> bool:
    program = str(Path(sys.executable).with_name("paysandbox"))
    environment = os.environ | {"PAYSANDBOX_HOME": str(home.path)}
    return subprocess.run([program, "audit"], env=environment, check=False, capture_output=True).returncode == 0


def start(home: StateDir) -> Target:
    """Start the home's engine on its last port, from the saved state."""
    saved_state.prepare(home)
    port = home.read().port or engine.DEFAULT_PORT
    engine.start(home, port)
    return local_target(home, port, "us-east-1")


def port_of(target: Target) -> int:
    """Return the port of a local sandbox."""
    return int(target.base_url.rpartition(":")[2])


if __name__ == "__main__":
    command("kills", measure, __doc__, kills=KILLS)
