# pyright: standard
"""Expiring: what remains of authorizations that nobody captured in time is given back.

The index of what is due holds what waits for settlement too, which may be a day's captures. So what was found not to
expire is remembered with the time until which that is certain: a payment's time never changes, and of nothing that
remains nothing ever remains again. It is a saving and no truth: a process that forgets it looks again.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.due_index import DueIndex, due_page
from paysandbox.aws.schema import BY_DUE, DUE_SHARDS, PARTITION_KEY
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments import rules
from paysandbox.payments.items import DUE, UNREADABLE, key, payment_in
from paysandbox.payments.operation import CONTRACT, Expiry
from paysandbox.payments.payment import Payment
from paysandbox.payments.store import change_payment, clear_due

REQUEST_ID: Final = "sweep"
"""In the place of the request's id: nobody asked."""

_SHARDS_AT_ONCE: Final = 8
_LOOK_AGAIN: Final = timedelta(hours=1)
_MAX_REMEMBERED: Final = 100_000
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

# A process's own, see above.
_nothing_before: dict[str, datetime] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many payments expired, how many due entries were stale and removed, and whether there may be more."""

    expired: int = 0
    cleared: int = 0
    more: bool = False


def expire_due(time_left: Callable[[], bool]) -> Swept:
    """Expire what is due, page by page of all shards, while there is time. Leaves to settlement what is unsettled."""
    now = runtime.now()
    with ThreadPoolExecutor(_SHARDS_AT_ONCE) as pool:
        shards = list(pool.map(lambda shard: _shard(shard, now, time_left), range(DUE_SHARDS)))
    swept = Swept(
        expired=sum(one.expired for one in shards),
        cleared=sum(one.cleared for one in shards),
        more=any(one.more for one in shards),
    )
    if swept.expired or swept.cleared:
        telemetry.swept("payments expired", {"expired": swept.expired, "cleared": swept.cleared, "more": swept.more})
    return swept


def forget() -> None:
    """Look at everything again."""
    _nothing_before.clear()


def _shard(shard: int, now: datetime, time_left: Callable[[], bool]) -> Swept:
    ledger = runtime.ledger()
    shelf = DueIndex(client=ledger.client, table=ledger.table, index=BY_DUE, of=DUE, id_attribute=PARTITION_KEY)
    expired = cleared = 0
    page = None
    while time_left():
        found = due_page(shelf, shard, now, limit=AT_ONCE, page=page)
        for payment in _read([one for one in found.ids if _nothing_before.get(one, now) <= now], now):
            if not time_left():
                return Swept(expired=expired, cleared=cleared, more=True)
            did_expire, did_clear = _end(payment, now)
            expired, cleared = expired + did_expire, cleared + did_clear
        if found.next_page is None:
            return Swept(expired=expired, cleared=cleared)
        page = found.next_page
    return Swept(expired=expired, cleared=cleared, more=True)


def _read(ids: list[str], now: datetime) -> Iterator[Payment]:
    """Those of these payments that can be read. A spoilt one holds up nobody, and is told once an hour."""
    ledger = runtime.ledger()
    items = batch_get_tables(ledger.client, {ledger.table: [key(one) for one in ids]})[ledger.table]
    for item in items:
        try:
            payment = payment_in(item)
        except UNREADABLE as error:
            payment_id = item[PARTITION_KEY]["S"]
            telemetry.unreadable(payment_id, error)
            _remember(payment_id, now + _LOOK_AGAIN)
        else:
            if payment is not None:
                yield payment


def _end(payment: Payment, now: datetime) -> tuple[bool, bool]:
    """Expire a payment if its time is over, and take it out of the index if nothing more is due. Which of both."""
    expired = False
    at = rules.expires_at(payment)
    if at is not None and at <= now:
        try:
            payment, expired = _expired(payment, now), True
        except Refused as refused:
            if refused.code is Code.SERVICE_UNAVAILABLE:
                raise
            return False, False  # captured or voided since it was read; the next sweep sees what is left to do
    if rules.is_stale(payment):
        return expired, clear_due(runtime.ledger(), payment)
    _remember(payment.id, rules.expires_at(payment) or _NEVER)
    return expired, False


def _expired(payment: Payment, now: datetime) -> Payment:
    operation = Expiry(id=ids.expiry_id(payment.id), request_id=REQUEST_ID, at=now, contract=CONTRACT)
    return change_payment(runtime.ledger(), lambda _: rules.expire(payment.id, payment.merchant, operation))


def _remember(payment_id: str, until: datetime) -> None:
    if len(_nothing_before) >= _MAX_REMEMBERED:
        forget()
    _nothing_before[payment_id] = until
