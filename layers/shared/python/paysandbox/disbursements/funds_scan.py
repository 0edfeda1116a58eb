"""Read all fundings, movements, balances and disbursements for an audit, and compare them. It reads only.

The tables are read one after the other. What is written meanwhile may be in one and not in the other, so differences
are read again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from paysandbox.aws.index_shards import listed_as
from paysandbox.aws.schema import (
    DISBURSEMENTS_BY_MERCHANT,
    DISBURSEMENTS_KEY,
    DISBURSEMENTS_SORT,
    FUNDS_KEY,
    FUNDS_SORT,
    INDEX_SHARDS,
)
from paysandbox.core.merchant import is_merchant
from paysandbox.customers.customers_table import own_id
from paysandbox.disbursements.funds_audit import FundsAudit, Of, PayoutToFunds
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.disbursements.store.items import UNREADABLE, disbursement_from, disbursement_item
from paysandbox.disbursements.store.journal_entries import EntriesAudit, entries_of_disbursement
from paysandbox.funds.funds_table import (
    BALANCE,
    FUNDING,
    MOVEMENT,
    balance_key,
    funding_from,
    funding_item,
    movement_from,
    movement_item,
)
from paysandbox.funds.journal_entry import JournalEntry, entry_of_funding, entry_of_movement
from paysandbox.funds.journal_items import entry_from, is_entry
from paysandbox.payments.audit import Break

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]


def audit_funds(
    table: DisbursementsTable,
    read_payouts: Callable[[], Iterable[PayoutToFunds]] | None,
    *,
    look_again: Callable[[], bool],
) -> FundsAudit:
    """Audit all funds, with the payouts that are kept as funds. None: without comparing those.

    While there are differences, `look_again` waits, and returns whether to read everything again.
    """
    while True:
        audited = _read(table, read_payouts)
        if not audited.breaks or not look_again():
            return audited


def disbursement_items(table: DisbursementsTable) -> Iterator[Item]:
    """Read the items of all disbursements, in no order. Others, such as a shared token, belong to no customer."""
    for item in _every(table.client, table.table):
        merchant, customer_id = own_id(item[DISBURSEMENTS_KEY]["S"])
        if is_merchant(merchant) and customer_id:
            yield item


def entries_of_funds(table: DisbursementsTable) -> Iterator[JournalEntry]:
    """Yield the entries that fundings, movements and disbursements should have. What cannot be read has none."""
    for item in disbursement_items(table):
        with suppress(*UNREADABLE):
            yield from entries_of_disbursement(disbursement_from(item))
    for item in _every(table.client, table.funds.table):
        entry: str = item[FUNDS_SORT]["S"]
        with suppress(*UNREADABLE):
            if is_merchant(item[FUNDS_KEY]["S"]) and entry.startswith(FUNDING):
                yield entry_of_funding(funding_from(item))
            elif is_merchant(item[FUNDS_KEY]["S"]) and entry.startswith(MOVEMENT):
                yield entry_of_movement(movement_from(item))


def _read(table: DisbursementsTable, read_payouts: Callable[[], Iterable[PayoutToFunds]] | None) -> FundsAudit:
    audited, stored, entered = FundsAudit(), dict[Of, int](), EntriesAudit()
    entered.expect(*entries_of_funds(table))
    for item in disbursement_items(table):
        _take_disbursement(audited, item)
    for item in _every(table.client, table.funds.table):
        if is_merchant(item[FUNDS_KEY]["S"]):
            _take_funds(audited, stored, item)
        elif is_entry(item):
            entered.take(entry_from(item))
    audited.close(stored, read_payouts() if read_payouts else None)
    audited.breaks += entered.breaks()
    return audited


def _take_disbursement(audited: FundsAudit, item: Item) -> None:
    where = item[DISBURSEMENTS_SORT]["S"]
    try:
        disbursement = disbursement_from(item)
        expected = listed_as(item, disbursement_item(disbursement, INDEX_SHARDS), DISBURSEMENTS_BY_MERCHANT)
        _compare_layout(audited, where, item, expected)
        audited.take_disbursement(disbursement)
    except UNREADABLE as error:
        _unreadable(audited, where, error)


def _take_funds(audited: FundsAudit, stored: dict[Of, int], item: Item) -> None:
    merchant, entry = item[FUNDS_KEY]["S"], item[FUNDS_SORT]["S"]
    where = f"{merchant} {entry}"
    try:
        if entry.startswith(BALANCE):
            currency, balance = entry.removeprefix(BALANCE), int(item["balance"]["N"])
            _compare_layout(audited, where, item, {**balance_key(merchant, currency), "balance": {"N": str(balance)}})
            stored[merchant, currency] = balance
        elif entry.startswith(FUNDING):
            funding = funding_from(item)
            _compare_layout(audited, where, item, funding_item(funding))
            audited.take_funding(funding)
        elif entry.startswith(MOVEMENT):
            movement = movement_from(item)
            _compare_layout(audited, where, item, movement_item(movement))
            audited.take_movement(movement)
        else:
            audited.breaks.append(Break(rule="layout", where=where, detail="it is no funding, movement or balance"))
    except UNREADABLE as error:
        _unreadable(audited, where, error)


def _compare_layout(audited: FundsAudit, where: str, item: Item, expected: Item) -> None:
    differing = sorted(name for name in item.keys() | expected.keys() if item.get(name) != expected.get(name))
    if differing:
        detail = f"unexpected attributes: {', '.join(differing)}"
        audited.breaks.append(Break(rule="layout", where=where, detail=detail))


def _unreadable(audited: FundsAudit, where: str, error: Exception) -> None:
    detail = f"it cannot be read: {type(error).__name__}: {error}"
    audited.breaks.append(Break(rule="layout", where=where, detail=detail))


def _every(client: "DynamoDBClient", table: str) -> Iterator[Item]:
    for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from ({**item} for item in page["Items"])
