"""Compare the table of timers with the ledger: every open timer of a payment is stored, and every stored one has its
operation.

Safe while payments are made: what seems to be missing is read again, the timer before its payment, because the sweep
performs a step before it removes the timer. The stream's reader may get some seconds to store a new one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.audit import Break
from paysandbox.payments.ledger.items import UNREADABLE, payment_in
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Payment
from paysandbox.payments.timers.steps import open_timers
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from paysandbox.payments.timers.timers import Timers, read_timers, timer_from


@dataclass(slots=True)
class TimerAudit:
    """The timers of the payments taken so far: IDs of all, and those that are open. `stored` counts the table's."""

    known: set[str] = field(default_factory=set[str])
    open: list[StoredTimer] = field(default_factory=list[StoredTimer])
    stored: int = 0

    def take(self, payment: Payment | None) -> None:
        """Note a payment's timers, if it is one that can be read."""
        if payment is None or payment.open_until is None:
            return
        self.known.update(timer.id for timer in timers_of(payment))
        self.open += open_timers(payment)

    def close(self, ledger: Ledger, timers: Timers, *, look_again: Callable[[], bool]) -> list[Break]:
        """Read the table, and return the differences. Call it once, after the last payment.

        While something seems to be missing, `look_again` waits, and returns whether to read it again.
        """
        stored = {timer.id: timer for timer in _every(timers)}
        self.stored = len(stored)
        missing = [timer for timer in self.open if timer.id not in stored]
        while (missing := missing_timers(ledger, timers, missing)) and look_again():
            pass
        stray = _without_operation(ledger, timers, [timer for timer in stored.values() if timer.id not in self.known])
        return [
            *(_break(timer, f"{_described(timer)}, and no timer is stored for it") for timer in missing),
            *(
                _break(timer, f"a timer is stored for {timer.step}, and no operation of the payment set it")
                for timer in stray
            ),
        ]


def open_timers_in(items: Iterable[Item]) -> list[StoredTimer]:
    """Return the open timers of these items of the ledger. Those that cannot be read have none."""
    return [timer for item in items for payment in _readable(item) for timer in open_timers(payment)]


def missing_timers(ledger: Ledger, timers: Timers, expected: Iterable[StoredTimer]) -> list[StoredTimer]:
    """Return those of these timers that are not stored although they are open."""
    expected = [*expected]
    stored = {timer.id for timer in read_timers(timers, (timer.id for timer in expected))}
    missing = [timer for timer in expected if timer.id not in stored]
    payments = _payments(ledger, missing)
    still_open = {timer.id for payment in payments for timer in open_timers(payment)}
    return [timer for timer in missing if timer.id in still_open]


def _without_operation(ledger: Ledger, timers: Timers, stray: list[StoredTimer]) -> list[StoredTimer]:
    """Return those of these timers that are still stored, and that no operation has set."""
    payments = _payments(ledger, stray)
    known = {timer.id for payment in payments for timer in timers_of(payment)}
    return read_timers(timers, (timer.id for timer in stray if timer.id not in known))


def _payments(ledger: Ledger, timers: Iterable[StoredTimer]) -> list[Payment]:
    """Return the current payments of these timers, except those that are purged or cannot be read."""
    ids = (timer.payment_id for timer in timers)
    items = items_by_id(ledger.client, ledger.table, PARTITION_KEY, ids).values()
    return [payment for item in items for payment in _readable(item)]


def _readable(item: Item) -> list[Payment]:
    """Return the payment in an item, or none: the audit of the ledger reports what cannot be read."""
    try:
        payment = payment_in(item)
    except UNREADABLE:
        return []
    return [] if payment is None or payment.open_until is None else [payment]


def _every(timers: Timers) -> Iterator[StoredTimer]:
    pages = timers.client.get_paginator("scan").paginate(TableName=timers.table, ConsistentRead=True)
    for page in pages:
        yield from (timer_from({**item}) for item in page["Items"])


def _described(timer: StoredTimer) -> str:
    return f"{timer.step} of {timer.object_id} falls due at {format_timestamp(timer.at)}"


def _break(timer: StoredTimer, detail: str) -> Break:
    return Break(rule="timer", where=timer.payment_id, detail=detail)
