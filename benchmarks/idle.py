"""What a sandbox uses while nobody uses it: CPU time and memory of all its processes together."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import psutil

from cli.sandbox.footprint import memory_bytes

SETTLED_S: Final = 65
"""Idle workers end after 30 s, checked every 30 s."""
MEASURED_S: Final = 30

_PER_MB: Final = 1_000_000


def measure(
    processes: Callable[[], Sequence[psutil.Process]], settled_s: float = SETTLED_S, measured_s: float = MEASURED_S
) -> dict[str, float]:
    """Return the CPU time in percent of one core, the memory in megabytes (PSS on Linux), and the processes."""
    time.sleep(settled_s)
    before_s, began = cpu_s(processes()), time.monotonic()
    time.sleep(measured_s)
    members = processes()
    used_s, taken_s = cpu_s(members) - before_s, time.monotonic() - began
    return {
        "cpu_percent": 100 * used_s / taken_s,
        "memory_mb": memory_bytes([process.pid for process in members]) / _PER_MB,
        "processes": len(members),
    }


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """Return the CPU seconds that processes have used, with those of their children that have ended."""
    seconds = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            seconds += sum(process.cpu_times()[:4])  # user, system, and both of the children
    return seconds
