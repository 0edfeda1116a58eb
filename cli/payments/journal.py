"""The journal of balances of an environment, for commands that compare it with the ledger, or complete it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cli.connection.target import Target
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.balance.journal_audit import JournalAudit
    from paysandbox.balance.opening import Opening
    from paysandbox.balance.recount import Recount
    from paysandbox.funds.journal_entry import JournalEntry
    from paysandbox.funds.store import FundsTable
    from paysandbox.payments.audit import Break
    from paysandbox.settlement.batch import Statement, StoredBatch

_AT_ONCE: Final = 20
"""Payments in a request to the worker: one of 400 KB is rare, and a request can have six megabytes."""


@dataclass(frozen=True)
class Completed:
    """How many entries were missing and are stored now, and of how many payments one could not be stored."""

    entered: int
    failed: int


def funds_table(target: Target) -> FundsTable | None:
    """Return the table of funds, which has the journal. None: a version without funds was deployed."""
    from paysandbox.funds.store import FundsTable

    name = target.outputs("data").get("FundsTable")
    return FundsTable(target.client("dynamodb"), name, target.index_shards) if name else None


def close_journal(
    target: Target, audited: JournalAudit, ledger: Ledger, *, look_again: Callable[[], bool]
) -> list[Break]:
    """Compare the journal with the payments that were taken, and with all batches."""
    from paysandbox.balance import journal_scan

    def read_batches() -> None:
        for stored, statement in statements(target):
            for entry in payouts_in(stored, statement):
                audited.take_payout(entry)
            for currency, balance in statement.balances.items():
                audited.take_balance(
                    statement.merchant,
                    currency,
                    net=balance.net,
                    to_funds=balance.to_funds,
                    closing=balance.closing,
                )

    table = funds_table(target)
    return journal_scan.close_journal(audited, ledger, table, read_batches, look_again=look_again) if table else []


def statements(target: Target) -> Iterator[tuple[StoredBatch, Statement]]:
    """Yield the statements of all batches, those of the oldest batch first."""
    from cli.settlement.credentials import settlement_access
    from paysandbox.settlement.batches import get_batch, latest_batch, statements_of

    batches = settlement_access(target).batches
    every: list[StoredBatch] = []
    batch = latest_batch(batches)
    while batch is not None:
        every.append(batch)
        batch = get_batch(batches, batch.before) if batch.before else None
    for stored in reversed(every):
        for statement in statements_of(batches, stored.name):
            yield stored, statement


def payouts_in(stored: StoredBatch, statement: Statement) -> list[JournalEntry]:
    """Return the entries of a statement's payouts."""
    from paysandbox.settlement.payout_entries import payout_entries

    return payout_entries(stored, statement)


def opening_of(target: Target) -> Opening | None:
    """Return what counts the opening entries, before the first payment is read.

    None: a batch is being settled, or a version without funds was deployed.
    """
    from cli.settlement.credentials import settlement_access
    from paysandbox.balance.opening import Opening
    from paysandbox.settlement.batch import BatchStatus
    from paysandbox.settlement.batches import latest_batch

    if funds_table(target) is None:
        return None
    latest = latest_batch(settlement_access(target).batches)
    if latest is not None and latest.status is not BatchStatus.CLOSED:
        return None
    return Opening(latest.name if latest else None)


def count_payments(opening: Opening | None, items: Iterable[dict[str, Any]]) -> Opening | None:
    """Count payments for the opening entries. None: one cannot be read, so what it moved is not known."""
    from paysandbox.payments.ledger.items import UNREADABLE, payment_in

    for item in items if opening else ():
        try:
            payment = payment_in(item)
        except UNREADABLE:
            return None
        if opening is not None and payment is not None and payment.captures:
            opening.take_payment(payment)
    return opening


def missing_entries(target: Target, items: Iterable[dict[str, Any]]) -> tuple[int, list[dict[str, Any]]]:
    """Return how many entries these payments should have, and the items of those that lack one.

    Items that are no payment, or that cannot be read, are left out.
    """
    from paysandbox.aws.dynamodb.batch_get import items_by_key
    from paysandbox.balance.entries import entries_of
    from paysandbox.balance.journal_audit import NO_FEES
    from paysandbox.funds.journal_items import entry_from, entry_key
    from paysandbox.payments.ledger.items import UNREADABLE, payment_in

    table = funds_table(target)
    if table is None:
        return 0, []
    expected: list[tuple[dict[str, Any], list[JournalEntry]]] = []
    for item in items:
        try:
            payment = payment_in(item)
            expected.append((item, [*entries_of(payment, NO_FEES)] if payment is not None and payment.captures else []))
        except UNREADABLE:
            continue
    keys = [entry_key(entry, table.shards) for _, entries in expected for entry in entries]
    found = items_by_key(table.client, table.table, keys) if keys else []
    stored = {(entry.merchant, entry.id) for entry in map(entry_from, found)}
    lacking = [item for item, entries in expected if any((each.merchant, each.id) not in stored for each in entries)]
    return len(keys), lacking


def enter(target: Target, items: list[dict[str, Any]]) -> int:
    """Have the worker of the ledger's stream enter what these payments moved. Returns how many entries it stored."""
    entered = 0
    for start in range(0, len(items), _AT_ONCE):
        records = [{"dynamodb": {"NewImage": item}} for item in items[start : start + _AT_ONCE]]
        answer = target.client("lambda").invoke(
            FunctionName=f"paysandbox-{target.environment}-publish_event",
            Payload=json.dumps({"Records": records, "enter": True}),
        )
        output = json.loads(answer["Payload"].read())
        entered += 0 if "FunctionError" in answer else output["entered"][0]
    return entered


def complete(target: Target, progress: Callable[[int], None]) -> Completed:
    """Enter what is missing of all payments, batches and funds. `progress` gets the number of payments read so far.

    It may stop anywhere: whoever calls it again enters the rest.
    """
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.payments.audit_scan import pages

    ledger = Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=0)
    read = entered = failed = 0
    opening = opening_of(target)
    for page in pages(ledger):
        opening = count_payments(opening, page)
        _, lacking = missing_entries(target, page)
        if lacking:
            entered += enter(target, lacking)
            failed += len(missing_entries(target, lacking)[1])
        read += len(page)
        progress(read)
    _, others = enter_others(target, opening, dry_run=False)
    return Completed(entered + others, failed)


def enter_others(target: Target, opening: Opening | None, *, dry_run: bool) -> tuple[int, int]:
    """Enter what batches and funds moved, and what the balances are opened with, and recount.

    Returns how many entries there are, and were missing. `opening` has counted all payments. It is left out if it is
    None, or if a batch was settled meanwhile.
    """
    from cli.disbursements.tables import find_table
    from paysandbox.balance.journal_scan import journal_entries
    from paysandbox.disbursements.funds_scan import entries_of_funds
    from paysandbox.funds.journal_table import store_entry

    table, disbursements = funds_table(target), find_table(target)
    if table is None:
        return 0, 0
    expected = {(entry.merchant, entry.id): entry for entry in entries_of_funds(disbursements)} if disbursements else {}
    for stored, statement in statements(target):
        expected |= {(entry.merchant, entry.id): entry for entry in payouts_in(stored, statement)}
        if opening:
            for balance in statement.balances.values():
                opening.take_balance(balance)
    entered: set[tuple[str, str]] = set()
    for entry in journal_entries(table):
        entered.add((entry.merchant, entry.id))
        if opening:
            opening.take_entry(entry)
    missing = [entry for of, entry in expected.items() if of not in entered]
    now = opening_of(target) if opening else None
    if opening and now and now.batch == opening.batch:
        missing += opening.missing()
    if not dry_run:
        for entry in missing:
            store_entry(table, entry)
        recount(target, table)
    return len(expected), len(missing)


def recount(target: Target, table: FundsTable) -> None:
    """Set the sums of entries, and what is available, where they are not what entries and batches add up to.

    What changes meanwhile is left alone, and so is what is available while a batch is being settled: another run
    recounts it.
    """
    from cli.settlement.credentials import settlement_access
    from paysandbox.balance.journal_scan import merchants_in
    from paysandbox.funds.available_table import put_available, read_available
    from paysandbox.funds.journal_table import read_sums, replace_entered
    from paysandbox.funds.store import transact
    from paysandbox.settlement.batch import BatchStatus
    from paysandbox.settlement.batches import latest_batch

    # The sums come first: whatever is entered later changes them, and then they are not replaced.
    before = {
        merchant: (read_available(table, merchant), read_sums(table, merchant)) for merchant in merchants_in(table)
    }
    latest = latest_batch(settlement_access(target).batches)
    counted = _counted(target, table)
    is_settling = latest is not None and latest.status is not BatchStatus.CLOSED
    for merchant, (available, sums) in before.items():
        for currency, of in sums.items():
            entered = counted.entered[merchant, currency]
            if of.entered != entered:
                replace_entered(table, merchant, currency, before=of.entered, after=entered)
        expected = counted.available(merchant)
        if not is_settling and (available.batch, available.of) != (expected.batch, expected.of):
            transact(table.client, [put_available(table, merchant, available, expected)])


def _counted(target: Target, table: FundsTable) -> Recount:
    from cli.settlement.credentials import settlement_access
    from paysandbox.aws.dynamodb.batch_get import items_by_id
    from paysandbox.aws.schema import PARTITION_KEY
    from paysandbox.balance.journal_scan import journal_entries
    from paysandbox.balance.recount import Recount
    from paysandbox.payments.ledger.items import payment_in

    counted, ledger = Recount(), settlement_access(target).ledger
    for entry in journal_entries(table):
        counted.take_entry(entry)
    for stored, statement in statements(target):
        for balance in statement.balances.values():
            counted.take_balance(stored.name, balance)
    early = counted.early_payments()
    for item in items_by_id(ledger.client, ledger.table, PARTITION_KEY, early).values() if early else ():
        if (payment := payment_in(item)) is not None:
            counted.take_early(payment)
    return counted
