"""Polling of the functions' event sources (queues and streams).

ministack polls every source as soon as anything contains something, and so invokes a function for each payment, twice.
Here a source is polled if it has something for its function. One that was idle for 50 ms is polled at once. Records
that come sooner after a poll are gathered: until they fill a batch, until no more came for 50 ms, or for 250 ms after
the poll. While the function is still handling the batch before, a pause does not end that. So a batch grows with the
load, as on AWS, which polls as rarely or more rarely. A single webhook waits for nothing, and the last of many waits
for 50 ms at each source.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, Protocol

from engine.workers.batches import Batches, Source, batch_size, service_of

QUIET_S: Final = 0.05
"""The pause after which no more records are awaited. A source that has had one is idle."""
GATHERED_FOR_S_MAX: Final = 0.25
# The pause after a wake-up that found nothing, since many writes concern no function. ministack waits 50 ms.
GAP_S: Final = 0.005
# The interval without wake-ups: messages that become visible again cause none.
IDLE_S: Final = 1.0

KINDS: Final = {"sqs": "sqs", "kinesis": "kinesis", "dynamodb_streams": "dynamodb"}
"""ministack's kinds of sources, and the service in their ARNs. ministack examines every source for each kind."""


class Contents(Protocol):
    """What the sources contain, and what their functions do."""

    def waiting(self, source: Source) -> int | None:
        """Return how many records a function could be given now, or None if that is not known."""
        ...

    def taken(self, source: Source) -> int:
        """Return how many records were taken from a source so far."""
        ...

    def is_busy(self, source: Source) -> bool:
        """Return whether the function is still handling the batch that it was given last."""
        ...


@dataclass(slots=True)
class _Read:
    """When records were taken from a source, how many were waiting since then, and when their number last grew."""

    at: float
    waiting: int = 0
    grown_at: float = 0.0


class Pace:
    """The polling schedule."""

    def __init__(
        self,
        contents: Contents,
        now: Callable[[], float],
        quiet_s: float = QUIET_S,
        most_s: float = GATHERED_FOR_S_MAX,
        is_awaited: Callable[[], bool] = lambda: False,
    ) -> None:
        self._contents = contents
        self._now = now
        self._is_awaited = is_awaited
        self._quiet_s, self._most_s = quiet_s, most_s
        self._reads: dict[str, _Read] = {}
        self._next_at: float | None = None

    def due(self, sources: Iterator[Source]) -> Iterator[Source]:
        """Yield the sources that are to be polled now."""
        for source in sources:
            waiting = self._contents.waiting(source)
            if waiting == 0:
                continue
            now = self._now()
            due_at = self._due_at(source, waiting, now)
            if due_at > now:
                self._next_at = min(due_at, self._next_at or due_at)
                continue
            before = self._contents.taken(source)
            yield source
            # The poller is done with the source when it resumes this generator.
            if self._contents.taken(source) > before:
                self._reads[source[2]["UUID"]] = _Read(self._now())

    def wait_s(self) -> float:
        """Return the seconds until the first delayed source is due, at most one. Resets the schedule."""
        next_at, self._next_at = self._next_at, None
        return IDLE_S if next_at is None else max(0.0, min(next_at - self._now(), IDLE_S))

    def _due_at(self, source: Source, waiting: int | None, now: float) -> float:
        read = self._reads.get(source[2]["UUID"])
        if self._is_awaited() or read is None or (waiting is not None and waiting >= batch_size(source)):
            return 0.0
        if waiting is None:
            return read.at + self._quiet_s
        if not read.waiting and now >= read.at + self._quiet_s:
            return 0.0
        if waiting > read.waiting:
            read.waiting, read.grown_at = waiting, now
        latest_at = read.at + self._most_s
        return latest_at if self._contents.is_busy(source) else min(read.grown_at + self._quiet_s, latest_at)


class Polling:
    """Whether sources are polled. A stop of the engine ends it: what they contain is saved.

    `in_flight` has the batches that functions are handling, by source.
    """

    def __init__(self, in_flight: Sized) -> None:
        self._in_flight = in_flight
        self._lock = threading.Lock()
        self.is_ended = False
        """Whether no further source is to be polled."""
        self.awaited = 0
        """How many requests wait for what the sources contain. Meanwhile, no records are gathered."""

    def poll(self, look: Callable[[], bool]) -> bool:
        """Look at the sources unless polling has ended. Return what `look` does: whether it found something."""
        with self._lock:
            return not self.is_ended and look()

    def end(self) -> None:
        """Poll no further source. One that is being polled may still yield a batch."""
        self.is_ended = True

    @property
    def is_done(self) -> bool:
        """Whether polling has ended, and every batch was handled."""
        return self.is_ended and not self._lock.locked() and not self._in_flight


def pace(functions: Any, tables: Any, queues: Any) -> Polling:
    """Make ministack poll its sources on this schedule. The modules are its Lambda, DynamoDB and SQS."""
    every, wake = functions.iter_all_esms, functions.esm_wake
    polled = ""
    polling = Polling(functions.esm_inflight)
    batches = Batches(functions, tables, queues)
    paced = Pace(batches, time.monotonic, is_awaited=lambda: polling.awaited > 0)

    def look() -> bool:
        nonlocal polled
        found = False
        for kind in KINDS:
            polled = KINDS[kind]
            try:
                found = getattr(functions, f"poll_{kind}")() or found
            except Exception:  # like ministack: the other sources are polled regardless
                functions.logger.exception("%s could not be read", kind)
        return found

    def loop() -> None:
        woken = False
        while True:
            wake.clear()
            if polling.poll(look):
                woken = False
                continue
            if woken:
                time.sleep(GAP_S)
            woken = wake.wait(paced.wait_s())

    def of_polled() -> Iterator[Source]:
        going_on = takewhile(lambda _: not polling.is_ended, every())
        return (source for source in going_on if service_of(source) == polled)

    functions.iter_all_esms = lambda: paced.due(of_polled())
    functions.dispatch_esm_batch = batches.dispatch
    functions.poll_loop = loop
    return polling
