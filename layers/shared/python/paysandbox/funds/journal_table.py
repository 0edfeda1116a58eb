"""The journal of merchants' balances, in the table of their funds.

    journal#<merchant>#<shard>  <time>#<id>         an entry, written once
    journal#<merchant>#sums     entered#<currency>  the sums of the entries of payments
    journal#<merchant>#sums     settled             what settlement batches have of the merchant, by currency

Entries of payments are written with their sums in one transaction, whose conditions are that no entry exists. So an
entry counts once, whatever is repeated or stops halfway. Entries are never deleted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.batch_get import items_by_key
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT, JOURNAL_LIST
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.funds_table import FundsTable, Item, failed_conditions, is_false
from paysandbox.funds.journal_entry import JournalEntry, SettledSums, Sums
from paysandbox.funds.journal_items import entry_from, entry_item, entry_key, journal_of, key_at, put_entry

_SUMS: Final = "sums"
_ENTERED: Final = "entered#"
_SETTLED: Final = "settled"
_NET: Final = "net"
_EARLY: Final = "early"
_BATCH: Final = "batch"
_SUMS_BY_CURRENCY: Final = "sums"

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


@record
class Settled:
    """What settlement batches have of a merchant by currency, up to the last one (None: there was none)."""

    batch: str | None
    sums: Mapping[str, SettledSums]


def read_settled(table: FundsTable, merchant: str) -> Settled:
    """Return what settlement batches have of a merchant, read consistently."""
    key: Any = _sums_key(merchant, _SETTLED)
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return _settled_in(found.get("Item"))


def put_settled(table: FundsTable, merchant: str, before: Settled, after: Settled) -> Item:
    """Return the part of a transaction that stores what batches have. Its condition fails if it is not as `before`."""
    sums = {
        currency: {"M": {name: {"N": str(value)} for name, value in vars(of).items()}}
        for currency, of in sorted(after.sums.items())
    }
    condition: Item = (
        {
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": FUNDS_KEY},
        }
        if before.batch is None
        else {
            "ConditionExpression": "#0 = :0",
            "ExpressionAttributeNames": {"#0": _BATCH},
            "ExpressionAttributeValues": {":0": {"S": before.batch}},
        }
    )
    item = {**_sums_key(merchant, _SETTLED), _BATCH: {"S": after.batch or ""}, _SUMS_BY_CURRENCY: {"M": sums}}
    return {"Put": {"TableName": table.table, "Item": item, **condition}}


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
    """Return the sums of a merchant's entries by currency, read consistently."""
    found: Any = table.client.query(
        TableName=table.table,
        KeyConditionExpression="#0 = :0",
        ExpressionAttributeNames={"#0": FUNDS_KEY},
        ExpressionAttributeValues={":0": {"S": f"{journal_of(merchant)}#{_SUMS}"}},
        ConsistentRead=True,
    )
    entered = {
        item[FUNDS_SORT]["S"].removeprefix(_ENTERED): item
        for item in found["Items"]
        if item[FUNDS_SORT]["S"].startswith(_ENTERED)
    }
    settled = next(
        (_settled_in(item) for item in found["Items"] if item[FUNDS_SORT]["S"] == _SETTLED), _settled_in(None)
    )
    return {
        currency: Sums(
            entered=_number(entered.get(currency), _NET),
            early=_number(entered.get(currency), _EARLY),
            settled=settled.sums.get(currency, SettledSums()),
        )
        for currency in sorted({*entered, *settled.sums})
    }


def replace_entered(table: FundsTable, merchant: str, currency: str, before: Sums, *, entered: int, early: int) -> bool:
    """Replace the sums of a merchant's entries of payments, for a rebuild. Returns False if they are not `before`."""
    is_there = before.entered or before.early
    condition = "#0 = :2" if is_there else "attribute_not_exists(#0) OR #0 = :2"
    update: Any = {
        "TableName": table.table,
        "Key": _sums_key(merchant, f"{_ENTERED}{currency}"),
        "UpdateExpression": "SET #0 = :0, #1 = :1",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#0": _NET, "#1": _EARLY},
        "ExpressionAttributeValues": {
            ":0": {"N": str(entered)},
            ":1": {"N": str(early)},
            ":2": {"N": str(before.entered)},
        },
    }
    return not _transact(table, [{"Update": update}])


def _settled_in(item: Item | None) -> Settled:
    if item is None:
        return Settled(None, {})
    sums = item[_SUMS_BY_CURRENCY]["M"]
    return Settled(
        item[_BATCH]["S"],
        {
            currency: SettledSums(**{name: int(value["N"]) for name, value in of["M"].items()})
            for currency, of in sums.items()
        },
    )


def _number(item: Item | None, name: str) -> int:
    return int(item[name]["N"]) if item is not None and name in item else 0


def _sums_key(merchant: str, of: str) -> Item:
    return {FUNDS_KEY: {"S": f"{journal_of(merchant)}#{_SUMS}"}, FUNDS_SORT: {"S": of}}


def _chunk(waiting: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """Return the first entries that fit into a transaction with their sums, at least one."""
    sums: set[_Of] = set()
    for place, entry in enumerate(waiting[:_AT_ONCE]):
        sums.add((entry.merchant, entry.currency))
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
    net, early = Counter[_Of](), Counter[_Of]()
    for entry in entries:
        net[entry.merchant, entry.currency] += entry.net
        early[entry.merchant, entry.currency] += entry.net if entry.is_early else 0
    return [_add(table, of, net[of], early[of]) for of in sorted(net)]


def _add(table: FundsTable, of: _Of, net: int, early: int) -> Item:
    """Return the part of a transaction that adds to the sums of entries. It never fails."""
    merchant, currency = of
    names, values = {"#0": _NET}, {":0": {"N": str(net)}}
    if early:
        names["#1"], values[":1"] = _EARLY, {"N": str(early)}
    return {
        "Update": {
            "TableName": table.table,
            "Key": _sums_key(merchant, f"{_ENTERED}{currency}"),
            "UpdateExpression": "ADD #0 :0, #1 :1" if early else "ADD #0 :0",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
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
    return not _transact(table, [put, _add(table, of, difference, difference if final.is_early else 0)])


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
