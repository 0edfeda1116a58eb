"""The lock that the engine holds on its home for as long as it lives.

The kernel releases it however the process ends, so whether a home's engine is running is never guessed from a process
ID in a file.
"""

import fcntl
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from paysandbox.aws.trace_context import COLLECTOR_VARIABLE

LOCK_NAME = "engine.lock"
PATIENCE_S = 0.5
ALREADY_RUNNING = 75  # EX_TEMPFAIL


def hold(lock: Path) -> IO[str]:
    """Return the lock's file, which contains this process's ID and address. Exit if another engine holds the lock."""
    held = lock.open("a+", encoding="utf-8")
    deadline = time.monotonic() + PATIENCE_S
    while True:  # a process that only tests the lock holds it for a moment
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
        "otlp": os.environ.get(COLLECTOR_VARIABLE, ""),
        "started_at": now(),
    }
    held.write(json.dumps(facts))
    held.flush()
    return held


def now() -> str:
    """Return the current time in UTC, in the CLI's format."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
