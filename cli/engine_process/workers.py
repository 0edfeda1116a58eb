"""How many workers a function has on this machine, and how long they are kept.

ministack starts a worker for every invocation that finds none idle, and rejects invocations beyond a limit. Thirty
connections after a start meant thirty processes starting at once on two cores, each slower than waiting for a warm one.
Here an invocation waits for a warm worker. A function gets another worker only if waiting does not help: all of its
workers have been busy for longer than a start takes, like those of a slow webhook receiver.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

CORES = os.cpu_count() or 2

# A worker that is busy for longer is waiting for something, and not computing.
BUSY_S = 0.25
WORKERS_MAX = 16
IDLE_S = 30.0
# Across all functions, including busy workers. A worker takes 35 MB, and starting one takes half a second.
WORKERS_KEPT = 22

# Longer than any of our functions' timeouts. After that, the invocation is rejected.
PATIENCE_S = 35.0


class Pool:
    """The workers of all functions. `keeps_first` returns whether a function's first worker is kept when idle."""

    def __init__(self, runtime: Any, keeps_first: Callable[[str], bool]) -> None:
        self._runtime = runtime
        self._keeps_first = keeps_first
        self._lock: threading.Lock = runtime._lock  # noqa: SLF001 - ministack's own, of its pools
        self._freed: dict[str, threading.Condition] = {}
        self._grown_at: dict[str, float] = {}

    def acquire(
        self, name: str, config: Any, code: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> tuple[Any, str]:
        """Return a worker for one invocation, as (worker, how) or (None, "func_cap") like `acquire_worker`."""
        key = self._runtime._worker_key(name, config, qualifier)  # noqa: SLF001 - there is no other way to it
        acquired = self._acquire(key, name, config, code, min(max_concurrency or WORKERS_MAX, WORKERS_MAX))
        if acquired[1] == "spawn":
            self._end_longest_idle()
        return acquired

    def _acquire(self, key: str, name: str, config: Any, code: bytes, ceiling: int) -> tuple[Any, str]:
        deadline = time.monotonic() + PATIENCE_S
        with self._lock:
            freed = self._freed.setdefault(key, threading.Condition(self._lock))
            while True:
                workers = self._runtime._workers.setdefault(key, [])  # noqa: SLF001 - there is no other way to it
                idle = next((worker for worker in workers if not worker.in_use), None)
                if idle is not None:
                    return self._lease(idle, key), "reused"
                enough = len(workers) >= min(CORES, ceiling) and not self._all_are_waiting(key, workers)
                if len(workers) < ceiling and not enough:
                    worker = self._runtime._worker_class_for(config)(name, config, code)  # noqa: SLF001 - as above
                    workers.append(worker)
                    self._grown_at[key] = time.monotonic()
                    return self._lease(worker, key), "spawn"
                left = deadline - time.monotonic()
                if left <= 0:
                    return None, "func_cap"
                freed.wait(min(left, BUSY_S))

    def release(self, worker: Any) -> None:
        """Return a worker to the pool, for the next waiting invocation."""
        if worker is not None:
            with self._lock:
                worker.in_use = False
                worker.last_used = time.time()
                self._freed[worker.leased_from].notify()

    def end_idle(self, idle_s: float = IDLE_S) -> int:
        """Stop the workers that were idle for `idle_s`, and return their number."""
        now = time.time()
        ended: list[Any] = []
        with self._lock:
            for key, workers in [*self._runtime._workers.items()]:  # noqa: SLF001 - as above
                kept = [
                    worker
                    for place, worker in enumerate(workers)
                    if worker.in_use
                    or now - worker.last_used < idle_s
                    or (place == 0 and self._keeps_first(worker.func_name))
                ]
                ended += [worker for worker in workers if worker not in kept]
                if kept:
                    self._runtime._workers[key] = kept  # noqa: SLF001 - as above
                else:
                    del self._runtime._workers[key]  # noqa: SLF001 - as above
        self._runtime.kill_workers(ended)
        return len(ended)

    def _end_longest_idle(self) -> None:
        """Stop idle workers beyond the number to keep, longest idle first."""
        with self._lock:
            every = [*self._runtime._workers.values()]  # noqa: SLF001 - as above
            idle = sorted(
                (worker for workers in every for worker in workers if not worker.in_use),
                key=lambda worker: (self._keeps_first(worker.func_name), worker.last_used),
            )
            ended = idle[: max(0, sum(map(len, every)) - WORKERS_KEPT)]
            for workers in every:
                workers[:] = [worker for worker in workers if worker not in ended]
        self._runtime.kill_workers(ended)

    def _all_are_waiting(self, key: str, workers: list[Any]) -> bool:
        """Return whether no worker is starting, and each has been busy with one invocation for a long time."""
        now = time.monotonic()
        started = all(worker._start_time is not None for worker in workers)  # noqa: SLF001 - as above
        grown_long_ago = now - self._grown_at.get(key, 0.0) > BUSY_S
        return started and grown_long_ago and all(now - worker.leased_at > BUSY_S for worker in workers)

    @staticmethod
    def _lease(worker: Any, key: str) -> Any:
        worker.in_use = True
        worker.leased_from = key
        worker.last_used = time.time()
        worker.leased_at = time.monotonic()
        return worker


def bound_workers(runtime: Any, functions: Any, keeps_first: Callable[[str], bool]) -> None:
    """Make ministack acquire, release and end workers by these rules. `runtime` and `functions` are its modules."""
    pool = Pool(runtime, keeps_first)
    for module in (runtime, functions):
        module.acquire_worker = pool.acquire
        module.release_worker = pool.release
        module.reap_idle_workers = pool.end_idle
    # Starting a worker occupies a core, whatever its function.
    starting = threading.BoundedSemaphore(CORES)
    spawn = runtime.Worker._spawn  # noqa: SLF001 - there is no other way to it

    def start(self: Any) -> None:
        with starting:
            spawn(self)
        self.leased_at = time.monotonic()

    runtime.Worker._spawn = start  # noqa: SLF001 - as above
