"""Close the books of a batch: calculate each merchant's statement from the entries, and verify it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from paysandbox.aws import backoff, runtime
from paysandbox.aws.schema import DUE_SHARDS_READ
from paysandbox.core.errors import Contended
from paysandbox.core.record import record
from paysandbox.funds.available import Available, AvailableFunds
from paysandbox.funds.available_table import put_available, read_available
from paysandbox.funds.journal_table import store_entry
from paysandbox.funds.tables import funds
from paysandbox.payments.simulation.settings import payout_destination_of
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, get_statement, merchants_of, statements_of
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.close import Balance, BooksDoNotBalanceError, Of, Totals, check, close, totals_of
from paysandbox.settlement.entries import entries_of_merchant, entries_of_payment
from paysandbox.settlement.payout_entries import payout_entries
from paysandbox.settlement.payout_schedule import PayoutSchedule
from paysandbox.settlement.settlement import Entry
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import drop_exclusion, note_merchant, seal, store_statement

ScheduleOf = Callable[[str], PayoutSchedule]

_MAX_TRIES: Final = 8
"""Of a statement whose merchant moves funds at the same time."""


@record(kw_only=True)
class Books:
    """Result of closing books: `done`, `more` (continue after the merchant `next`), or `broken` with the reason."""

    status: str
    next: str = ""
    reason: str = ""


def close_books(batch: str, after: str | None, time_left: TimeLeft, schedule_of: ScheduleOf) -> Books:
    """Seal the entries, then store the statement of each merchant after `after`, while there is time.

    `schedule_of` returns when a merchant is paid out. If the books do not balance, the result is `broken` and no
    merchant is notified of the batch.
    """
    if is_closed(batch):
        return Books(status="done")
    stored = at_work(batch)
    if after is None:
        seal(batches(), stored, range(DUE_SHARDS_READ), runtime.now())
        _carry_over(stored)
    try:
        for merchant in merchants_of(batches(), batch, after=after):
            _close(stored, merchant, schedule_of)
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


def _close(stored: StoredBatch, merchant: str, schedule_of: ScheduleOf) -> None:
    early = Counter[str]()
    totals = totals_of(_counted(entries_of_merchant(entries(), stored.name, merchant), early))
    openings = _openings(stored, merchant)
    for tries in range(1, _MAX_TRIES + 1):
        before = read_available(funds(), merchant)
        if before.batch == stored.name:
            _check_stored(stored, merchant, totals, openings)
            return
        closed = _closed(
            stored,
            merchant,
            totals,
            openings,
            draws=_draws(before, {*totals, *openings}, early),
            schedule_of=schedule_of,
        )
        # Read the entries again to check the totals against the stored entries.
        check(entries_of_merchant(entries(), stored.name, merchant), totals, closed)
        statement = Statement(
            batch=stored.name,
            merchant=merchant,
            totals={currency: total for (_, currency), total in totals.items()},
            balances={currency: balance for (_, currency), balance in closed.items()},
        )
        if _store(
            stored,
            statement,
            before,
            early,
            listed=bool(totals or statement.payouts or _left_out(stored.name, merchant)),
        ):
            return
        # The merchant has moved funds meanwhile, or another run has stored the statement.
        backoff.wait(tries)
    raise Contended


def _closed(
    stored: StoredBatch,
    merchant: str,
    totals: Mapping[Of, Totals],
    openings: Mapping[Of, int],
    *,
    draws: Mapping[Of, int],
    schedule_of: ScheduleOf,
) -> dict[Of, Balance]:
    """Return the balances of a merchant, with payouts if its schedule has one now, and to its destination."""
    closed = close(stored.name, totals, openings, draws=draws, minimum=stored.minimum_payout)
    if not any(balance.payout for balance in closed.values()):
        return closed
    before = BatchName.read(stored.before).day if stored.before else None
    if not schedule_of(merchant).pays_out(stored.batch.name.day, before):
        return close(stored.name, totals, openings, draws=draws, minimum=None)
    destination = payout_destination_of(merchant)
    return {of: balance.paid_to(destination) for of, balance in closed.items()}


def _draws(before: AvailableFunds, closing: Iterable[Of], early: Mapping[str, int]) -> dict[Of, int]:
    """Return what was moved of the balances that are to be closed, if anything was."""
    drawn = {of: before.of.get(of[1], Available()).draws(early.get(of[1], 0)) for of in closing}
    return {of: amount for of, amount in drawn.items() if amount}


def _check_stored(stored: StoredBatch, merchant: str, totals: Mapping[Of, Totals], openings: Mapping[Of, int]) -> None:
    """Check a statement that an earlier run has stored. What the merchant has moved or set since does not count."""
    statement = get_statement(batches(), stored.name, merchant)
    if statement is None:
        raise BooksDoNotBalanceError(f"{merchant}'s statement is missing")
    balances = {(merchant, currency): balance for currency, balance in statement.balances.items()}
    check(entries_of_merchant(entries(), stored.name, merchant), totals, balances)
    held = {of: balance.opening for of, balance in balances.items() if balance.opening}
    if held != openings or statement.totals != {currency: total for (_, currency), total in totals.items()}:
        raise BooksDoNotBalanceError(f"{merchant}'s statement was kept otherwise: {statement}")


def _store(
    stored: StoredBatch, statement: Statement, before: AvailableFunds, early: Mapping[str, int], *, listed: bool
) -> bool:
    """Store a statement, and add it to what the merchant has available, in one transaction.

    Returns False, and stores neither, if there is a statement, or if what is available is not as `before`.
    """
    of = {**before.of}
    for currency, balance in statement.balances.items():
        of[currency] = of.get(currency, Available()).after_batch(
            net=balance.net,
            early=early.get(currency, 0),
            payout=balance.paid_out - balance.kept,
            to_funds=balance.to_funds,
            closing=balance.closing,
        )
    after = AvailableFunds(batch=stored.name, of=of)
    # They are shown once there is a statement.
    for entry in payout_entries(stored, statement):
        store_entry(funds(), entry)
    available = put_available(funds(), statement.merchant, before, after)
    return store_statement(batches(), stored, statement, listed=listed, beside=[available])


def _counted(every: Iterable[Entry], early: Counter[str]) -> Iterator[Entry]:
    """Yield entries, and add those that were available early, by currency."""
    for entry in every:
        if entry.early:
            early[entry.currency] += entry.net
        yield entry


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
