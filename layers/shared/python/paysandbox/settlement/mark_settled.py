# pyright: standard
"""Record each payment's settlement on the payment; the ledger then publishes it.

The entries are final at this point and authoritative. A payment is written on the condition that its version is still
the one that was read; after a concurrent change it is read again.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, batch_get_tables
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.record import record
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.items import UNREADABLE, is_idempotency_record, key, payment_from
from paysandbox.payments.ledger.store import change_payment
from paysandbox.payments.operations.settlement import REQUEST_ID
from paysandbox.payments.payment import Payment
from paysandbox.settlement.batch import StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import merchants_of
from paysandbox.settlement.entries import entries_by_payment
from paysandbox.settlement.settlement import ContradictionError, Entry, settle
from paysandbox.settlement.tables import batches, entries

_PAYMENTS_AT_ONCE: Final = 8

Group = tuple[str, list[Entry]]
"""A payment's ID and its entries in the batch."""


class NotMarkedError(Exception):
    """The records of some payments contradict the batch. All other payments of the page were marked settled."""


@record(kw_only=True)
class Place:
    """Position to continue after: a payment (None: start with the first) of a merchant (None: the first)."""

    merchant: str | None = None
    payment: str | None = None


def mark_payments_settled(batch: str, shard: int, place: Place, time_left: TimeLeft) -> Place | None:
    """Mark the payments of a shard settled, from `place` on, while there is time. Returns where to continue, or None.

    Raises NotMarkedError after the page with a payment that could not be marked. It needs attention: its money is
    already in the books.
    """
    if is_closed(batch):
        return None
    stored = at_work(batch)
    with ThreadPoolExecutor(_PAYMENTS_AT_ONCE) as pool:
        for merchant in _from(batch, place):
            after = place.payment if merchant == place.merchant else None
            groups = entries_by_payment(entries(), batch, merchant, shard, after=after)
            while page := [*islice(groups, AT_ONCE)]:
                _announce(stored, page, pool)
                if not time_left():
                    return Place(merchant=merchant, payment=page[-1][0])
    return None


def _from(batch: str, place: Place) -> Iterator[str]:
    if place.merchant is not None:
        yield place.merchant
    yield from merchants_of(batches(), batch, after=place.merchant)


def _announce(stored: StoredBatch, page: Sequence[Group], pool: ThreadPoolExecutor) -> None:
    ledger = runtime.ledger()
    items = batch_get_tables(ledger.client, {ledger.table: [key(payment_id) for payment_id, _ in page]})[ledger.table]
    found = {item[PARTITION_KEY]["S"]: item for item in items if not is_idempotency_record(item)}
    # Payments that have passed their retention since they were entered are deleted.
    present = [(found[payment_id], mine) for payment_id, mine in page if payment_id in found]
    reasons = pool.map(lambda item_and_entries: _settle_payment(stored, *item_and_entries), present)
    wrong = [reason for reason in reasons if reason]
    facts = {"batch": stored.name, "payments": len(present) - len(wrong), "gone": len(page) - len(present)}
    telemetry.swept("settlements", facts)
    if wrong:
        raise NotMarkedError("; ".join(wrong))


def _settle_payment(stored: StoredBatch, item: dict[str, object], mine: Sequence[Entry]) -> str | None:
    """Record the settlement on a payment, unless it is already recorded. Returns the contradiction, if any."""
    try:
        seen = payment_from(item)

        def decide(current: Payment | None) -> Change:
            change = settle(current or seen, mine, request_id=REQUEST_ID, at=stored.opened_at)
            if change is None:
                raise AssertionError(f"{seen.id} has its settlement, and was not read as a replay")
            return change

        if settle(seen, mine, request_id=REQUEST_ID, at=stored.opened_at) is not None:
            change_payment(runtime.ledger(), decide)
    except ContradictionError as error:
        return str(error)
    except UNREADABLE as error:
        return f"{mine[0].payment_id}: it cannot be read: {type(error).__name__}"
    return None
