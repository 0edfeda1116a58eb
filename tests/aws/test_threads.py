"""Work on several items at once, in threads that are kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from paysandbox.aws.threads import run_on_each


def test_results_come_in_the_order_of_the_items() -> None:
    last_first = [threading.Event() for _ in range(3)]

    def work(number: int) -> int:
        if number < 2:
            last_first[number + 1].wait(10)
        last_first[number].set()
        return number * 10

    assert run_on_each(work, range(3), at_once=3) == [0, 10, 20]


def test_a_second_batch_runs_in_the_same_threads() -> None:
    def who(_: int) -> int:
        return threading.get_ident()

    used = {*run_on_each(who, range(20), at_once=2), *run_on_each(who, range(20), at_once=2)}
    assert len(used) <= 2


class Stop(BaseException):
    """Not an Exception, like the end of a process."""


@pytest.mark.parametrize("error", [ValueError("as asked"), Stop()])
def test_a_failure_is_raised_when_everything_else_has_ended(error: BaseException) -> None:
    ended: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise error
        ended.append(number)

    with pytest.raises(type(error)):
        run_on_each(work, range(5), at_once=2)
    assert sorted(ended) == [1, 2, 3, 4]


def test_work_may_wait_for_such_work_of_its_own() -> None:
    def outer(number: int) -> list[int]:
        return run_on_each(lambda inner: number * inner, range(3), at_once=2)

    assert run_on_each(outer, range(3), at_once=2) == [[0, 0, 0], [0, 1, 2], [0, 2, 4]]


def test_two_threads_that_run_work_have_threads_of_their_own() -> None:
    """As handlers of two workers in a test. In Lambda, there is one invocation at a time."""
    all_at_once = threading.Barrier(4, timeout=10)

    def both() -> list[int]:
        return run_on_each(lambda _: all_at_once.wait(), range(2), at_once=2)

    with ThreadPoolExecutor(2) as callers:
        first, second = [callers.submit(both) for _ in range(2)]
    assert sorted(first.result() + second.result()) == [0, 1, 2, 3]
