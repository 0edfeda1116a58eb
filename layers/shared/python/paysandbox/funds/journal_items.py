"""Items of the journal of merchants' balances, in the table of their funds."""

from typing import Any

from paysandbox.aws.index_shards import written_shards
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT, JOURNAL, shard_key, shard_of_text
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.funds.journal_entry import JournalEntry, entry_at

Item = dict[str, Any]


def journal_of(merchant: str) -> str:
    """Return the partition of a merchant's entries, which shards follow."""
    return f"{JOURNAL}{merchant}"


def entry_key(entry: JournalEntry, shards: int | None = None) -> Item:
    """Return the primary key of an entry. Of `shards`, see `written_shards`."""
    return key_at(entry.merchant, entry.position, shards)


def key_at(merchant: str, position: str, shards: int | None = None) -> Item:
    """Return the primary key of the entry at a position of a merchant's list, which is written to so many shards."""
    shard = shard_of_text(entry_at(position), written_shards(shards))
    return {FUNDS_KEY: {"S": shard_key(journal_of(merchant), shard)}, FUNDS_SORT: {"S": position}}


def entry_item(entry: JournalEntry, shards: int | None = None) -> Item:
    """Build the item of an entry."""
    item: Item = {
        **entry_key(entry, shards),
        "id": {"S": entry.id},
        "kind": {"S": entry.kind},
        "currency": {"S": entry.currency},
        "amount": {"N": str(entry.amount)},
    }
    if entry.fee:
        item["fee"] = {"N": str(entry.fee)}
    return item | ({"early": {"BOOL": True}} if entry.is_early else {})


def is_entry(item: Item) -> bool:
    """Return whether an item of the journal is an entry, and not a sum."""
    return "kind" in item


def entry_from(item: Item) -> JournalEntry:
    """Parse an entry from its item."""
    return JournalEntry(
        id=item["id"]["S"],
        merchant=item[FUNDS_KEY]["S"].removeprefix(JOURNAL).rpartition("#")[0],
        kind=item["kind"]["S"],
        currency=item["currency"]["S"],
        amount=int(item["amount"]["N"]),
        fee=int(item["fee"]["N"]) if "fee" in item else 0,
        at=parse_timestamp(item[FUNDS_SORT]["S"].partition("#")[0]),
        is_early="early" in item,
    )


def put_entry(table: str, entry: JournalEntry, shards: int | None = None) -> Item:
    """Return the part of a transaction that stores an entry. Another write of it makes it happen once."""
    return {"Put": {"TableName": table, "Item": entry_item(entry, shards)}}
