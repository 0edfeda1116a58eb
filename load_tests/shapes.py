"""Arrival models: closed, a number of users that wait for their responses, or open, a rate of arrivals.

There are two because of coordinated omission. In the closed shape a waiting user sends nothing: if the API stalls for a
second, 8 users record 8 slow requests, although 100 payers per second would have had 100. The load slows down with the
API, and the percentiles omit the requests that were never sent. In the open shape a visit starts when it is due,
whether or not earlier visits have ended. If this process starts it late, the delay is added to its first request.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

IN_FLIGHT_MAX: Final = 32

Visit = Callable[[float | None], object]
"""One visit. Its argument is when it was due, in seconds of the clock below, or None in the closed shape."""


class InFlight(Protocol):
    """Visits in progress: a gevent Group, or a list in tests."""

    @property
    def spawn(self) -> Callable[..., object]:
        """Start a visit concurrently; the arguments are the visit and when it was due."""
        ...

    def __len__(self) -> int: ...


class Shape(Protocol):
    """One user's share of the load."""

    def pause_s(self) -> float:
        """Return the time until the next visit starts."""
        ...

    def arrive(self, visit: Visit) -> bool:
        """Start a visit. Return False if too many are in progress."""
        ...


class Closed:
    """The next visit starts when the previous one has ended."""

    def pause_s(self) -> float:
        """Return 0: the only waiting is for responses."""
        return 0.0

    def arrive(self, visit: Visit) -> bool:
        """Run a visit to its end."""
        visit(None)
        return True


@dataclass
class Open:
    """A visit every `interval_s`, with a random offset so that users are not synchronized."""

    interval_s: float
    in_flight: InFlight
    clock: Callable[[], float] = time.perf_counter
    due: float = field(init=False)

    def __post_init__(self) -> None:
        self.due = self.clock() + random.random() * self.interval_s

    def pause_s(self) -> float:
        """Return the time until the next visit is due, 0 if it is overdue, so that late visits are made up for."""
        return max(0.0, self.due - self.clock())

    def arrive(self, visit: Visit) -> bool:
        """Start a visit concurrently.

        The number in progress is bounded, since an API that stops responding would otherwise exhaust this machine's
        memory. An arrival beyond the bound fails; it is not delayed.
        """
        due, self.due = self.due, self.due + self.interval_s
        if len(self.in_flight) >= IN_FLIGHT_MAX:
            return False
        self.in_flight.spawn(visit, due)
        return True
