"""Arrivals of the open shape start when they are due, whether or not earlier visits have ended."""

from collections.abc import Callable
from itertools import pairwise

from load_tests.shapes import IN_FLIGHT_MAX, Closed, Open, Visit


class Unanswered(list[float]):
    """Visits that start and never end, as with a stalled API."""

    def spawn(self, visit: Visit, due: float) -> object:
        self.append(due)
        return visit


def at(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


def test_a_closed_user_does_not_pause() -> None:
    dues: list[float | None] = []

    assert Closed().pause_s() == 0
    assert Closed().arrive(dues.append)
    assert dues == [None]


def test_arrivals_keep_their_rate_while_the_api_stalls() -> None:
    now, waiting = [100.0], Unanswered()
    shape = Open(0.5, waiting, at(now))
    for _ in range(10):
        now[0] += shape.pause_s()
        assert shape.arrive(print)

    assert 100 <= waiting[0] < 100.5
    assert [round(later - earlier, 9) for earlier, later in pairwise(waiting)] == [0.5] * 9


def test_late_arrivals_catch_up_and_keep_their_due_times() -> None:
    """Otherwise the percentiles would omit the requests that a stall delayed (coordinated omission)."""
    now, waiting = [0.0], Unanswered()
    shape = Open(1.0, waiting, at(now))
    first = shape.due
    now[0] = 3.5  # this process was delayed
    while shape.pause_s() == 0:
        shape.arrive(print)

    assert waiting[:3] == [first, first + 1, first + 2]
    assert shape.due > 3.5


def test_an_arrival_beyond_the_bound_fails() -> None:
    now, waiting = [0.0], Unanswered()
    shape = Open(1.0, waiting, at(now))
    arrived = [shape.arrive(print) for _ in range(IN_FLIGHT_MAX + 2)]

    assert arrived == [True] * IN_FLIGHT_MAX + [False, False]
    assert len(waiting) == IN_FLIGHT_MAX
