"""List what moved a merchant's balance, newest or oldest first: all of it, or what one payment moved."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from paysandbox.aws.cursor import cursor_of, position_of as position_in
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.sharded_index import POSITION, ListPage, index_page
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.balance.entries import entries_of
from paysandbox.balance.journal_audit import NO_FEES
from paysandbox.balance.listed_transaction import ListedTransaction, listed
from paysandbox.core.ids import payment_of
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_table import journal_index, read_entries
from paysandbox.funds.store import FundsTable
from paysandbox.payments.ledger.items import payment_in
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment

_LIST: Final = "list_merchant_transactions"


@record(kw_only=True)
class Filter:
    """Filters for a list of balance transactions, and its order; None means any.

    `currency` is in upper case. `created_from` is inclusive and `created_to` exclusive.
    """

    kind: str | None = None
    currency: str | None = None
    payment: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


def list_transactions(
    table: FundsTable, ledger: Ledger, merchant: str, filters: Filter, *, limit: int, cursor: str | None
) -> ListPage[ListedTransaction]:
    """Return a page of a merchant's balance transactions, newest first, or `oldest_first`.

    A query of each shard of the journal, and one read of the entries. Of one payment, a read of the payment and one of
    its entries. Then one read of the payments on the page. Kind and currency are compared with the entries, up to the
    bound of `index_page`. Raises Refused(cursor_invalid) for a cursor that this list did not issue with these filters.
    """
    page = _page(table, ledger, merchant, filters, limit=limit, cursor=cursor)
    payments = _payments(ledger, page.items)
    return ListPage(
        listed(page.items, payments), page.positions, page.next_cursor, page.tied_to, compared=page.compared
    )


def _page(
    table: FundsTable, ledger: Ledger, merchant: str, filters: Filter, *, limit: int, cursor: str | None
) -> ListPage[JournalEntry]:
    span = (filters.created_from, filters.created_to)
    since, until = (format_timestamp(at) if at else None for at in span)
    tied_to = (_LIST, merchant, filters.kind, filters.currency, filters.payment, since, until)
    wanted = _predicate(filters)
    if filters.payment is not None:
        every = [
            entry for entry in _of_payment(table, ledger, merchant, filters.payment) if wanted is None or wanted(entry)
        ]
        return _page_of(every, filters, tied_to, limit=limit, cursor=cursor)

    def fetch(positions: Sequence[str]) -> dict[str, JournalEntry]:
        return {entry.position: entry for entry in read_entries(table, merchant, positions)}

    index = journal_index(table, merchant, fetch, tied_to=tied_to, since=filters.created_from, until=filters.created_to)
    source = replace(index, oldest_first=filters.oldest_first)
    return index_page(source, limit=limit, cursor=cursor, wanted=wanted)


def _predicate(filters: Filter) -> Callable[[JournalEntry], bool] | None:
    """Return a predicate for the filters that the journal does not cover, or None if there are none."""
    if filters.kind is None and filters.currency is None:
        return None
    return lambda entry: filters.kind in (None, entry.kind) and filters.currency in (None, entry.currency)


def _of_payment(table: FundsTable, ledger: Ledger, merchant: str, payment_id: str) -> list[JournalEntry]:
    """Return what a payment moved of the merchant's balance, as it was entered, in no order."""
    payment = get_payment(ledger, payment_id)
    derived = entries_of(payment, NO_FEES) if payment is not None else ()
    positions = [entry.position for entry in derived if entry.merchant == merchant]
    return read_entries(table, merchant, positions) if positions else []


def _page_of(
    every: Sequence[JournalEntry], filters: Filter, tied_to: tuple[str | None, ...], *, limit: int, cursor: str | None
) -> ListPage[JournalEntry]:
    """Return a page of the entries of one payment."""
    bound_to = (*tied_to, "asc") if filters.oldest_first else tied_to
    after = position_in(cursor, bound_to, POSITION) if cursor is not None else None
    since, until = (format_timestamp(at) if at else None for at in (filters.created_from, filters.created_to))

    def is_left(entry: JournalEntry) -> bool:
        at = entry.position
        is_beyond = after is None or (at > after if filters.oldest_first else at < after)
        return is_beyond and (since is None or at >= since) and (until is None or at < until)

    left = sorted(filter(is_left, every), key=lambda entry: entry.position, reverse=not filters.oldest_first)
    shown = left[:limit]
    next_cursor = cursor_of(shown[-1].position, bound_to) if len(left) > limit else None
    return ListPage(shown, [entry.position for entry in shown], next_cursor, bound_to)


def _payments(ledger: Ledger, entries: Sequence[JournalEntry]) -> dict[str, Payment]:
    """Return the payments that moved what is on a page, by ID."""
    ids = {payment for entry in entries if (payment := payment_of(entry.id))}
    items = items_by_id(ledger.client, ledger.table, PARTITION_KEY, sorted(ids)) if ids else {}
    return {name: payment for name, item in items.items() if (payment := payment_in(item)) is not None}
