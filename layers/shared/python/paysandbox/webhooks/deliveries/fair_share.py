# pyright: standard
"""A merchant's fair share of the delivery workers: 40 % of the slots of a batch, and of a worker's time.

A worker attempts the deliveries of a batch at once, each in a slot, and is occupied until the slowest attempt ends. The
rule needs no shared state: what no merchant exceeds in any worker, no merchant exceeds in all of them.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Final

from paysandbox.aws.queue_batch import SLOTS

SHARE: Final = 0.4
MERCHANT_SLOTS: Final = int(SLOTS * SHARE)

WINDOW: Final = timedelta(seconds=10)
"""The period over which a worker's time is counted."""

PATIENCE: Final = timedelta(milliseconds=500)
"""How long a delivery in the queue for healthy endpoints waits for a slot of its merchant."""


class Slots:
    """The slots of a batch, by merchant. Thread-safe."""

    def __init__(self, merchants: Iterable[str]) -> None:
        self._free = {merchant: BoundedSemaphore(MERCHANT_SLOTS) for merchant in merchants}
        self._exceeded: set[str] = set()

    @contextmanager
    def slot(self, merchant: str, patience: timedelta | None) -> Iterator[bool]:
        """Hold one of the merchant's slots until the block ends. `patience` of None waits as long as it takes.

        Yields whether there is a slot.
        """
        free = self._free[merchant]
        if not free.acquire(timeout=patience.total_seconds() if patience else None):
            self._exceeded.add(merchant)
            yield False
            return
        try:
            yield True
        finally:
            free.release()

    def were_exceeded(self, merchant: str) -> bool:
        """Whether a delivery of the merchant has waited for a slot in vain."""
        return merchant in self._exceeded


class WorkerTime:
    """How long each merchant occupied a worker lately. Kept by the process, which works on one batch at a time.

    Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: dict[tuple[str, datetime], datetime] = {}

    def occupy(self, merchant: str, since: datetime, until: datetime) -> bool:
        """Record that a batch, begun at `since`, was occupied by the merchant `until` now.

        Returns whether the merchant has occupied the worker for more than its share of the last 10 seconds.
        """
        start = until - WINDOW
        with self._lock:
            self._until[merchant, since] = max(until, self._until.get((merchant, since), until))
            # Compare in both directions, because the clock may be set back.
            self._until = {of: end for of, end in self._until.items() if abs(end - until) < WINDOW}
            occupied = sum(
                (end - max(begun, start) for (name, begun), end in self._until.items() if name == merchant), timedelta()
            )
        return occupied > WINDOW * SHARE
