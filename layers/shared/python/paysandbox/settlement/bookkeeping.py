"""Closing the books of a batch: what it says of each merchant, reckoned from its entries, and reckoned again."""

from dataclasses import dataclass

from paysandbox.aws import runtime
from paysandbox.aws.schema import DUE_SHARDS
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, get_statement, merchants_of, statements_of
from paysandbox.settlement.close import BooksDoNotBalanceError, Of, check, close, totals_of
from paysandbox.settlement.entries import entries_of_merchant, entries_of_payment
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import drop_exclusion, note_merchant, seal, store_statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """`done`, `more` (go on after the merchant `next`) or `broken`, with the reason."""

    status: str
    next: str = ""
    reason: str = ""


def close_books(batch: str, after: str | None, time_left: TimeLeft) -> Books:
    """Fix the entries, then keep what the batch says of each merchant behind `after`, while there is time.

    What does not add up is `broken`, and nobody hears of the batch.
    """
    if is_closed(batch):
        return Books(status="done")
    kept = at_work(batch)
    if after is None:
        seal(batches(), kept, range(DUE_SHARDS), runtime.now())
        _carry_over(kept)
    try:
        for merchant in merchants_of(batches(), batch, after=after):
            _close(kept, merchant)
            if not time_left():
                return Books(status="more", next=merchant)
    except BooksDoNotBalanceError as error:
        return Books(status="broken", reason=f"{batch}: {error}")
    return Books(status="done")


def _carry_over(kept: StoredBatch) -> None:
    """Who had a balance is in the next books too, so that an opening balance is never looked for further back."""
    for statement in statements_of(batches(), kept.before) if kept.before else ():
        if any(balance.closing for balance in statement.balances.values()):
            note_merchant(batches(), kept.name, statement.merchant)


def _close(kept: StoredBatch, merchant: str) -> None:
    totals = totals_of(entries_of_merchant(entries(), kept.name, merchant))
    closed = close(kept.name, totals, _openings(kept, merchant), minimum=kept.minimum_payout)
    # Read once more, so that what was added up is what is there.
    check(entries_of_merchant(entries(), kept.name, merchant), totals, closed)
    statement = Statement(
        batch=kept.name,
        merchant=merchant,
        totals={currency: total for (_, currency), total in totals.items()},
        balances={currency: balance for (_, currency), balance in closed.items()},
    )
    listed = bool(totals or statement.payouts or _left_out(kept.name, merchant))
    if not store_statement(batches(), kept, statement, listed=listed):
        held = get_statement(batches(), kept.name, merchant)
        if held is None or (held.totals, held.balances) != (statement.totals, statement.balances):
            raise BooksDoNotBalanceError(f"{merchant}'s statement was kept otherwise: {held}, and not {statement}")


def _left_out(batch: str, merchant: str) -> int:
    """How many of a merchant's payments are left out: not those that a later run entered after all."""
    left = 0
    for one in exclusions_of(batches(), batch, merchant):
        if entries_of_payment(entries(), batch, merchant, one.payment_id):
            drop_exclusion(batches(), batch, one)
        else:
            left += 1
    return left


def _openings(kept: StoredBatch, merchant: str) -> dict[Of, int]:
    before = get_statement(batches(), kept.before, merchant) if kept.before else None
    balances = before.balances.values() if before else ()
    return {(merchant, one.currency): one.closing for one in balances if one.closing}
