"""How long the event loop answers nobody: how late its timer is, by what the engine did meanwhile.

A timer that is due every few milliseconds is late by the time for which the loop was busy or did not run. Node.js
measures its loop in the same way ("Performance measurement APIs", `monitorEventLoopDelay`). A delay is measured too
short by up to the interval of the timer: EVERY_S while there are requests, and IDLE_EVERY_S otherwise, since a timer
that wakes an idle process 200 times a second takes more than one percent of a core.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

from engine.metrics.durations import Durations
from engine.metrics.exposition import Family

EVERY_S: Final = 0.005
IDLE_EVERY_S: Final = 0.1
IDLE_AFTER_S: Final = 1.0

COLLECTION: Final = "collection"
FORK: Final = "fork"
WORK: Final = "work"
WAIT: Final = "wait"
CAUSES: Final = (COLLECTION, FORK, WORK, WAIT)
"""Most of the delay was a garbage collection, a fork of this process, other work of its threads, or none of its own:
other programs had the processor, or it waited for a disk or a lock."""


class Loop(Protocol):
    """What is needed of asyncio's event loops."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> object:
        """Call a function after some seconds."""


class EventLoop:
    """Counts the delays of an event loop, on which it is used.

    `requests` returns how many there have been, `now` a time and `cpu` the CPU time of the process, in seconds.
    """

    def __init__(
        self,
        requests: Callable[[], int],
        now: Callable[[], float] = time.perf_counter,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._requests, self._now, self._cpu = requests, now, cpu
        self._seen, self._idle_from_s = 0, 0.0
        self._durations = Durations(("cause",), [(cause,) for cause in CAUSES])
        self._spent_s = dict[str, float]()
        self._began_s = 0.0
        self._due_s = self._cpu_s = 0.0

    def watch(self, loop: Loop) -> None:
        """Count from now on, until the loop ends."""
        gc.callbacks.append(self._collection)
        os.register_at_fork(before=self._begin, after_in_parent=lambda: self._end(FORK))
        self._next(loop)

    def families(self) -> Iterator[Family]:
        """Yield the metric."""
        yield self._durations.histogram(
            "paysandbox_event_loop_delay_seconds",
            "Time by which a timer of the engine's event loop was late, by what the engine did meanwhile.",
            ("cause",),
        )

    def _next(self, loop: Loop) -> None:
        self._spent_s.clear()
        self._cpu_s, now_s, requests = self._cpu(), self._now(), self._requests()
        if requests != self._seen:
            self._seen, self._idle_from_s = requests, now_s + IDLE_AFTER_S
        every_s = EVERY_S if now_s < self._idle_from_s else IDLE_EVERY_S
        self._due_s = now_s + every_s
        loop.call_later(every_s, self._tick, loop)

    def _tick(self, loop: Loop) -> None:
        late_s = max(0.0, self._now() - self._due_s)
        self._durations.count((self._cause(late_s),), late_s)
        self._next(loop)

    def _cause(self, late_s: float) -> str:
        for cause, spent_s in self._spent_s.items():
            if spent_s > late_s / 2:
                return cause
        return WORK if self._cpu() - self._cpu_s > late_s / 2 else WAIT

    # Both hold the interpreter's lock. Only a finalizer can let another thread begin one meanwhile, which is rare and
    # makes a cause wrong.

    def _collection(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._begin()
        else:
            self._end(COLLECTION)

    def _begin(self) -> None:
        self._began_s = self._now()

    def _end(self, cause: str) -> None:
        self._spent_s[cause] = self._spent_s.get(cause, 0.0) + self._now() - self._began_s
