"""The arrival models of visits: closed, a number of users who wait for their answers, or open, a rate of arrivals.

Coordinated omission is why there are two. A closed user who is kept waiting sends nothing meanwhile: while the API
stands still for a second, 8 users record 8 slow requests, where 100 payers a second would have met 100. The load slows
down with the thing that it measures, and the percentiles leave out the payers who never got to ask. In the open shape a
visit begins when it is due, whether or not earlier ones were answered, and what it waits for beyond that moment
(because this process was late) is added to the time of its first request.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

IN_FLIGHT_MAX: Final = 32

Visit = Callable[[float | None], object]
"""What one arrival does. It is told when it was due, in seconds of the clock below; None where it was not awaited."""


class InFlight(Protocol):
    """Visits that have begun and not ended: a gevent Group, or a test's list."""

    @property
    def spawn(self) -> Callable[..., object]:
        """Begins a visit beside the others; it is told when it was due."""
        ...

    def __len__(self) -> int: ...


class Shape(Protocol):
    """One user's part of the load."""

    def pause_s(self) -> float:
        """How long until the next visit begins."""
        ...

    def arrive(self, visit: Visit) -> bool:
        """Begin it. False where too many are under way already."""
        ...


class Closed:
    """The next visit begins when the last one has ended."""

    def pause_s(self) -> float:
        """Nothing is waited for but the answers."""
        return 0.0

    def arrive(self, visit: Visit) -> bool:
        """Begin it, and wait until it has ended."""
        visit(None)
        return True


@dataclass
class Open:
    """A visit every `interval_s`, from a moment of its own on so that users do not march in step."""

    interval_s: float
    in_flight: InFlight
    clock: Callable[[], float] = time.perf_counter
    due: float = field(init=False)

    def __post_init__(self) -> None:
        self.due = self.clock() + random.random() * self.interval_s

    def pause_s(self) -> float:
        """What is left until it is due; nothing where that is over, so that what was missed is caught up on."""
        return max(0.0, self.due - self.clock())

    def arrive(self, visit: Visit) -> bool:
        """Begin it beside the others.

        Bounded, or an API that has stopped answering would cost this machine its memory: beyond the bound an arrival
        is a failed one, never a later one.
        """
        due, self.due = self.due, self.due + self.interval_s
        if len(self.in_flight) >= IN_FLIGHT_MAX:
            return False
        self.in_flight.spawn(visit, due)
        return True
