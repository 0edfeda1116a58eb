# pyright: standard
"""Perform the steps that are due on payments: each once, none before its time, in the order of their due times.

A step is the operation that a request would record, with the same guards, in one conditional write. Its ID is derived
from the timer's, so that a second sweep finds it recorded. The timer is removed afterwards, also if its step is not
possible any more. What a timer's operation starts itself is performed in the same run if it is due already, and a hold
that expires before a step does so first: whether a sweep runs every minute or the clock was advanced by months, a
payment has the same operations, with the same times.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.dynamodb.due_index import DueIndex, due_page
from paysandbox.aws.schema import PARTITION_KEY, TIMER_SHARDS, TIMERS_DUE, TIMERS_KEY
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.payments.disputes.fee_settings import dispute_fees
from paysandbox.payments.expiry import expire
from paysandbox.payments.ledger.items import UNREADABLE, key, payment_in
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules.expiry import expires_at
from paysandbox.payments.simulation.settings import manual_merchants
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.steps import is_performed, timer_change
from paysandbox.payments.timers.timer import StoredTimer, added_timers


@record(kw_only=True)
class Fired:
    """The number of steps performed, the number of timers removed, and whether there may be more."""

    performed: int = 0
    removed: int = 0
    more: bool = False


def fire_due(time_left: Callable[[], bool]) -> Fired:
    """Perform what is due, page by page from all shards, while there is time."""
    now = runtime.now()
    table = timer_table.table()
    with ThreadPoolExecutor(TIMER_SHARDS) as pool:
        shards = list(pool.map(lambda shard: _shard(table, shard, now, time_left), range(TIMER_SHARDS)))
    return _report(shards)


def fire_timers(timer_ids: Iterable[str]) -> Fired:
    """Perform these timers if they exist and are due. A timer that is not due is left to the sweep."""
    return _report([_fire(timers.read_timers(timer_table.table(), timer_ids), runtime.now())])


def _report(parts: Sequence[Fired]) -> Fired:
    fired = Fired(
        performed=sum(part.performed for part in parts),
        removed=sum(part.removed for part in parts),
        more=any(part.more for part in parts),
    )
    if fired.removed:
        facts = {"performed": fired.performed, "removed": fired.removed, "more": fired.more}
        telemetry.swept("timers fired", facts)
    return fired


def _shard(table: timers.Timers, shard: int, now: datetime, time_left: Callable[[], bool]) -> Fired:
    index = DueIndex(client=table.client, table=table.table, index=TIMERS_DUE, of=timers.DUE, id_attribute=TIMERS_KEY)
    performed = removed = 0
    page = None
    while time_left():
        due = due_page(index, shard, now, limit=AT_ONCE, page=page)
        fired = _fire(timers.read_timers(table, due.ids), now)
        performed, removed = performed + fired.performed, removed + fired.removed
        if due.next_page is None:
            return Fired(performed=performed, removed=removed)
        page = due.next_page
    return Fired(performed=performed, removed=removed, more=True)


def _fire(stored: Sequence[StoredTimer], now: datetime) -> Fired:
    """Perform those of these timers that are due, and remove them. Those of manual merchants stay.

    They stay as long as their payment, which is purged no earlier than its last timer and the retention after it.
    """
    due = [timer for timer in stored if timer.at <= now]
    if not due:
        return Fired()
    waiting = manual_merchants({timer.merchant for timer in due})
    unpurged_since = now - timedelta(seconds=runtime.ledger().retention_s)
    to_read = [timer for timer in due if timer.merchant not in waiting or timer.at < unpurged_since]
    performed, over = 0, list[str]()
    for payment, of_payment in _with_payments(to_read):
        if payment is None:
            over += [timer.id for timer in of_payment]
        elif payment.merchant not in waiting:
            steps, finished = _perform(payment, of_payment, now)
            performed += steps
            over += [timer.id for timer in of_payment] if finished else []
    timers.remove_timers(timer_table.table(), over)
    return Fired(performed=performed, removed=len(over))


def _with_payments(due: Sequence[StoredTimer]) -> Iterator[tuple[Payment | None, list[StoredTimer]]]:
    """Yield the payments of these timers, each with its timers; None for a payment that was purged.

    An unreadable payment does not stop the others. Its timers stay, and each sweep logs it.
    """
    by_payment: dict[str, list[StoredTimer]] = {}
    for timer in due:
        by_payment.setdefault(timer.payment_id, []).append(timer)
    if not by_payment:
        return
    ledger = runtime.ledger()
    keys = [key(payment_id) for payment_id in by_payment]
    items = batch_get_tables(ledger.client, {ledger.table: keys})[ledger.table]
    stored = {item[PARTITION_KEY]["S"]: item for item in items}
    for payment_id, of_payment in by_payment.items():
        try:
            payment = payment_in(stored.get(payment_id))
        except UNREADABLE as error:
            telemetry.unreadable(payment_id, error)
        else:
            yield payment, of_payment


def _perform(payment: Payment, due: Iterable[StoredTimer], now: datetime) -> tuple[int, bool]:
    """Perform the timers of a payment in order. Returns how many steps, and whether none must be tried again."""
    order = count()
    queue = [(timer.at, next(order), timer) for timer in due]
    heapq.heapify(queue)
    performed = 0
    try:
        while queue:
            _, _, timer = heapq.heappop(queue)
            after = _step(payment, timer)
            if after is None:
                continue
            performed += 1
            for added in added_timers(payment, after):
                if added.at <= now:
                    heapq.heappush(queue, (added.at, next(order), added))
            payment = after
    except Refused as refused:
        if refused.code is not Code.SERVICE_UNAVAILABLE:
            raise
        return performed, False  # other requests kept changing the payment; the next sweep tries again
    except UNREADABLE as error:
        telemetry.unreadable(payment.id, error)
        return performed, False
    return performed, True


def _step(payment: Payment, timer: StoredTimer) -> Payment | None:
    """Perform a timer's step. Returns the payment after it, or None if it was performed before or is not possible."""
    if is_performed(payment, timer):
        return None
    validity_s = runtime.settings_of(AcceptanceSettings).authorization_validity_s
    fees = dispute_fees()
    read = _without_expired_hold(payment, timer.at)
    try:
        return change_payment(
            runtime.ledger(),
            lambda current: timer_change(current or read, timer, validity_s=validity_s, dispute_fees=fees),
            current=read,
        )
    except Refused as refused:
        if refused.code is Code.SERVICE_UNAVAILABLE:
            raise
        return None


def _without_expired_hold(payment: Payment, at: datetime) -> Payment:
    """Record the expiry of a hold that ended by then, which the sweep has not come to yet."""
    expires = expires_at(payment)
    if expires is None or expires > at:
        return payment
    try:
        return expire(payment, max(expires, payment.operations[-1].at))
    except Refused as refused:
        if refused.code is Code.SERVICE_UNAVAILABLE:
            raise
        return payment  # captured or voided since it was read: the step reads it again
