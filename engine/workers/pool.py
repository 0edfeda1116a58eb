"""How many workers a function has on this machine, and how long they are kept.

ministack starts a worker for every invocation that finds none idle, and rejects invocations beyond a limit. Thirty
connections after a start meant thirty processes starting at once on two cores, each slower than waiting for a warm one.
Here an invocation waits for a warm worker. A function gets another worker only if waiting does not help: all of its
workers have been busy for longer than a start takes, like those of a slow webhook receiver.

ministack also kills the workers of a function when its settings change, in the middle of an invocation. In AWS, that
invocation ends with the old settings. So it does here: the function that moves the clock changes its own settings too.
"""

import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from engine import ministack

CORES = os.cpu_count() or 2

# A worker that is busy for longer is waiting for something, and not computing.
BUSY_S = 0.25
WORKERS_MAX = 16
IDLE_S = 30.0
# Across all functions, including busy workers: a sandbox stays at about 700 MB. A worker takes 18 to 25 MB
# (forked_workers.py; otherwise 35).
WORKERS_RETAINED = 24

# Longer than any of our functions' timeouts. After that, the invocation is rejected.
PATIENCE_S = 35.0

_ACTIVE = {
    "State": "Active",
    "StateReason": "",
    "StateReasonCode": "",
    "LastUpdateStatus": "Successful",
    "LastUpdateStatusReason": "",
    "LastUpdateStatusReasonCode": "",
}


class Pool:
    """The workers of all functions. `keeps_first` returns whether a function's first worker is kept when idle.

    `edited` returns the folders with edited code of a function (edited_code.py). A worker that started with others is
    not used again.
    """

    def __init__(
        self,
        runtime: Any,
        keeps_first: Callable[[str], bool],
        edited: Callable[[Any], tuple[str, ...]] = lambda _: (),
    ) -> None:
        self._runtime = runtime
        self._keeps_first = keeps_first
        self._edited = edited
        self._lock: threading.Lock = runtime.lock
        self._freed: dict[str, threading.Condition] = {}
        self._grown_at: dict[str, float] = {}
        self._retired: list[Any] = []

    def acquire(
        self, name: str, config: Any, code: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> tuple[Any, str]:
        """Return a worker for one invocation, as (worker, how) or (None, "func_cap") like `acquire_worker`."""
        key = self._runtime.worker_key(name, config, qualifier)
        acquired = self._acquire(key, name, config, code, min(max_concurrency or WORKERS_MAX, WORKERS_MAX))
        if acquired[1] == "spawn":
            self._end_longest_idle()
        return acquired

    def _acquire(self, key: str, name: str, config: Any, code: bytes, ceiling: int) -> tuple[Any, str]:
        deadline = time.monotonic() + PATIENCE_S
        with self._lock:
            freed = self._freed.setdefault(key, threading.Condition(self._lock))
            while True:
                workers = self._runtime.workers.setdefault(key, [])
                edited = self._edited(config)
                self._end_beside(
                    [worker for worker in workers if not worker.in_use and worker.edited != edited], workers
                )
                idle = next((worker for worker in workers if not worker.in_use), None)
                if idle is not None:
                    return self._lease(idle, key), "reused"
                enough = len(workers) >= min(CORES, ceiling) and not self._all_are_waiting(key, workers)
                if len(workers) < ceiling and not enough:
                    worker = self._runtime.worker_class_for(config)(name, config, code)
                    worker.edited = edited
                    workers.append(worker)
                    self._grown_at[key] = time.monotonic()
                    return self._lease(worker, key), "spawn"
                left = deadline - time.monotonic()
                if left <= 0:
                    return None, "func_cap"
                freed.wait(min(left, BUSY_S))

    def lease_idle(self, name: str, config: Any, qualifier: str) -> Any:
        """Return an idle worker for one invocation without waiting, or None if the function has none."""
        key = self._runtime.worker_key(name, config, qualifier)
        edited = self._edited(config)
        with self._lock:
            self._freed.setdefault(key, threading.Condition(self._lock))
            for worker in self._runtime.workers.get(key, ()):
                process = ministack.worker(worker).proc
                if not worker.in_use and worker.edited == edited and process is not None and process.poll() is None:
                    return self._lease(worker, key)
        return None

    def release(self, worker: Any) -> None:
        """Return a worker to the pool, for the next waiting invocation, or end it if its function was changed."""
        if worker is not None:
            with self._lock:
                worker.in_use = False
                worker.last_used = time.time()
                self._freed[worker.leased_from].notify()
                is_retired = worker in self._retired
                self._retired = [other for other in self._retired if other is not worker]
            if is_retired:
                self._end_beside([worker], [])

    def retire(self, name: str, qualifier: str) -> None:
        """Take a function's workers out of the pool. Idle ones end now, and busy ones after their invocation."""
        with self._lock:
            for key, workers in self._runtime.workers.items():
                if key.split(":")[-2:] == [name, qualifier]:
                    self._retired += [worker for worker in workers if worker.in_use]
                    self._end_beside([worker for worker in workers if not worker.in_use], workers)
                    workers.clear()

    @property
    def is_idle(self) -> bool:
        """Whether no function runs."""
        with self._lock:
            every = [worker for workers in self._runtime.workers.values() for worker in workers]
            return not self._retired and not any(worker.in_use for worker in every)

    def end_idle(self, idle_s: float = IDLE_S) -> int:
        """Stop the workers that were idle for `idle_s`, and return their number. Renew those that are kept."""
        ended = self._end_idle(idle_s)
        with self._lock:
            early = [
                (workers, worker)
                for workers in self._runtime.workers.values()
                for worker in workers
                if not worker.in_use and _is_early(worker) and time.time() - worker.last_used >= idle_s
            ]
        for workers, worker in early:
            self._renew(worker, workers)
        return ended

    def _renew(self, worker: Any, workers: list[Any]) -> None:
        """Replace a worker that was forked early: a later one shares what it has imported, some 30 MB.

        It may be invoked until its successor has started.
        """
        successor = self._runtime.worker_class_for(worker.config)(worker.func_name, worker.config, worker.code_zip)
        successor.edited = worker.edited
        ministack.worker(successor).spawn()
        with self._lock:
            replaces = worker in workers and not worker.in_use and not _is_early(successor)
            if replaces:
                successor.in_use, successor.last_used = False, worker.last_used
                workers[workers.index(worker)] = successor
        self._runtime.kill_workers([worker if replaces else successor])

    def _end_idle(self, idle_s: float) -> int:
        now = time.time()
        ended: list[Any] = []
        with self._lock:
            for key, workers in [*self._runtime.workers.items()]:
                remaining = [
                    worker
                    for place, worker in enumerate(workers)
                    if worker.in_use
                    or now - worker.last_used < idle_s
                    or (place == 0 and self._keeps_first(worker.func_name))
                ]
                ended += [worker for worker in workers if worker not in remaining]
                if remaining:
                    self._runtime.workers[key] = remaining
                else:
                    del self._runtime.workers[key]
        self._runtime.kill_workers(ended)
        return len(ended)

    def _end_beside(self, ended: list[Any], workers: list[Any]) -> None:
        """Take workers out of a function's, and stop them in a thread: it can take two seconds."""
        if ended:
            workers[:] = [worker for worker in workers if worker not in ended]
            threading.Thread(target=self._runtime.kill_workers, args=(ended,), daemon=True).start()

    def _end_longest_idle(self) -> None:
        """Stop idle workers beyond the number to keep, longest idle first."""
        with self._lock:
            every = [*self._runtime.workers.values()]
            idle = sorted(
                (worker for workers in every for worker in workers if not worker.in_use),
                key=lambda worker: (self._keeps_first(worker.func_name), worker.last_used),
            )
            ended = idle[: max(0, sum(map(len, every)) - WORKERS_RETAINED)]
            for workers in every:
                workers[:] = [worker for worker in workers if worker not in ended]
        self._runtime.kill_workers(ended)

    def _all_are_waiting(self, key: str, workers: list[Any]) -> bool:
        """Return whether no worker is starting, and each has been busy with one invocation for a long time."""
        now = time.monotonic()
        started = all(ministack.worker(worker).start_time is not None for worker in workers)
        grown_long_ago = now - self._grown_at.get(key, 0.0) > BUSY_S
        return started and grown_long_ago and all(now - worker.leased_at > BUSY_S for worker in workers)

    @staticmethod
    def _lease(worker: Any, key: str) -> Any:
        worker.in_use = True
        worker.leased_from = key
        worker.last_used = time.time()
        worker.leased_at = time.monotonic()
        return worker


def _is_early(worker: Any) -> bool:
    """Whether a worker was forked before its server had imported everything (forked_workers.py)."""
    return getattr(ministack.worker(worker).proc, "is_early", False)


def busy_and_idle(runtime: Any) -> tuple[int, int]:
    """Return how many workers are busy and how many idle. `runtime` is ministack's module of workers."""
    with runtime.lock:
        every = [worker.in_use for workers in runtime.workers.values() for worker in workers]
    return sum(every), len(every) - sum(every)


def bound_workers(
    runtime: Any,
    functions: Any,
    keeps_first: Callable[[str], bool],
    edited: Callable[[Any], tuple[str, ...]] = lambda _: (),
) -> Pool:
    """Make ministack acquire, release and end workers by these rules. `runtime` and `functions` are its modules."""
    pool = Pool(runtime, keeps_first, edited)
    for module in (runtime, functions):
        module.acquire_worker = pool.acquire
        module.release_worker = pool.release
        module.reap_idle_workers = pool.end_idle
    _finish_before_changes(functions, pool)
    # Starting a worker occupies a core, whatever its function.
    starting = threading.BoundedSemaphore(CORES)
    workers = ministack.worker(runtime.Worker)
    spawn = workers.spawn

    def start(self: Any) -> None:
        with starting:
            spawn(self)
        self.leased_at = time.monotonic()

    workers.spawn = start
    return pool


def _finish_before_changes(functions: Any, pool: Pool) -> None:
    """Let invocations end before their workers do when a function's settings change.

    A change is active when its call returns, as no later invocation gets an earlier worker. ministack calls it active
    half a second later.
    """
    change, end = functions.update_config, functions.invalidate_worker
    become_active = functions.schedule_state_transition
    changing: ContextVar[bool] = ContextVar("changing", default=False)

    def change_settings(*arguments: Any, **options: Any) -> Any:
        token = changing.set(True)
        try:
            return change(*arguments, **options)
        finally:
            changing.reset(token)

    def end_workers(name: str, qualifier: str | None = None, **options: Any) -> None:
        if changing.get() and qualifier is not None:
            pool.retire(name, qualifier)
        else:
            end(name, qualifier=qualifier, **options)

    def be_active(name: str, delay: float) -> None:
        if changing.get():
            functions.functions[name]["config"] |= _ACTIVE
        else:
            become_active(name, delay)

    functions.update_config = change_settings
    functions.schedule_state_transition = be_active
    functions.invalidate_worker = end_workers
