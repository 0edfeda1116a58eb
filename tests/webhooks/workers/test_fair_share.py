"""Noisy neighbors: what a merchant whose receivers are slow gets of the delivery workers, counted at its receivers."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.queue_batch import SLOTS
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import deliver_batch
from paysandbox.webhooks.deliveries.fair_share import MERCHANT_SLOTS, WorkerTime
from paysandbox.webhooks.delivery import SLOW_OVER_SHARE, DeliveryStatus
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from tests.support.builders import build
from tests.support.fakes.receiver import PATIENCE_S, Received, Receiver, receiver
from tests.support.tools.waiting import until
from tests.support.worlds.webhook_workers import HEALTHY, SUSPECTS, WebhookWorkers, happened

WORKERS = 5
"""Healthy deliveries are worked on by so many at once (stacks/workers/webhook_workers.py)."""

ENDPOINTS = 10
SECOND = timedelta(seconds=1)


class Gate:
    """Counts the requests that are being answered, and answers as many as it is told to."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._let_through = 0
        self._changed = Condition()

    def answer(self, _: Received) -> int:
        with self._changed:
            self._now += 1
            self.most = max(self.most, self._now)
            self._changed.wait_for(lambda: self._let_through > 0, PATIENCE_S)
            self._let_through -= 1
            self._now -= 1
            return 200

    def open(self, count: int = 1_000) -> None:
        with self._changed:
            self._let_through += count
            self._changed.notify_all()


@pytest.fixture(autouse=True)
def fresh_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has worked on nothing yet."""
    monkeypatch.setattr(deliver_batch, "_WORKER_TIME", WorkerTime())


@contextmanager
def hog(workers: WebhookWorkers) -> Iterator[tuple[Gate, Receiver]]:
    """A merchant with ten endpoints that do not answer yet."""
    gate = Gate()
    with receiver([gate.answer]) as slow:
        for number in range(ENDPOINTS):
            workers.endpoint(number, slow.url)
        try:
            yield gate, slow
        finally:
            gate.open()


def moved_on(workers: WebhookWorkers, count: int) -> list[dict[str, Any]]:
    """Wait until so many messages are in the queue for unhealthy endpoints, and take them."""
    found: list[dict[str, Any]] = []

    def are_there() -> bool:
        found.extend(workers.waiting(SUSPECTS))
        return len(found) >= count

    until(are_there, f"{count} deliveries in the queue for unhealthy endpoints")
    return found


@pytest.mark.full
def test_no_merchant_holds_more_than_two_fifths_of_the_slots(workers: WebhookWorkers) -> None:
    """All workers have a full batch of one merchant. What exceeds its share goes on, is sent once and tried once."""
    events = [happened(number) for number in range(WORKERS)]
    with hog(workers) as (gate, slow), ThreadPoolExecutor(WORKERS) as pool:
        workers.plan(*events)
        waiting = workers.waiting(HEALTHY)
        assert len(waiting) == WORKERS * SLOTS
        batches = [waiting[start : start + SLOTS] for start in range(0, len(waiting), SLOTS)]
        done: list[Future[Any]] = [pool.submit(workers.deliver, *batch) for batch in batches]
        rest = moved_on(workers, 30)
        assert len(rest) == 30
        assert slow.wait_for(20)
        assert len(slow.received) == gate.most == 20  # 40 % of 50
        assert {one.tries for one in workers.deliveries().values()} == {0}
        gate.open()
        assert [one.result() for one in done] == [{"batchItemFailures": []}] * WORKERS
        for start in range(0, len(rest), SLOTS):
            workers.deliver(*rest[start : start + SLOTS])
        assert workers.waiting(HEALTHY) == workers.waiting(SUSPECTS) == []
    assert len(slow.received) == len(waiting)
    assert {(one.status, one.tries, len(one.attempts)) for one in workers.deliveries().values()} == {
        (DeliveryStatus.DELIVERED, 1, 1)
    }


def test_of_the_slow_ones_a_merchant_takes_its_slots_in_turn(workers: WebhookWorkers) -> None:
    def delivered() -> int:
        return sum(one.status is DeliveryStatus.DELIVERED for one in workers.deliveries().values())

    with hog(workers) as (gate, slow), ThreadPoolExecutor(1) as pool:
        workers.plan(happened())
        batch = [workers.record(one["body"], SUSPECTS) for one in workers.waiting(HEALTHY)]
        done = pool.submit(workers.deliver, *batch)
        for number in range(1, ENDPOINTS - MERCHANT_SLOTS + 1):
            assert slow.wait_for(MERCHANT_SLOTS + number - 1)
            gate.open(1)
            until(lambda number=number: delivered() == number, f"{number} of them")
        gate.open()
        assert done.result() == {"batchItemFailures": []}
    assert (len(slow.received), gate.most) == (ENDPOINTS, MERCHANT_SLOTS)
    assert workers.waiting(SUSPECTS) == []
    assert delivered() == ENDPOINTS


def test_endpoints_that_take_the_slots_of_others_are_slow(workers: WebhookWorkers) -> None:
    """They answer within two seconds, but hold all slots of their merchant while its other deliveries wait."""
    with hog(workers) as (gate, _), ThreadPoolExecutor(1) as pool:
        workers.plan(happened())
        done = pool.submit(workers.deliver, *workers.waiting(HEALTHY))
        moved_on(workers, 6)
        gate.open()
        done.result()
    tried = [one for one in workers.deliveries().values() if one.status is DeliveryStatus.DELIVERED]
    held = get_endpoints(webhook_tables.endpoints(), build.MERCHANT).values()
    slow = {one.id for one in held if one.is_unhealthy(runtime.now())}
    assert slow == {one.endpoint_id for one in tried}
    assert len(slow) == 4


def test_an_endpoint_that_occupies_a_worker_for_more_than_its_share_is_slow(workers: WebhookWorkers) -> None:
    """Alone in its batch, and within two seconds: what counts is its merchant's share of the worker's time."""
    began = runtime.wall_now()
    deliver_batch._WORKER_TIME.occupy(build.MERCHANT, began - 5 * SECOND, began)
    gate = Gate()
    with receiver([gate.answer]) as shop, ThreadPoolExecutor(1) as pool:
        endpoint = workers.endpoint(1, shop.url)
        workers.plan(happened())
        done = pool.submit(workers.deliver, *workers.waiting(HEALTHY))
        assert shop.wait_for(1)
        began = runtime.wall_now()
        until(lambda: runtime.wall_now() - began > SLOW_OVER_SHARE, "its share")
        gate.open()
        done.result()
    assert workers.held(endpoint).is_unhealthy(runtime.now())
    assert workers.delivery(happened(), endpoint).status is DeliveryStatus.DELIVERED
