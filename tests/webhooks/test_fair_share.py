"""A merchant's share of a worker: the slots of a batch, and the worker's time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest

from paysandbox.aws.queue_batch import SLOTS
from paysandbox.webhooks.deliveries.fair_share import MERCHANT_SLOTS, Slots, WorkerTime
from tests.support.builders.build import MONDAY

SECOND = timedelta(seconds=1)
AT_ONCE = timedelta(milliseconds=1)


def test_no_merchant_holds_more_than_two_fifths_of_the_slots() -> None:
    assert MERCHANT_SLOTS * 5 == SLOTS * 2
    slots = Slots(["hog", "quiet"])
    with ExitStack() as held:
        given = [held.enter_context(slots.slot("hog", AT_ONCE)) for _ in range(SLOTS)]
        assert given == [True] * MERCHANT_SLOTS + [False] * (SLOTS - MERCHANT_SLOTS)
        assert (slots.were_exceeded("hog"), slots.were_exceeded("quiet")) == (True, False)
        assert held.enter_context(slots.slot("quiet", AT_ONCE))


def test_a_slot_is_released_after_success_and_failure() -> None:
    slots = Slots(["hog"])
    for _ in range(2 * SLOTS):
        with suppress(OSError), slots.slot("hog", AT_ONCE):
            raise OSError
    assert not slots.were_exceeded("hog")


def test_waiting_requests_get_a_slot_in_turn() -> None:
    slots, done = Slots(["hog"]), list[bool]()

    def use(_: int) -> None:
        with slots.slot("hog", None) as has_slot:
            done.append(has_slot)

    with ThreadPoolExecutor(SLOTS) as pool:
        list(pool.map(use, range(SLOTS)))
    assert done == [True] * SLOTS


@pytest.mark.parametrize(
    "batches, over_share",
    [
        # Begin and end of batches that the merchant occupied, in seconds, and whether the last one exceeded its share.
        ([(0, 1.9)], False),
        ([(0, 1.9), (2, 3.9)], False),
        ([(0, 1.9), (2, 3.9), (4, 5.9)], True),
        ([(0, 4)], False),
        ([(0, 4.1)], True),
        # One of 1.9 s every five seconds is no burden.
        ([(start, start + 1.9) for start in range(0, 60, 5)], False),
        # What ended ten seconds ago is forgotten, and of what began earlier the rest counts.
        ([(0, 3), (13, 15)], False),
        ([(0, 6), (13, 14)], False),
        ([(0, 8), (13, 14.5)], True),
        # Attempts of one batch run at once.
        ([(0, 1.5), (0, 1.9), (0, 1.7), (0, 1.9)], False),
        # The clock was set back: earlier batches say nothing any more.
        ([(100, 104), (0, 1.9)], False),
    ],
)
def test_a_merchants_share_of_a_workers_time(batches: list[tuple[float, float]], over_share: bool) -> None:
    worker = WorkerTime()
    found = [worker.occupy("hog", MONDAY + since * SECOND, MONDAY + until * SECOND) for since, until in batches]
    assert found[-1] is over_share


def test_the_time_of_others_is_not_counted() -> None:
    worker = WorkerTime()
    for start in range(0, 8, 2):
        worker.occupy("hog", MONDAY + start * SECOND, MONDAY + (start + 1.9) * SECOND)
        assert not worker.occupy("quiet", MONDAY + start * SECOND, MONDAY + (start + 0.01) * SECOND)
