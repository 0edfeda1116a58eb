"""Read the journal of balances for an audit, and compare it with payments and batches. It reads only.

What is written meanwhile may be in one and not in the other, so payments whose entries differ are read again, with the
journal.
"""

from collections.abc import Callable, Iterator
from typing import Any

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import FUNDS_KEY, JOURNAL, PARTITION_KEY
from paysandbox.balance.journal_audit import JournalAudit
from paysandbox.funds.available import Sums
from paysandbox.funds.available_table import merchant_of_sums
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_items import entry_from, is_entry
from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.store import FundsTable
from paysandbox.payments.audit import Break
from paysandbox.payments.ledger.items import UNREADABLE, payment_in


def close_journal(
    audited: JournalAudit,
    ledger: Ledger,
    table: FundsTable,
    read_batches: Callable[[], None],
    *,
    look_again: Callable[[], bool],
) -> list[Break]:
    """Read the journal, and return the differences. Call it once, after the last payment.

    `read_batches` lets the audit take the batches, from the oldest on. While there are differences, `look_again` waits,
    and returns whether to read again.
    """
    while True:
        audited.forget_batches()
        read_batches()
        sums = _read(audited, table)
        breaks = audited.breaks(sums)
        if not breaks or not look_again():
            return breaks
        for item in items_by_id(ledger.client, ledger.table, PARTITION_KEY, audited.missing()).values():
            try:
                audited.take_payment(payment_in(item))
            except UNREADABLE:
                continue  # the audit of the ledger reports it


def journal_entries(table: FundsTable) -> Iterator[JournalEntry]:
    """Read all entries, in no order."""
    return (entry_from(item) for item in _items(table) if is_entry(item))


def _read(audited: JournalAudit, table: FundsTable) -> dict[str, dict[str, Sums]]:
    audited.stored.clear()
    for entry in journal_entries(table):
        audited.take_entry(entry)
    return read_all_sums(table)


def read_all_sums(table: FundsTable) -> dict[str, dict[str, Sums]]:
    """Read the sums of all merchants, by currency."""
    return {merchant: read_sums(table, merchant) for merchant in merchants_in(table)}


def merchants_in(table: FundsTable) -> list[str]:
    """Return the merchants that have a journal."""
    return sorted({merchant_of_sums(item[FUNDS_KEY]["S"]) for item in _items(table)})


def _items(table: FundsTable) -> Iterator[Any]:
    pages: Any = table.client.get_paginator("scan").paginate(TableName=table.table, ConsistentRead=True)
    for page in pages:
        yield from (item for item in page["Items"] if item[FUNDS_KEY]["S"].startswith(JOURNAL))
