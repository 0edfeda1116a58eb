"""Read fundings, movements, disbursements and what is available for an audit, and compare them. It reads only.

The tables are read one after the other. What is written meanwhile may be in one and not in the other, so differences
are read again.
"""

from collections.abc import Callable, Iterator
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
from paysandbox.disbursements.funds_audit import FundsAudit, Of
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.disbursements.store.items import UNREADABLE, disbursement_from, disbursement_item
from paysandbox.disbursements.store.journal_entries import EntriesAudit, entries_of_disbursement
from paysandbox.funds.available import Available
from paysandbox.funds.available_table import AVAILABLE, available_from, merchant_of_sums
from paysandbox.funds.funds_table import (
    FUNDING,
    MOVEMENT,
    funding_from,
    funding_item,
    is_funding,
    movement_from,
    movement_item,
)
from paysandbox.funds.journal_entry import JournalEntry, entry_of_funding, entry_of_movement
from paysandbox.funds.journal_items import entry_from, is_entry
from paysandbox.payments.audit import Break

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]


def audit_funds(table: DisbursementsTable, *, look_again: Callable[[], bool]) -> FundsAudit:
    """Audit all funds. While there are differences, `look_again` waits, and returns whether to read all again."""
    while True:
        audited = _read(table)
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
        with suppress(*UNREADABLE):
            if not is_merchant(item[FUNDS_KEY]["S"]):
                continue
            if is_funding(item):
                yield entry_of_funding(funding_from(item))
            elif item[FUNDS_SORT]["S"].startswith(MOVEMENT):
                yield entry_of_movement(movement_from(item))


def _read(table: DisbursementsTable) -> FundsAudit:
    audited, stored, entered = FundsAudit(), dict[Of, Available](), EntriesAudit()
    entered.expect(*entries_of_funds(table))
    for item in disbursement_items(table):
        _take_disbursement(audited, item)
    for item in _every(table.client, table.funds.table):
        if is_merchant(item[FUNDS_KEY]["S"]):
            _take_funds(audited, item)
        elif is_entry(item):
            entered.take(entry_from(item))
        elif item[FUNDS_SORT]["S"] == AVAILABLE:
            merchant = merchant_of_sums(item[FUNDS_KEY]["S"])
            stored |= {(merchant, currency): of for currency, of in available_from(item).of.items()}
    audited.close(stored)
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


def _take_funds(audited: FundsAudit, item: Item) -> None:
    merchant, entry = item[FUNDS_KEY]["S"], item[FUNDS_SORT]["S"]
    where = f"{merchant} {entry}"
    try:
        if entry.startswith(FUNDING):
            if not is_funding(item):
                return
            funding = funding_from(item)
            _compare_layout(audited, where, item, funding_item(funding))
            audited.take_funding(funding)
        elif entry.startswith(MOVEMENT):
            movement = movement_from(item)
            _compare_layout(audited, where, item, movement_item(movement))
            audited.take_movement(movement)
        else:
            audited.breaks.append(Break(rule="layout", where=where, detail="it is no funding or movement"))
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
