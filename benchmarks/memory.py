"""The memory of the engine after many payments, and while a snapshot is written.

    make bench ARGS=memory
    python -m benchmarks.memory --payments 3000     fewer payments, printed only

Payments that are captured at once are sent to a sandbox of its own over four connections. Each has two events, of which
one is delivered to a receiver on the loopback. The memory is that of the engine's process and of the process that
writes a snapshot (PSS on Linux, where pages that both share count once), sampled twice a second. Functions run in
workers, whose number depends on the traffic and not on what is stored, so they are recorded apart.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
import psutil

from benchmarks.measuring.command import command
from benchmarks.measuring.hooks_receiver import hooks
from benchmarks.measuring.http_load import Request, load
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.rounds import machine
from cli.diagnose.footprint import disk_bytes, memory_bytes
from cli.sandbox import engine
from cli.sandbox.processes import members
from cli.state.state_dir import StateDir

PAYMENTS: Final = 40_000
TARGET_MB: Final = 600
POINTS: Final = 10

_CONNECTIONS: Final = 4
_SAMPLED_EVERY_S: Final = 0.5
_PATIENCE_S: Final = 3_600.0
_EVENT: Final = "payment_captured"


def measure(payments: int = PAYMENTS) -> dict[str, Any]:
    """Return the memory (MB) by the number of payments: after each tenth of them, and the most until then."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, sandbox(Path(folder)) as (port, key):
        home = StateDir(Path(folder) / "home")
        with hooks() as receiver, _endpoint(port, key, receiver.urls[0]), _sampled(home) as memory:
            points = [{"payments": 0, **memory.figures()}]
            for number in range(1, POINTS + 1):
                wanted = payments * number // POINTS
                done = load(
                    port,
                    lambda _: _payment(key),
                    connections=_CONNECTIONS,
                    count=wanted - int(points[-1]["payments"]),
                    seconds=_PATIENCE_S,
                )
                arrived = receiver.wait_for(wanted)
                memory.wait_for_snapshot()
                points.append(
                    {
                        "payments": wanted,
                        "per_s": done["per_s"],
                        "p50_ms": done["p50"],
                        "not_200": done["not_200"],
                        "delivered": arrived,
                        **memory.figures(),
                    }
                )
                sys.stderr.write(f"  {json.dumps(points[-1])}\n")
            saved_mb = disk_bytes(home.saved) / 1_000_000
    last, first = points[-1], points[0]
    return {
        "machine": machine(),
        "target_mb": TARGET_MB,
        "payments": payments,
        "points": points,
        "kb_per_payment": round((last["engine_mb"] - first["engine_mb"]) * 1_000 / payments, 1),
        "most_mb": max(point["most_mb"] for point in points),
        "saved_mb": round(saved_mb),
    }


@dataclass
class Memory:
    """The memory of the processes of a home's engine."""

    home: StateDir
    most_bytes: int = 0
    _ended: Event = field(default_factory=Event)

    def sample(self) -> None:
        """Note the memory until the end."""
        while not self._ended.wait(_SAMPLED_EVERY_S):
            self.most_bytes = max(self.most_bytes, memory_bytes(self._processes()[0]))

    def end(self) -> None:
        """End the samples."""
        self._ended.set()

    def figures(self) -> dict[str, float]:
        """Return the memory of the engine now, with the most so far, and of its functions."""
        ours, functions = self._processes()
        now = memory_bytes(ours)
        self.most_bytes = max(self.most_bytes, now)
        return {
            "engine_mb": round(memory_bytes(ours[:1]) / 1_000_000, 1),
            "most_mb": round(self.most_bytes / 1_000_000, 1),
            "functions_mb": round(memory_bytes(functions) / 1_000_000, 1),
        }

    def wait_for_snapshot(self) -> None:
        """Wait until the engine has saved its present state."""
        engine.save_now(self.home)
        time.sleep(_SAMPLED_EVERY_S)

    def _processes(self) -> tuple[list[int], list[int]]:
        """Return the engine's process and those that write snapshots, and the workers."""
        running = engine.running(self.home)
        if running is None:
            raise RuntimeError("the engine has ended")
        command = psutil.Process(running.pid).cmdline()
        ours, workers = [running.pid], list[int]()
        for pid in members(running.pid):
            if pid != running.pid:
                (ours if _command(pid) == command else workers).append(pid)
        return ours, workers


def _command(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:  # it has ended
        return []


@contextmanager
def _sampled(home: StateDir) -> Iterator[Memory]:
    memory = Memory(home)
    sampler = Thread(target=memory.sample, daemon=True)
    sampler.start()
    try:
        yield memory
    finally:
        memory.end()
        sampler.join()


@contextmanager
def _endpoint(port: int, key: str, url: str) -> Iterator[None]:
    """Create an endpoint for one of the two events of a payment. The sandbox is deleted with it."""
    headers = {"X-Api-Key": key, "X-Idempotency-Key": url}
    answer = httpx.post(
        f"http://127.0.0.1:{port}/webhooks/endpoints",
        json={"url": url, "events": [_EVENT]},
        headers=headers,
        timeout=60,
    )
    answer.raise_for_status()
    yield


def _payment(key: str) -> Request:
    """Return an authorization that is captured at once, under a new idempotency key."""
    request = authorization(key)
    body = json.dumps({**json.loads(request.body), "capture_method": "automatic"}).encode()
    return Request(request.path, request.headers, body)


if __name__ == "__main__":
    command("memory", measure, __doc__, payments=PAYMENTS)
