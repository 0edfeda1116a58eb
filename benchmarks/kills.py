"""What is lost when the sandbox is killed at random moments under load.

    make bench ARGS=kills

The engine of a deployed sandbox is killed (SIGKILL) repeatedly while four connections send authorizations, every other
time in the middle of a snapshot, and started again. The first kill comes 2 s after `up` and the creation of a key.
Payments with a response that are missing from the ledger are lost. `paysandbox audit` checks the others, and each of
them gets its event.
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

import httpx

from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import Answer, load as warm_up, paced
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.rounds import machine
from cli.connection.target import Target, local_target
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from engine.state.snapshots import PROMISED_S

KILLS: Final = 50
PER_S: Final = 20

# The rate during a kill: low enough that no request waits for a cold function.
_AT_ONCE: Final = 4
_READ_AT_ONCE: Final = 100
_AFTER_S: Final = (2.0, 20.0)
_SNAPSHOT_WITHIN_S: Final = 45.0
# A message whose function was killed is received again after six minutes (stacks/workers/queues.py).
_PUBLISHED_WITHIN_S: Final = 420.0
_FURTHER_PAGES: Final = 3
"""Of events, for payments whose response was lost."""


def measure(kills: int = KILLS) -> dict[str, Any]:
    """Return the loss of each kill."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        home = StateDir(Path(folder) / "home")
        with sandbox(Path(folder)) as (port, key):
            lost = [kill(home, key, port, after_s=_AFTER_S[0])]
        lost += [
            kill(home, key, after_s=random.uniform(*_AFTER_S), in_snapshot=bool(number % 2))
            for number in range(1, kills)
        ]
    return {"machine": machine(), "promised_s": PROMISED_S, "per_s": PER_S, "kills": [asdict(one) for one in lost]}


@dataclass(frozen=True)
class Kill:
    """The loss of one kill: responses whose payment is not in the ledger, and the age (s) of the oldest at the kill.

    `unpublished` is the number of payments in the ledger that got no event after the next start.
    """

    answered: int
    lost: int
    oldest_s: float
    sound: bool
    unpublished: int
    while_writing: bool


def kill(
    home: StateDir,
    key: str,
    port: int | None = None,
    *,
    after_s: float,
    in_snapshot: bool = False,
    per_s: float = PER_S,
) -> Kill:
    """Kill the engine under load, restart it and return the loss. Leaves it stopped.

    `port` is that of a running engine. Without it, the engine is started. `in_snapshot` is whether to have it take a
    snapshot, and to kill it while that is written.
    """
    port = port or port_of(start(home))
    answers: list[Answer] = []
    warm_up(port, lambda _: authorization(key), connections=_AT_ONCE, count=5 * _AT_ONCE)

    def send() -> None:
        answers.extend(paced(port, lambda _: authorization(key), per_s=per_s, seconds=600, connections=_AT_ONCE))

    load = threading.Thread(target=send)
    load.start()
    time.sleep(after_s)
    until = time.monotonic() + _SNAPSHOT_WITHIN_S
    running = engine.running(home)
    if in_snapshot:
        engine.save_soon(home)
    while in_snapshot and not any(home.saved.glob("*.new")) and time.monotonic() < until:
        time.sleep(0.0005)
    while_writing = any(home.saved.glob("*.new"))
    killed_at = time.monotonic()
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)
    engine.kill(home)
    load.join()
    target = start(home)
    try:
        approved = {json.loads(one.body)["auth_id"]: one.at for one in answers if one.status == 200}
        stored = stored_ids(target, [*approved])
        lost = approved.keys() - stored
        return Kill(
            answered=len(approved),
            lost=len(lost),
            oldest_s=round(max((killed_at - approved[one] for one in lost), default=0.0), 2),
            sound=_is_sound(home),
            unpublished=len(unpublished_ids(target, key, stored)),
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


def unpublished_ids(target: Target, key: str, ids: set[str]) -> set[str]:
    """Return those of these payments, a merchant's newest, that get no event in time."""
    until = time.monotonic() + _PUBLISHED_WITHIN_S
    with httpx.Client(base_url=target.base_url, headers={"X-Api-Key": key}, timeout=60) as http:
        while True:
            missing, cursor = set(ids), ""
            for _ in range(len(ids) // _READ_AT_ONCE + _FURTHER_PAGES):
                query = {"limit": str(_READ_AT_ONCE)} | ({"cursor": cursor} if cursor else {})
                page = http.get("/events", params=query).raise_for_status().json()
                missing -= {event["data"].get("auth_id") for event in page["data"]}
                if not missing or not (cursor := page["next_cursor"]):
                    break
            if not missing or time.monotonic() > until:
                return missing
            time.sleep(1)


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
