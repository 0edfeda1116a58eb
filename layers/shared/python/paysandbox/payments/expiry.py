# pyright: standard
"""Expire authorizations: release the amounts that were not captured in time.

The index of due items also contains payments that wait for settlement. So only those are looked at that are as old as
an authorization may become, and payments that cannot expire yet are cached until the earliest time at which they can: a
payment's expiry time never changes, and a remaining amount of 0 never grows. The cache only saves reads; without it,
the payments are read again.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.due_index import DueIndex, due_page
from paysandbox.aws.schema import BY_DUE, DUE_SHARDS_READ, PARTITION_KEY
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.payments.ledger.items import DUE, UNREADABLE, key, payment_in
from paysandbox.payments.ledger.store import change_payment, clear_due
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.rules.expiry import expire as expire_rule, expires_at, is_stale

REQUEST_ID: Final = "sweep"
"""Stands in for the request ID, because an expiry has no request."""

_SHARDS_AT_ONCE: Final = 8
_LOOK_AGAIN: Final = timedelta(hours=1)
_MAX_REMEMBERED: Final = 100_000
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

# The cache, per process; see the module docstring.
_not_before: dict[str, datetime] = {}


@record(kw_only=True)
class SweepResult:
    """The number of payments expired, the number of stale due entries removed, and whether there may be more."""

    expired: int = 0
    cleared: int = 0
    more: bool = False


def expire_due(time_left: Callable[[], bool]) -> SweepResult:
    """Expire due payments, page by page from all shards, while there is time. Unsettled payments stay in the index."""
    now = runtime.now()
    ledger = runtime.ledger()
    with ThreadPoolExecutor(_SHARDS_AT_ONCE) as pool:
        shards = list(pool.map(lambda shard: _shard(ledger, shard, now, time_left), range(DUE_SHARDS_READ)))
    swept = SweepResult(
        expired=sum(result.expired for result in shards),
        cleared=sum(result.cleared for result in shards),
        more=any(result.more for result in shards),
    )
    if swept.expired or swept.cleared:
        telemetry.swept("payments expired", {"expired": swept.expired, "cleared": swept.cleared, "more": swept.more})
    return swept


def forget() -> None:
    """Clear the cache."""
    _not_before.clear()


def _shard(ledger: Ledger, shard: int, now: datetime, time_left: Callable[[], bool]) -> SweepResult:
    # Payments are due from their creation on, and none has expired before its time is over.
    until = now - timedelta(seconds=runtime.settings_of(AcceptanceSettings).authorization_validity_s)
    due_index = DueIndex(client=ledger.client, table=ledger.table, index=BY_DUE, of=DUE, id_attribute=PARTITION_KEY)
    expired = cleared = 0
    page = None
    while time_left():
        due = due_page(due_index, shard, until, limit=AT_ONCE, page=page)
        for payment in _read([payment_id for payment_id in due.ids if _not_before.get(payment_id, now) <= now], now):
            if not time_left():
                return SweepResult(expired=expired, cleared=cleared, more=True)
            did_expire, did_clear = _process(payment, now)
            expired, cleared = expired + did_expire, cleared + did_clear
        if due.next_page is None:
            return SweepResult(expired=expired, cleared=cleared)
        page = due.next_page
    return SweepResult(expired=expired, cleared=cleared, more=True)


def _read(ids: list[str], now: datetime) -> Iterator[Payment]:
    """Yield the payments that can be parsed. An unreadable one does not block others, and is logged once an hour."""
    ledger = runtime.ledger()
    items = batch_get_tables(ledger.client, {ledger.table: [key(payment_id) for payment_id in ids]})[ledger.table]
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


def _process(payment: Payment, now: datetime) -> tuple[bool, bool]:
    """Expire a payment if its time is over, and remove it from the index if nothing more is due.

    Returns whether it expired, and whether it was removed.
    """
    expired = False
    at = expires_at(payment)
    if at is not None and at <= now:
        try:
            payment, expired = expire(payment, now), True
        except Refused as refused:
            if refused.code is Code.SERVICE_UNAVAILABLE:
                raise
            return False, False  # captured or voided since it was read; the next sweep handles the rest
    if is_stale(payment):
        return expired, clear_due(runtime.ledger(), payment)
    _remember(payment.id, expires_at(payment) or _NEVER)
    return expired, False


def expire(payment: Payment, at: datetime) -> Payment:
    """Record the expiry of a payment, once, at a time when it has expired. Raises Refused if nothing remains."""
    operation = Expiry(id=ids.expiry_id(payment.id), request_id=REQUEST_ID, at=at, contract=CONTRACT)
    return change_payment(
        runtime.ledger(), lambda _: expire_rule(payment.id, payment.merchant, operation), current=payment
    )


def _remember(payment_id: str, until: datetime) -> None:
    if len(_not_before) >= _MAX_REMEMBERED:
        forget()
    _not_before[payment_id] = until
