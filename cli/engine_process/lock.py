"""The lock that the engine holds on its home for as long as it lives.

The kernel lets go of it however the process ends, so whether a home's engine runs is never guessed from a number in a
file.
"""

import fcntl
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

LOCK_NAME = "engine.lock"
PATIENCE_S = 0.5
ALREADY_RUNNING = 75  # EX_TEMPFAIL


def hold(lock: Path) -> IO[str]:
    """The lock, which contains this process's id and address. Exits when another engine holds it."""
    held = lock.open("a+", encoding="utf-8")
    deadline = time.monotonic() + PATIENCE_S
    while True:  # whoever only looks whether it is held holds it for a moment
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                print(f"an engine already runs in {lock.parent}", flush=True)
                sys.exit(ALREADY_RUNNING)
            time.sleep(0.02)
    held.truncate(0)
    facts = {
        "pid": os.getpid(),
        "port": int(os.environ["GATEWAY_PORT"]),
        "bind": os.environ["BIND_HOST"],
        "started_at": now(),
        "walled": True,
    }
    held.write(json.dumps(facts))
    held.flush()
    return held


def now() -> str:
    """The time, in UTC, as the CLI prints it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
