"""The engine's own process, under the names that all client libraries of Prometheus have for it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.metrics.exposition import Family, Sample

_STATM: Final = Path("/proc/self/statm")


def families(started_at: float) -> Iterator[Family]:
    """Yield the metrics. `started_at` is in seconds since 1970. The memory is known on Linux only."""
    yield Family(
        "process_start_time_seconds",
        "gauge",
        "When the engine started, in seconds since 1970.",
        [Sample(started_at)],
    )
    yield Family("process_cpu_seconds", "counter", "CPU time of the engine itself.", [Sample(time.process_time())])
    if (resident := _resident_bytes()) is not None:
        yield Family(
            "process_resident_memory_bytes", "gauge", "Resident memory of the engine itself.", [Sample(resident)]
        )


def _resident_bytes() -> int | None:
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
