"""Selects the batch of a manual settlement run: the open one, otherwise the next one if anything is due.

The state machine makes the same decision again with conditional writes; this one gives the user a clear answer first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli.terminal.failure import Failure
from paysandbox.settlement.batch import BatchStatus, StoredBatch
from paysandbox.settlement.batches import get_batch, latest_batch, merchants_of
from paysandbox.settlement.business_day import BatchName, business_date, cutoff_of
from paysandbox.settlement.entries import entries_of_merchant

if TYPE_CHECKING:
    from cli.settlement.credentials import SettlementAccess
    from paysandbox.aws.dynamodb.conditional_write import Ledger

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Plan:
    """A batch and the state machine's input (`wanted`).

    `open_already` is set where an earlier run opened the batch; its cutoff stays. `closed` is set where an earlier
    batch settled everything already.
    """

    name: BatchName
    wanted: dict[str, Any]
    open_already: StoredBatch | None = None
    closed: StoredBatch | None = None


def plan(access: SettlementAccess, *, day: date | None, at_once: bool) -> Plan:
    """The batch to run: for `day`, with `at_once` up to the sandbox's current time, otherwise for yesterday.

    Raises Failure where the day is not over, nothing was captured by its end, or the clock was reset after the last
    batch.
    """
    last = latest_batch(access.batches)
    today = business_date(access.now)
    wanted = day or today - timedelta(days=1)
    input_ = {"cutoff": "now"} if at_once else {"day": wanted.isoformat()}
    if not at_once and wanted >= today:
        raise _not_over(wanted, today)
    cutoff = access.now if at_once else cutoff_of(wanted)
    if last is not None and last.status is not BatchStatus.CLOSED:
        return Plan(last.batch.name, input_, open_already=last)
    if at_once and last is not None and cutoff < last.batch.cutoff:
        raise _settled_ahead(last.batch.cutoff)
    if last is not None and cutoff <= last.batch.cutoff:
        settled = _settled_by(access, last, cutoff)
        return Plan(settled.batch.name, input_, closed=settled)
    if last is None and not _anything_due(access.ledger, cutoff):
        raise _nothing_by(cutoff)
    of = business_date(cutoff - _MICROSECOND)
    return Plan(BatchName.next(max(of, last.batch.name.day) if last else of, last.batch.name if last else None), input_)


def _settled_by(access: SettlementAccess, last: StoredBatch, cutoff: datetime) -> StoredBatch:
    """The batch that covers the cutoff. The very first batch counts only if it has an entry from before it."""
    for stored in _back_from(access, last):
        if stored.batch.after is not None and stored.batch.after < cutoff:
            return stored
        if stored.batch.after is None:
            if cutoff < stored.batch.cutoff and not _has_any(access, stored, cutoff):
                raise _nothing_by(cutoff)
            return stored
    raise AssertionError("batches go back to one that has none before it")


def _back_from(access: SettlementAccess, last: StoredBatch) -> Iterator[StoredBatch]:
    stored: StoredBatch | None = last
    while stored is not None:
        yield stored
        stored = get_batch(access.batches, stored.before) if stored.before else None


def _has_any(access: SettlementAccess, stored: StoredBatch, cutoff: datetime) -> bool:
    return any(
        entry.occurred_at <= cutoff
        for merchant in merchants_of(access.batches, stored.name)
        for entry in entries_of_merchant(access.entries, stored.name, merchant)
    )


def _not_over(day: date, today: date) -> Failure:
    reason = "is not over" if day == today else "is in the future"
    return Failure(
        f"{day} {reason}: the sandbox's date is {today}.",
        "Settle everything so far (paysandbox settlements run --now), or move the clock: paysandbox clock advance 1d",
    )


def _nothing_by(cutoff: datetime) -> Failure:
    return Failure(
        f"Nothing to settle: no captures or refunds by {cutoff:%Y-%m-%d %H:%M:%S} UTC.",
        "Make a capture (paysandbox pay authorize 12.50 --capture automatic), then: paysandbox settlements run --now",
    )


def _settled_ahead(cutoff: datetime) -> Failure:
    at = f"{cutoff:%Y-%m-%dT%H:%M:%SZ}"
    return Failure(
        f"The last batch settled everything until {at}, and the clock has been reset since.",
        f"Captures made since then are settled once the sandbox's time is past it: paysandbox clock advance --to {at}",
    )


def _anything_due(ledger: Ledger, cutoff: datetime) -> bool:
    """Whether any payment had something to settle by then. The index has authorizations too."""
    from paysandbox.aws.dynamodb.batch_get_tables import batch_get_tables
    from paysandbox.core.timestamps import format_timestamp
    from paysandbox.payments.ledger.items import key

    until = format_timestamp(cutoff)
    for ids in _due_pages(ledger, cutoff):
        keys = [key(payment_id) for payment_id in ids]
        found = batch_get_tables(ledger.client, {ledger.table: keys}, only=("unsettled_since",))[ledger.table]
        if any("unsettled_since" in item and item["unsettled_since"]["S"] <= until for item in found):
            return True
    return False


def _due_pages(ledger: Ledger, cutoff: datetime) -> Iterator[tuple[str, ...]]:
    from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE
    from paysandbox.aws.dynamodb.due_index import DueIndex, due_page
    from paysandbox.aws.schema import BY_DUE, DUE_SHARDS_READ, PARTITION_KEY
    from paysandbox.payments.ledger.items import DUE

    due_index = DueIndex(client=ledger.client, table=ledger.table, index=BY_DUE, of=DUE, id_attribute=PARTITION_KEY)
    for shard in range(DUE_SHARDS_READ):
        start: dict[str, Any] | None = None
        while True:
            page = due_page(due_index, shard, cutoff, limit=AT_ONCE, page=start)
            yield page.ids
            start = page.next_page
            if start is None:
                break
