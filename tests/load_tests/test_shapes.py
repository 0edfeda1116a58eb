"""The open shape's arrivals come when they are due, whatever becomes of those before."""

from collections.abc import Callable
from itertools import pairwise

from load_tests.shapes import IN_FLIGHT_MAX, Closed, Open, Visit


class Unanswered(list[float]):
    """Visits that begin and never end: an API that stands still."""

    def spawn(self, visit: Visit, due: float) -> object:
        self.append(due)
        return visit


def at(now: list[float]) -> Callable[[], float]:
    return lambda: now[0]


def test_a_closed_user_waits_for_nothing_but_answers() -> None:
    dues: list[float | None] = []

    assert Closed().pause_s() == 0
    assert Closed().arrive(dues.append)
    assert dues == [None]


def test_arrivals_keep_their_rate_while_nothing_is_answered() -> None:
    now, waiting = [100.0], Unanswered()
    shape = Open(0.5, waiting, at(now))
    for _ in range(10):
        now[0] += shape.pause_s()
        assert shape.arrive(print)

    assert 100 <= waiting[0] < 100.5
    assert [round(later - earlier, 9) for earlier, later in pairwise(waiting)] == [0.5] * 9


def test_what_came_too_late_is_caught_up_on_and_keeps_its_own_moment() -> None:
    """Or the requests that a stall held up would be missing from the percentiles: coordinated omission."""
    now, waiting = [0.0], Unanswered()
    shape = Open(1.0, waiting, at(now))
    first = shape.due
    now[0] = 3.5  # this process was held up
    while shape.pause_s() == 0:
        shape.arrive(print)

    assert waiting[:3] == [first, first + 1, first + 2]
    assert shape.due > 3.5


def test_beyond_the_bound_an_arrival_fails_and_is_not_sent_later() -> None:
    now, waiting = [0.0], Unanswered()
    shape = Open(1.0, waiting, at(now))
    arrived = [shape.arrive(print) for _ in range(IN_FLIGHT_MAX + 2)]

    assert arrived == [True] * IN_FLIGHT_MAX + [False, False]
    assert len(waiting) == IN_FLIGHT_MAX
