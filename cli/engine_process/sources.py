"""When the queues and streams of the functions' event sources are polled.

ministack reads them as soon as something is in them, and so invokes a function for each payment, twice. Here a source
that was idle is read at once too; one that was read just now is left alone for a moment, and gives a batch then. AWS
reads as rarely, or more rarely.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final

GATHERED_FOR_S: Final = 0.02
# After a wake that found nothing, since much of what is written concerns no function; ministack waits 50 ms.
GAP_S: Final = 0.005
# Where nobody says that something came: messages become visible again.
IDLE_S: Final = 1.0


class Pace:
    """Which sources may be read. `state` is what changes where a source gave something to its function."""

    def __init__(
        self, state: Callable[[str], Hashable], now: Callable[[], float], gathered_for_s: float = GATHERED_FOR_S
    ) -> None:
        self._state = state
        self._now = now
        self._gathered_for_s = gathered_for_s
        self._read_at: dict[str, float] = {}
        self._next_at: float | None = None

    def due(self, sources: Iterator[tuple[str, str, dict[str, Any]]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Of these sources (account, Region, event source mapping) those that were not read just now."""
        for account, region, source in sources:
            name = source["UUID"]
            due_at = self._read_at.get(name, 0.0) + self._gathered_for_s
            if due_at > self._now():
                self._next_at = min(due_at, self._next_at or due_at)
                continue
            before = self._state(name)
            yield account, region, source
            # Here again, the reader is done with it.
            if self._state(name) != before:
                self._read_at[name] = self._now()

    def wait_s(self) -> float:
        """Until the first of those that were left alone may be read, or a second. Begins anew."""
        next_at, self._next_at = self._next_at, None
        return IDLE_S if next_at is None else max(0.0, min(next_at - self._now(), IDLE_S))


def pace(functions: Any) -> None:
    """Have ministack read its sources at this pace. `functions` is its service of functions."""
    positions, in_flight = functions._dynamodb_stream_positions, functions._esm_inflight  # noqa: SLF001 - there is no other way to it
    every, wake = functions._iter_all_esms, functions._esm_wake  # noqa: SLF001 - as above
    paced = Pace(lambda source: (positions.get(source), in_flight.get(source)), time.monotonic)

    def look() -> bool:
        found = False
        for kind in ("sqs", "kinesis", "dynamodb_streams"):
            try:
                found = getattr(functions, f"_poll_{kind}")() or found
            except Exception:  # as ministack: the others are read all the same
                functions.logger.exception("%s could not be read", kind)
        return found

    def loop() -> None:
        woken = False
        while True:
            wake.clear()
            if look():
                woken = False
                continue
            if woken:
                time.sleep(GAP_S)
            woken = wake.wait(paced.wait_s())

    functions._iter_all_esms = lambda: paced.due(every())  # noqa: SLF001 - as above
    functions._poll_loop = loop  # noqa: SLF001 - as above
