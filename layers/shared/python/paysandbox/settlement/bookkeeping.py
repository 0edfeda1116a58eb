"""Close the books of a batch: calculate each merchant's statement from the entries, and verify it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from paysandbox.aws import runtime
from paysandbox.aws.schema import DUE_SHARDS_READ
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record
from paysandbox.funds.journal_entry import SettledSums
from paysandbox.funds.journal_table import Settled, put_settled, read_settled, store_entry
from paysandbox.funds.tables import funds
from paysandbox.payments.simulation.settings import payout_destination_of
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, get_statement, merchants_of, statements_of
from paysandbox.settlement.close import Balance, BooksDoNotBalanceError, Of, check, close, totals_of
from paysandbox.settlement.entries import entries_of_merchant, entries_of_payment
from paysandbox.settlement.payout_entries import payout_entries
from paysandbox.settlement.settlement import Entry
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import drop_exclusion, note_merchant, seal, store_statement


@record(kw_only=True)
class Books:
    """Result of closing books: `done`, `more` (continue after the merchant `next`), or `broken` with the reason."""

    status: str
    next: str = ""
    reason: str = ""


def close_books(batch: str, after: str | None, time_left: TimeLeft) -> Books:
    """Seal the entries, then store the statement of each merchant after `after`, while there is time.

    If the books do not balance, the result is `broken` and no merchant is notified of the batch.
    """
    if is_closed(batch):
        return Books(status="done")
    stored = at_work(batch)
    if after is None:
        seal(batches(), stored, range(DUE_SHARDS_READ), runtime.now())
        _carry_over(stored)
    try:
        for merchant in merchants_of(batches(), batch, after=after):
            _close(stored, merchant)
            if not time_left():
                return Books(status="more", next=merchant)
    except BooksDoNotBalanceError as error:
        return Books(status="broken", reason=f"{batch}: {error}")
    return Books(status="done")


def _carry_over(stored: StoredBatch) -> None:
    """Add merchants with a closing balance in the previous batch, so that opening balances are always found there."""
    for statement in statements_of(batches(), stored.before) if stored.before else ():
        if any(balance.closing for balance in statement.balances.values()):
            note_merchant(batches(), stored.name, statement.merchant)


def _close(stored: StoredBatch, merchant: str) -> None:
    early = Counter[str]()
    totals = totals_of(_counted(entries_of_merchant(entries(), stored.name, merchant), early))
    closed = close(stored.name, totals, _openings(stored, merchant), minimum=stored.minimum_payout)
    # Read the entries again to check the totals against the stored entries.
    check(entries_of_merchant(entries(), stored.name, merchant), totals, closed)
    paid = any(balance.payout for balance in closed.values())
    destination = payout_destination_of(merchant) if paid else PayoutDestination.BANK
    statement = Statement(
        batch=stored.name,
        merchant=merchant,
        totals={currency: total for (_, currency), total in totals.items()},
        balances={currency: balance.paid_to(destination) for (_, currency), balance in closed.items()},
    )
    listed = bool(totals or statement.payouts or _left_out(stored.name, merchant))
    if not _store(stored, statement, early, listed=listed):
        held = get_statement(batches(), stored.name, merchant)
        if held is None or (held.totals, _amounts(held)) != (statement.totals, _amounts(statement)):
            raise BooksDoNotBalanceError(f"{merchant}'s statement was kept otherwise: {held}, and not {statement}")


def _store(stored: StoredBatch, statement: Statement, early: Mapping[str, int], *, listed: bool) -> bool:
    """Store a statement, and add it to what batches have in the journal of the merchant's balance.

    Both are one write, so no balance has a part of both. Returns False if an earlier run has stored it.
    """
    before = read_settled(funds(), statement.merchant)
    if before.batch == stored.name:
        return False
    sums = {**before.sums}
    for currency, balance in statement.balances.items():
        of = sums.get(currency, SettledSums())
        sums[currency] = SettledSums(
            net=of.net + balance.net, early=of.early + early.get(currency, 0), carried=balance.closing
        )
    settled = put_settled(funds(), statement.merchant, before, Settled(stored.name, sums))
    # They are shown once there is a statement.
    for entry in payout_entries(stored, statement):
        store_entry(funds(), entry)
    return store_statement(batches(), stored, statement, listed=listed, beside=[settled])


def _counted(every: Iterable[Entry], early: Counter[str]) -> Iterator[Entry]:
    """Yield entries, and add those that were available early, by currency."""
    for entry in every:
        if entry.early:
            early[entry.currency] += entry.net
        yield entry


def _amounts(statement: Statement) -> dict[str, Balance]:
    """Return the balances without destinations: the stored one counts, whatever the merchant has set meanwhile."""
    return {currency: balance.paid_to(PayoutDestination.BANK) for currency, balance in statement.balances.items()}


def _left_out(batch: str, merchant: str) -> int:
    """Return the number of a merchant's excluded payments. Drops exclusions of payments that a later run entered."""
    left = 0
    for exclusion in exclusions_of(batches(), batch, merchant):
        if entries_of_payment(entries(), batch, merchant, exclusion.payment_id):
            drop_exclusion(batches(), batch, exclusion)
        else:
            left += 1
    return left


def _openings(stored: StoredBatch, merchant: str) -> dict[Of, int]:
    before = get_statement(batches(), stored.before, merchant) if stored.before else None
    balances = before.balances.values() if before else ()
    return {(merchant, balance.currency): balance.closing for balance in balances if balance.closing}
