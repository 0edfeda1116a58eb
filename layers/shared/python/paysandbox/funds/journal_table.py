"""The journal of merchants' balances, in the table of their funds.

    journal#<merchant>#<shard>  <time>#<id>         an entry, written once
    journal#<merchant>#sums     entered#<currency>  the sum of the entries of payments
    journal#<merchant>#sums     available           what is available (`available_table`)

Entries of payments are written with their sums in one transaction, whose conditions are that no entry exists. So an
entry counts once, whatever is repeated or stops halfway. Entries are never deleted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.batch_get import items_by_key
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT, JOURNAL_LIST, shard_key
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.available import Available, Sums
from paysandbox.funds.available_table import AVAILABLE, available_from, give_early, sums_of
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_items import entry_from, entry_item, entry_key, journal_of, key_at, put_entry
from paysandbox.funds.store import FundsTable, Item, failed_conditions, is_false

_ENTERED: Final = "entered#"
_NET: Final = "net"

_AT_ONCE: Final = 80
"""Entries in a transaction of at most 100 items. Their sums are at most as many more: what does not fit waits."""
_ITEMS_MAX: Final = 100
_MAX_TRIES: Final = 8
"""Of a transaction that other writes were in the way of, beyond those of the client."""

T = TypeVar("T")
_Of = tuple[str, str]
"""Merchant and currency."""


def store_entry(table: FundsTable, entry: JournalEntry) -> None:
    """Store an entry that is in no sum. Once more, it is the same."""
    table.client.put_item(TableName=table.table, Item=entry_item(entry, table.shards))


def enter(table: FundsTable, entries: Iterable[JournalEntry]) -> int:
    """Store the entries of payments that are not stored yet, and add them to their sums. Returns how many were stored.

    Raises ClientError if other writes were in the way for too long.
    """
    # A transaction has each item once.
    waiting, stored = [*{(entry.merchant, entry.position): entry for entry in entries}.values()], 0
    while waiting:
        chunk = _chunk(waiting)
        waiting = waiting[len(chunk) :]
        stored += _enter_chunk(table, chunk)
    return stored


def correct_fees(table: FundsTable, final: Iterable[JournalEntry]) -> int:
    """Give stored entries of payments the fee that their settlement recorded. Returns how many had another one.

    What is not stored is left alone: it will be entered with its final fee. Raises as `enter` does.
    """
    expected = {(entry.merchant, entry.position): entry for entry in final}
    keys = [entry_key(entry, table.shards) for entry in expected.values()]
    corrected = 0
    for item in items_by_key(table.client, table.table, keys) if keys else ():
        stored = entry_from(item)
        entry = expected[stored.merchant, stored.position]
        if stored.fee != entry.fee:
            corrected += _correct_fee(table, stored, entry)
    return corrected


def read_entries(table: FundsTable, merchant: str, positions: Iterable[str]) -> list[JournalEntry]:
    """Return a merchant's entries at these positions, in no order, read consistently.

    Raises Refused(service_unavailable) if DynamoDB repeatedly leaves keys unprocessed.
    """
    keys = [key_at(merchant, position, table.shards) for position in positions]
    return [entry_from(item) for item in items_by_key(table.client, table.table, keys)]


def find_entry(table: FundsTable, merchant: str, ending: str) -> JournalEntry | None:
    """Return a merchant's entry whose ID ends so, and whose time is not known, read consistently.

    It reads shard after shard, the oldest entries first, until it is there.
    """
    paginator = table.client.get_paginator("query")
    for shard in range(index_shards().read):
        pages: Any = paginator.paginate(
            TableName=table.table,
            KeyConditionExpression="#0 = :0",
            FilterExpression="contains(#1, :1)",
            ExpressionAttributeNames={"#0": FUNDS_KEY, "#1": "id"},
            ExpressionAttributeValues={":0": {"S": shard_key(journal_of(merchant), shard)}, ":1": {"S": ending}},
            ConsistentRead=True,
        )
        for page in pages:
            for entry in map(entry_from, page["Items"]):
                if entry.id.endswith(ending):
                    return entry
    return None


def journal_index(
    table: FundsTable,
    merchant: str,
    fetch: Callable[[Sequence[str]], Mapping[str, T]],
    *,
    tied_to: tuple[str | None, ...],
    since: datetime | None = None,
    until: datetime | None = None,
) -> ShardedIndex[T]:
    """Return the list of a merchant's entries from `since` (inclusive) to `until` (exclusive), read consistently.

    `fetch` returns what is shown of the entries by their positions.
    """
    return ShardedIndex(
        client=table.client,
        table=table.table,
        id_attribute=FUNDS_SORT,
        index=JOURNAL_LIST,
        of=journal_of(merchant),
        tied_to=tied_to,
        mine=lambda _: True,
        fetch=fetch,
        since=format_timestamp(since) if since else None,
        until=format_timestamp(until) if until else None,
    )


def read_sums(table: FundsTable, merchant: str) -> dict[str, Sums]:
    """Return the sums of a merchant's balance by currency, read consistently in one query."""
    found: Any = table.client.query(
        TableName=table.table,
        KeyConditionExpression="#0 = :0",
        ExpressionAttributeNames={"#0": FUNDS_KEY},
        ExpressionAttributeValues={":0": {"S": sums_of(merchant)}},
        ConsistentRead=True,
    )
    items = {item[FUNDS_SORT]["S"]: item for item in found["Items"]}
    available = available_from(items.pop(AVAILABLE, None)).of
    entered = {of.removeprefix(_ENTERED): int(item[_NET]["N"]) for of, item in items.items()}
    return {
        currency: Sums(entered=entered.get(currency, 0), available=available.get(currency, Available()))
        for currency in sorted({*entered, *available})
    }


def replace_entered(table: FundsTable, merchant: str, currency: str, *, before: int, after: int) -> bool:
    """Replace the sum of a merchant's entries of payments, for a rebuild. Returns False if it is not `before`."""
    condition = "#0 = :1" if before else "attribute_not_exists(#0) OR #0 = :1"
    update: Any = {
        "TableName": table.table,
        "Key": _entered_key(merchant, currency),
        "UpdateExpression": "SET #0 = :0",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#0": _NET},
        "ExpressionAttributeValues": {":0": {"N": str(after)}, ":1": {"N": str(before)}},
    }
    return not _transact(table, [{"Update": update}])


def _entered_key(merchant: str, currency: str) -> Item:
    return {FUNDS_KEY: {"S": sums_of(merchant)}, FUNDS_SORT: {"S": f"{_ENTERED}{currency}"}}


def _chunk(waiting: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """Return the first entries that fit into a transaction with their sums, at least one."""
    sums: set[tuple[str, ...]] = set()
    for place, entry in enumerate(waiting[:_AT_ONCE]):
        sums.add((entry.merchant, entry.currency))
        if entry.is_early:
            sums.add((entry.merchant,))
        if place + 1 + len(sums) > _ITEMS_MAX:
            return waiting[:place]
    return waiting[:_AT_ONCE]


def _enter_chunk(table: FundsTable, chunk: Sequence[JournalEntry]) -> int:
    """Store those of a few entries that are not stored yet."""
    while chunk:
        puts = [_put_new(table, entry) for entry in chunk]
        reasons = _transact(table, [*puts, *_additions(table, chunk)])
        if not reasons:
            break
        # Stored by an earlier run of this batch of records, or by a rebuild at the same time.
        chunk = [entry for entry, reason in zip(chunk, reasons, strict=False) if not is_false(reason)]
    return len(chunk)


def _put_new(table: FundsTable, entry: JournalEntry) -> Item:
    """Return the part of a transaction that stores an entry. Its condition fails if it is stored already."""
    put = put_entry(table.table, entry, table.shards)["Put"]
    condition = {"ConditionExpression": "attribute_not_exists(#0)", "ExpressionAttributeNames": {"#0": FUNDS_KEY}}
    return {"Put": {**put, **condition}}


def _additions(table: FundsTable, entries: Iterable[JournalEntry]) -> list[Item]:
    net, early = Counter[_Of](), defaultdict[str, Counter[str]](Counter[str])
    for entry in entries:
        net[entry.merchant, entry.currency] += entry.net
        if entry.is_early:
            early[entry.merchant][entry.currency] += entry.net
    given = (give_early(table, merchant, amounts) for merchant, amounts in sorted(early.items()))
    return [*(_add(table, of, net[of]) for of in sorted(net)), *given]


def _add(table: FundsTable, of: _Of, net: int) -> Item:
    """Return the part of a transaction that adds to the sum of entries. It never fails."""
    return {
        "Update": {
            "TableName": table.table,
            "Key": _entered_key(*of),
            "UpdateExpression": "ADD #0 :0",
            "ExpressionAttributeNames": {"#0": _NET},
            "ExpressionAttributeValues": {":0": {"N": str(net)}},
        }
    }


def _correct_fee(table: FundsTable, stored: JournalEntry, final: JournalEntry) -> bool:
    """Replace the fee of a stored entry, unless it was replaced meanwhile."""
    put = {
        "Put": {
            "TableName": table.table,
            "Item": entry_item(final, table.shards),
            "ConditionExpression": "#0 = :0" if stored.fee else "attribute_exists(#1) AND attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": "fee"} | ({} if stored.fee else {"#1": FUNDS_KEY}),
            **({"ExpressionAttributeValues": {":0": {"N": str(stored.fee)}}} if stored.fee else {}),
        }
    }
    difference = stored.fee - final.fee
    of = (final.merchant, final.currency)
    early = [give_early(table, final.merchant, {final.currency: difference})] if final.is_early else []
    return not _transact(table, [put, _add(table, of, difference), *early])


def _transact(table: FundsTable, writes: list[Any]) -> list[Item]:
    """Run a transaction. Returns DynamoDB's reasons if a condition was false, nothing if all is written.

    Raises ClientError for anything else, and if other writes were in the way for too long.
    """
    tries = 0
    while True:
        tries += 1
        try:
            table.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if reasons := failed_conditions(error):
                return reasons
            response: Any = error.response
            if tries == _MAX_TRIES or not is_contention(response):
                raise
            backoff.wait(tries)
        else:
            return []
