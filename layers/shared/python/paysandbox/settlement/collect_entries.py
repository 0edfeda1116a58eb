"""Collect the entries of a batch from the due payments of a shard, page by page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.dynamodb.due_index import DueIndex, DuePage, due_page
from paysandbox.aws.schema import BY_DUE, PARTITION_KEY
from paysandbox.core.record import record
from paysandbox.payments.ledger.items import DUE, UNREADABLE, key, payment_in
from paysandbox.payments.ledger.store import get_payment, mark_presented
from paysandbox.payments.payment import Payment
from paysandbox.payments.simulation.bank_steps import may_still_fail
from paysandbox.settlement.batch import BatchStatus, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft
from paysandbox.settlement.batches import get_batch
from paysandbox.settlement.entries import entries_of_payment
from paysandbox.settlement.fees import FeeSchedule, read_fees
from paysandbox.settlement.settlement import Batch, ContradictionError, Entry, Exclusion, entries_of
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import BatchSealedError, Page, enter, note_merchant

UNKNOWN_MERCHANT: Final = "unknown"
"""Merchant of a payment whose item has no merchant."""


@record(kw_only=True)
class Entered:
    """Number of stored entries and excluded payments, and `next_page` if time ran out before the end of the shard."""

    entered: int = 0
    set_aside: int = 0
    next_page: dict[str, Any] | None = None


def collect_shard(batch: str, shard: int, page: Mapping[str, Any] | None, time_left: TimeLeft) -> Entered:
    """Collect the entries of a shard's due payments, from `page` on, while there is time; at least one page.

    A sealed or closed batch accepts no more entries: the result then has no next page.
    """
    stored = get_batch(batches(), batch)
    if stored is None or stored.sealed_at is not None or stored.status is BatchStatus.CLOSED:
        return Entered()
    fees, noted = read_fees(stored.fees), set[str]()
    entered = excluded = 0
    start = {**page} if page else None
    while True:
        due = _due_page(shard, stored.batch.cutoff, start)
        found = _collect_page(due.ids, stored, fees)
        for merchant in sorted(found.merchants - noted):
            note_merchant(batches(), batch, merchant)
            noted.add(merchant)
        try:
            enter(batches(), entries(), stored, shard, found)
        except BatchSealedError:
            return Entered(entered=entered, set_aside=excluded)
        entered, excluded, start = entered + len(found.entries), excluded + len(found.excluded), due.next_page
        if start is None or not time_left():
            telemetry.swept("entries", {"batch": batch, "shard": shard, "entered": entered, "set_aside": excluded})
            return Entered(entered=entered, set_aside=excluded, next_page=start)


def _due_page(shard: int, cutoff: datetime, start: dict[str, Any] | None) -> DuePage:
    """Return a page of the shard's due payments."""
    ledger = runtime.ledger()
    due_index = DueIndex(client=ledger.client, table=ledger.table, index=BY_DUE, of=DUE, id_attribute=PARTITION_KEY)
    return due_page(due_index, shard, cutoff, limit=AT_ONCE, page=start)


def _collect_page(ids: tuple[str, ...], stored: StoredBatch, fees: FeeSchedule) -> Page:
    ledger, page = runtime.ledger(), Page()
    for item in batch_get_tables(ledger.client, {ledger.table: [key(payment_id) for payment_id in ids]})[ledger.table]:
        try:
            payment = payment_in(item)
            page.entries += _entries_of(payment, stored.batch, fees) if payment else ()
        except ContradictionError as error:
            _leave_out(page, stored, item, error.reason)
        except UNREADABLE as error:
            _leave_out(page, stored, item, f"it cannot be read: {type(error).__name__}")
    return page


def _entries_of(payment: Payment, batch: Batch, fees: FeeSchedule) -> tuple[Entry, ...]:
    """Return the payment's entries in the batch. No step takes back what they are of.

    Where one still could, the payment is marked first, in the version that the entries are of: a step that is recorded
    before that is known, and any other is refused.
    """
    while True:
        found = entries_of(payment, batch, fees)
        if not may_still_fail(payment, [entry.operation_id for entry in found], batch.cutoff):
            return found
        if mark_presented(runtime.ledger(), payment, batch.cutoff):
            return found
        current = get_payment(runtime.ledger(), payment.id)
        if current is None:
            return ()
        payment = current


def _leave_out(page: Page, stored: StoredBatch, item: Mapping[str, Any], reason: str) -> None:
    payment_id: str = item[PARTITION_KEY]["S"]
    merchant = item.get("merchant", {}).get("S", UNKNOWN_MERCHANT)
    page.excluded.append(Exclusion(merchant=merchant, payment_id=payment_id, reason=reason))
    # Entries that an earlier run stored while the payment was consistent.
    for of in (merchant, *_shared_with(item)):
        page.withdrawn += entries_of_payment(entries(), stored.name, of, payment_id)


def _shared_with(item: Mapping[str, Any]) -> list[str]:
    """Return the merchants that a payment may be shared with, as its item names them: it may not be readable."""
    others: set[str] = set()
    for operation in (each.get("M", {}) for each in item.get("operations", {}).get("L", ())):
        connect = operation.get("terms", {}).get("M", {}).get("connect", {}).get("M", {})
        others |= {connect.get("other", {}).get("S", ""), operation.get("to", {}).get("S", "")}
    return sorted(others - {""})
