"""Polling of the functions' event sources (queues and streams).

ministack polls them as soon as they contain something, and so invokes a function for each payment, twice. Here an idle
source is polled at once too, but one that was just polled waits for a moment and then yields a batch. AWS polls as
rarely, or more rarely.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sized
from itertools import takewhile
from typing import Any, Final

GATHERED_FOR_S: Final = 0.05
# The pause after a wake-up that found nothing, since many writes concern no function. ministack waits 50 ms.
GAP_S: Final = 0.005
# The interval without wake-ups: messages that become visible again cause none.
IDLE_S: Final = 1.0

KINDS: Final = {"sqs": "sqs", "kinesis": "kinesis", "dynamodb_streams": "dynamodb"}
"""ministack's kinds of sources, and the service in their ARNs. ministack examines every source for each kind."""


class Pace:
    """The polling schedule. `state` returns a value that changes when a source delivers something to its function."""

    def __init__(
        self, state: Callable[[str], Hashable], now: Callable[[], float], gathered_for_s: float = GATHERED_FOR_S
    ) -> None:
        self._state = state
        self._now = now
        self._gathered_for_s = gathered_for_s
        self._read_at: dict[str, float] = {}
        self._next_at: float | None = None

    def due(self, sources: Iterator[tuple[str, str, dict[str, Any]]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the sources (account, Region, event source mapping) that were not polled just now."""
        for account, region, source in sources:
            name = source["UUID"]
            due_at = self._read_at.get(name, 0.0) + self._gathered_for_s
            if due_at > self._now():
                self._next_at = min(due_at, self._next_at or due_at)
                continue
            before = self._state(name)
            yield account, region, source
            # The poller is done with the source when it resumes this generator.
            if self._state(name) != before:
                self._read_at[name] = self._now()

    def wait_s(self) -> float:
        """Return the seconds until the first delayed source is due, at most one. Resets the schedule."""
        next_at, self._next_at = self._next_at, None
        return IDLE_S if next_at is None else max(0.0, min(next_at - self._now(), IDLE_S))


class Polling:
    """Whether sources are polled. A stop of the engine ends it: what they contain is saved.

    `in_flight` has the batches that functions are handling, by source.
    """

    def __init__(self, in_flight: Sized) -> None:
        self._in_flight = in_flight
        self._lock = threading.Lock()
        self.is_ended = False
        """Whether no further source is to be polled."""

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


def pace(functions: Any) -> Polling:
    """Make ministack poll its sources on this schedule. `functions` is its Lambda service."""
    positions, in_flight = functions.dynamodb_stream_positions, functions.esm_inflight
    every, wake = functions.iter_all_esms, functions.esm_wake
    polled = ""
    polling = Polling(in_flight)
    paced = Pace(lambda source: (positions.get(source), in_flight.get(source)), time.monotonic)

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

    def of_polled() -> Iterator[tuple[str, str, dict[str, Any]]]:
        going_on = takewhile(lambda _: not polling.is_ended, every())
        return (source for source in going_on if source[2].get("EventSourceArn", "").split(":")[2:3] == [polled])

    functions.iter_all_esms = lambda: paced.due(of_polled())
    functions.poll_loop = loop
    return polling
