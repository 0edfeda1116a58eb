"""A newly started sandbox: its first requests, while every function is cold, and its memory and disk usage.

Part of `make bench ARGS=start`. The sandbox is restarted for each number of connections.
The footprint is measured after `paysandbox verify`, which calls all routes.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.http_load import load, percentile
from cli.sandbox import engine, processes
from cli.sandbox.footprint import disk_bytes, memory_bytes
from cli.sandbox.state_dir import StateDir

CONNECTIONS: Final = (1, 8, 32)
REQUESTS: Final = 5_000
LATER_S: Final = (5, 65)  # idle workers end after 30 s, checked every 30 s

_PER_MB: Final = 1_000_000

Program = Callable[..., str]
"""Runs `paysandbox` with these words on one home, and returns what it prints. Raises CalledProcessError."""


def measure(run: Program, port: int, make: Any, requests: int = REQUESTS) -> list[dict[str, Any]]:
    """Return the first requests over each number of connections. `make` takes an API key. `p99_later` excludes the
    first second, in which functions start."""
    rows: list[dict[str, Any]] = []
    for connections in CONNECTIONS:
        key = _begin(run, port)
        try:
            timed: list[tuple[float, float]] = []
            found = load(port, lambda _, key=key: make(key), connections=connections, count=requests, timed=timed)
            later = [taken for at, taken in timed if at > 1.0]
            rows.append({**found, "p99_later": round(percentile(later, 99), 2)})
        finally:
            run("down")
    return rows


def footprint(run: Program, home: Path, port: int) -> list[dict[str, Any]]:
    """Return the memory and disk of a sandbox after `verify`, in megabytes. Shared pages count in proportion (PSS)."""
    _begin(run, port)
    try:
        run("verify")
        ended = time.monotonic()
        rows: list[dict[str, Any]] = []
        for later_s in LATER_S:
            time.sleep(max(0.0, ended + later_s - time.monotonic()))
            running = engine.running(StateDir(home))
            members = processes.members(running.pid) if running else []
            rows.append(
                {
                    "after_s": later_s,
                    "processes": len(members),
                    "memory_mb": round(memory_bytes(members) / _PER_MB),
                    "disk_mb": round(disk_bytes(home) / _PER_MB),
                }
            )
        return rows
    finally:
        run("down")


def _begin(run: Program, port: int) -> str:
    """Start an empty sandbox without any warm-up; its key was created before a restart."""
    run("up", "--fresh", "--port", str(port))
    key: str = json.loads(run("keys", "create", "--merchant", "bench", "--plan", "load", "--json"))["api_key"]
    run("down")
    run("up", "--port", str(port))
    return key
