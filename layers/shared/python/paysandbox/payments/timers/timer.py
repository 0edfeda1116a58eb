"""Timers: what an operation lets fall due on its payment, and the one operation that performs it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.record import record
from paysandbox.payments.payment import Operation, Payment, Timer


@record(kw_only=True)
class StoredTimer:
    """A timer of an operation of a payment.

    `object_id` is the ID of what the step happens to: the operation that started it, unless the timer names another.
    """

    id: str
    payment_id: str
    merchant: str
    operation_id: str
    object_id: str
    step: str
    at: datetime
    value: str | None = None


def timers_of(payment: Payment, operations: Iterable[Operation] | None = None) -> Iterator[StoredTimer]:
    """Yield the timers of these operations of a payment, or of all of them, in the order of the operations."""
    for operation in payment.operations if operations is None else operations:
        for timer in operation.timers:
            yield _stored(payment, operation, timer)


def added_timers(before: Payment | None, after: Payment) -> list[StoredTimer]:
    """Return the timers of the operations that a write added to a payment."""
    return [*timers_of(after, after.operations[len(before.operations) if before else 0 :])]


def _stored(payment: Payment, operation: Operation, timer: Timer) -> StoredTimer:
    return StoredTimer(
        id=ids.timer_id(operation.id, timer.step),
        payment_id=payment.id,
        merchant=payment.merchant,
        operation_id=operation.id,
        object_id=timer.of or operation.id,
        step=timer.step,
        at=timer.at,
        value=timer.value,
    )
