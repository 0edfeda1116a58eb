"""The `SettlementEntries` table: the entries of each batch, one item per settlement line.

All of a batch's entries of one payment are in one partition. A partition holds captures sorted by payment, then
refunds, refund reversals, and what disputes took and returned, each in the same order: a line's id begins with a
prefix, followed by the body of its payment's id.
"""

import heapq
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.schema import ENTRIES_KEY, ENTRIES_SORT, ENTRY_SHARDS, TTL_ATTRIBUTE, shard_key
from paysandbox.core import ids
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.brand import Brand
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.settlement import Entry

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_PREFIXES: Final = (ids.CAPTURE, ids.REFUND, ids.REFUND_UPDATE, ids.ADJUSTMENT)
# Sorts after every character of an id.
_LAST: Final = "~"


@record
class Entries:
    """DynamoDB client, table name, and seconds to retain entries after their batch was opened (0: forever)."""

    client: "DynamoDBClient"
    table: str
    retention_s: int


def entry_key(entry: Entry) -> Item:
    """Return the primary key of an entry."""
    shard = ids.shard_of(entry.payment_id, ENTRY_SHARDS)
    return {
        ENTRIES_KEY: {"S": partition(entry.batch, entry.merchant, shard)},
        ENTRIES_SORT: {"S": entry.operation_id},
    }


def partition(batch: str, merchant: str, shard: int) -> str:
    """Return the partition key of one shard of a merchant's entries in a batch."""
    return shard_key(f"{batch}#{merchant}", shard)


def entry_item(entry: Entry, purge_at: int | None) -> Item:
    """Return an entry as an item. `purge_at` is in epoch seconds; None keeps the item forever."""
    item: Item = {
        **entry_key(entry),
        "batch": {"S": entry.batch},
        "merchant": {"S": entry.merchant},
        "currency": {"S": entry.currency},
        "payment_id": {"S": entry.payment_id},
        "kind": {"S": str(entry.kind)},
        "occurred_at": {"S": format_timestamp(entry.occurred_at)},
        "gross": {"N": str(entry.gross)},
        "fee": {"N": str(entry.fee)},
        "brand": {"S": str(entry.brand)},
        "last4": {"S": entry.last4},
    }
    if entry.reference is not None:
        item["reference"] = {"S": entry.reference}
    if entry.late:
        item["late"] = {"BOOL": True}
    if entry.planted is not None:
        item["planted"] = {"S": str(entry.planted)}
    if entry.early:
        item["early"] = {"BOOL": True}
    if purge_at is not None:
        item[TTL_ATTRIBUTE] = {"N": str(purge_at)}
    return item


def entry_from(item: Item) -> Entry:
    """Parse an entry from an item."""
    return Entry(
        batch=item["batch"]["S"],
        merchant=item["merchant"]["S"],
        currency=item["currency"]["S"],
        operation_id=item[ENTRIES_SORT]["S"],
        payment_id=item["payment_id"]["S"],
        kind=LineKind(item["kind"]["S"]),
        occurred_at=parse_timestamp(item["occurred_at"]["S"]),
        gross=int(item["gross"]["N"]),
        fee=int(item["fee"]["N"]),
        brand=Brand(item["brand"]["S"]),
        last4=item["last4"]["S"],
        reference=item["reference"]["S"] if "reference" in item else None,
        late="late" in item,
        planted=BreakType(item["planted"]["S"]) if "planted" in item else None,
        early="early" in item,
    )


def entries_of_merchant(entries: Entries, batch: str, merchant: str) -> Iterator[Entry]:
    """Iterate over a merchant's entries in a batch, unordered. Reads consistently; holds one page in memory."""
    for shard in range(ENTRY_SHARDS):
        yield from _range(entries, partition(batch, merchant, shard), "", _LAST)


def entries_of_payment(entries: Entries, batch: str, merchant: str, payment_id: str) -> list[Entry]:
    """Return a batch's entries of one payment."""
    shard, body = ids.shard_of(payment_id, ENTRY_SHARDS), _body(payment_id)
    where = partition(batch, merchant, shard)
    return [
        entry for prefix in _PREFIXES for entry in _range(entries, where, f"{prefix}_{body}", f"{prefix}_{body}{_LAST}")
    ]


def entries_by_payment(
    entries: Entries, batch: str, merchant: str, shard: int, *, after: str | None = None
) -> Iterator[tuple[str, list[Entry]]]:
    """Iterate over one shard of a merchant's entries in a batch, grouped by payment, after the payment id `after`.

    Each prefix is a range in the same order. They are merged: at most one page of each is in memory.
    """
    where = partition(batch, merchant, shard)
    start = f"{_body(after)}{_LAST}" if after else ""
    ranges = [_range(entries, where, f"{prefix}_{start}", f"{prefix}_{_LAST}") for prefix in _PREFIXES]
    for payment_id, group in groupby(heapq.merge(*ranges, key=_payment_of), key=_payment_of):
        yield payment_id, [*group]


def _payment_of(entry: Entry) -> str:
    return entry.payment_id


def _body(payment_id: str) -> str:
    return payment_id.removeprefix(f"{ids.AUTHORIZATION}_")


def _range(entries: Entries, where: str, first: str, last: str) -> Iterator[Entry]:
    """Query a partition's entries between two sort keys. DynamoDB compares keys by bytes, and rejects an empty key."""
    page: dict[str, Any] = {}
    while True:
        answer = entries.client.query(
            TableName=entries.table,
            KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
            ExpressionAttributeNames={"#0": ENTRIES_KEY, "#1": ENTRIES_SORT},
            ExpressionAttributeValues={":0": {"S": where}, ":1": {"S": first or "0"}, ":2": {"S": last}},
            ConsistentRead=True,
            **page,
        )
        yield from (entry_from({**item}) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        del answer  # otherwise two pages would be in memory while the next one loads
