"""Idempotent writes of a settlement run. Each can be repeated by a resumed run or by two runs at once.

All but one are writes of single items, mostly conditional. Entries are stored in a transaction that also checks their
shard's seal, since a delayed worker must not add to a batch whose books are closed. A transaction has up to 100 items,
which also reduces the number of calls by a factor of 100.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.schema import BATCHES_BY_MERCHANT, BATCHES_KEY
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.store import transact
from paysandbox.settlement.batch import BatchStatus, Count, Failure, ReportFile, Statement, StoredBatch
from paysandbox.settlement.batches import (
    Batches,
    Item,
    batch_facts,
    batch_key,
    closing_facts,
    exclusion_item,
    exclusion_key,
    failure_entry,
    latest_key,
    merchant_key,
    place_of,
    reports_entry,
    seal_key,
    statement_facts,
)
from paysandbox.settlement.entries import Entries, entry_item, entry_key
from paysandbox.settlement.settlement import Entry, Exclusion

AT_ONCE: Final = 100
"""DynamoDB's maximum number of items in a transaction."""

_REFUSED: Final = "ConditionalCheckFailed"


class BatchSealedError(Exception):
    """The books of the batch are being closed: it accepts no more entries."""


@dataclass(slots=True, kw_only=True)
class Page:
    """Entries of a page of payments, its excluded payments, and their entries that an earlier run had stored."""

    entries: list[Entry] = field(default_factory=list[Entry])
    excluded: list[Exclusion] = field(default_factory=list[Exclusion])
    withdrawn: list[Entry] = field(default_factory=list[Entry])

    @property
    def merchants(self) -> set[str]:
        """Merchants of the entries and of the excluded payments."""
        return {record.merchant for record in (*self.entries, *self.excluded)}


# --- opening ----------------------------------------------------------------------------------------------------------


def open_batch(batches: Batches, stored: StoredBatch) -> bool:
    """Open a batch if the previous one (`stored.before`, or none) is the latest and closed. Return whether it did."""
    item = {**latest_key(), **batch_facts(stored)}
    if stored.before is None:
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": BATCHES_KEY},
        }
    else:
        condition = {
            "ConditionExpression": "#0 = :0 AND #1 = :1",
            "ExpressionAttributeNames": {"#0": "batch", "#1": "status"},
            "ExpressionAttributeValues": {":0": {"S": stored.before}, ":1": {"S": str(BatchStatus.CLOSED)}},
        }
    return _put(batches, item, condition)


def store_copy(batches: Batches, stored: StoredBatch) -> None:
    """Store the readers' copy of a batch, unless it exists."""
    _put_new(batches, {**batch_key(stored.name), **batch_facts(stored)})


def take_over(batches: Batches, stored: StoredBatch, execution: str) -> bool:
    """Resume a batch as `execution` if its status is still that of `stored`. Return whether it was."""
    store_copy(batches, stored)
    status = stored.status
    if status is BatchStatus.FAILED:
        status = BatchStatus.CLOSING if stored.sealed_at else BatchStatus.OPEN
    change = _Change(facts={"execution": {"S": execution}, "status": {"S": str(status)}}, remove=("failure",))
    done = _change(batches, latest_key(), stored.name, change, seen=stored.status)
    if done:
        _change(batches, batch_key(stored.name), stored.name, change)
    return done


# --- entries ----------------------------------------------------------------------------------------------------------


def note_merchant(batches: Batches, batch: str, merchant: str) -> None:
    """Add a merchant to a batch, before any of its entries, so that closing the books misses no merchant."""
    _put_new(batches, {**merchant_key(batch, merchant), "merchant": {"S": merchant}})


def enter(batches: Batches, entries: Entries, stored: StoredBatch, due_shard: int, page: Page) -> None:
    """Store a page of entries and exclusions, up to 99 items per transaction. Idempotent.

    Raises BatchSealedError once the shard is sealed. That transaction writes nothing; its entries and all later ones
    are in the next batch.
    """
    purge_at = int(stored.opened_at.timestamp()) + entries.retention_s if entries.retention_s else None
    writes: list[Item] = [
        *({"Delete": {"TableName": entries.table, "Key": entry_key(entry)}} for entry in page.withdrawn),
        *(
            {"Put": {"TableName": batches.table, "Item": exclusion_item(stored.name, exclusion)}}
            for exclusion in page.excluded
        ),
        *({"Put": {"TableName": entries.table, "Item": entry_item(entry, purge_at)}} for entry in page.entries),
    ]
    unsealed: Item = {
        "ConditionCheck": {
            "TableName": batches.table,
            "Key": seal_key(stored.name, due_shard),
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": BATCHES_KEY},
        }
    }
    for start in range(0, len(writes), AT_ONCE - 1):
        _transact(batches, [unsealed, *writes[start : start + AT_ONCE - 1]])


# --- books ------------------------------------------------------------------------------------------------------------


def seal(batches: Batches, stored: StoredBatch, due_shards: Iterable[int], at: datetime) -> None:
    """Seal the shards. The batch accepts no more entries, and its entries are final."""
    for shard in due_shards:
        _put_new(batches, {**seal_key(stored.name, shard), "sealed_at": {"S": format_timestamp(at)}})
    change = _Change(
        facts={"status": {"S": str(BatchStatus.CLOSING)}}, first={"sealed_at": {"S": format_timestamp(at)}}
    )
    _change_both(batches, stored.name, change)


def drop_exclusion(batches: Batches, batch: str, exclusion: Exclusion) -> None:
    """Delete the exclusion of a payment that a later run entered."""
    batches.client.delete_item(TableName=batches.table, Key=exclusion_key(batch, exclusion))


def store_statement(
    batches: Batches, stored: StoredBatch, statement: Statement, *, listed: bool, beside: Sequence[Item] = ()
) -> bool:
    """Store a merchant's statement unless it exists, in one transaction with the writes `beside` it.

    Returns whether it was stored. With `listed`, the batch is in the merchant's list of batches.
    """
    facts = {"merchant": {"S": statement.merchant}, **statement_facts(statement)}
    if listed:
        facts |= {
            BATCHES_BY_MERCHANT.partition_key: {"S": statement.merchant},
            BATCHES_BY_MERCHANT.sort_key: {"S": place_of(stored.batch.name)},
        }
    update = _update(batches, merchant_key(stored.name, statement.merchant), facts, "attribute_not_exists(#t)")
    return not transact(batches.client, [{"Update": update}, *beside])


def store_reports(batches: Batches, statement: Statement, reports: Mapping[str, ReportFile]) -> None:
    """Store the object keys, sizes and SHA-256 of a merchant's reports."""
    key = merchant_key(statement.batch, statement.merchant)
    try:
        batches.client.update_item(**_update(batches, key, {"reports": reports_entry(reports)}, "attribute_exists(#t)"))
    except ClientError as error:
        if not is_condition_failure(error):
            raise


# --- the end ----------------------------------------------------------------------------------------------------------


def close_batch(
    batches: Batches, stored: StoredBatch, at: datetime, counts: Sequence[Count], *, merchants: int, set_aside: int
) -> None:
    """Close a batch: the readers' copy first, so that readers never see a closed batch as open for good."""
    facts = {"status": {"S": str(BatchStatus.CLOSED)}, **closing_facts(counts, merchants, set_aside)}
    _change_both(
        batches,
        stored.name,
        _Change(facts=facts, first={"closed_at": {"S": format_timestamp(at)}}, remove=("failure",)),
    )


def close_last(batches: Batches, closed: StoredBatch) -> None:
    """Close the `latest` item if it is this batch. Completes a run that stopped after it closed the readers' copy."""
    _change(batches, latest_key(), closed.name, _Change(facts=batch_facts(closed), remove=("failure",)))


def fail_batch(batches: Batches, batch: str, failure: Failure) -> None:
    """Mark a batch as failed, unless it is closed."""
    facts = {"status": {"S": str(BatchStatus.FAILED)}, "failure": failure_entry(failure)}
    _change_both(batches, batch, _Change(facts=facts))


@record(kw_only=True)
class _Change:
    """Attributes of a batch to set (`facts`), to set if they do not exist (`first`), and to remove."""

    facts: Mapping[str, Item]
    first: Mapping[str, Item] = field(default_factory=dict[str, Item])
    remove: tuple[str, ...] = ()


def _change_both(batches: Batches, batch: str, change: _Change) -> None:
    _change(batches, batch_key(batch), batch, change)
    _change(batches, latest_key(), batch, change)


def _change(batches: Batches, key: Item, batch: str, change: _Change, *, seen: BatchStatus | None = None) -> bool:
    """Update an item of a batch if its status is `seen`, or by default not closed. Return whether it was updated."""
    names = {"#b": "batch", "#s": "status"}
    values: Item = {":b": {"S": batch}, ":s": {"S": str(seen or BatchStatus.CLOSED)}}
    sets: list[str] = []
    for place, (name, value) in enumerate([*change.facts.items(), *change.first.items()]):
        names[f"#{place}"], values[f":{place}"] = name, value
        held = f"if_not_exists(#{place}, :{place})" if name in change.first else f":{place}"
        sets.append(f"#{place} = {held}")
    removes = [f"#r{place}" for place in range(len(change.remove))]
    names |= dict(zip(removes, change.remove, strict=True))
    try:
        batches.client.update_item(
            TableName=batches.table,
            Key=key,
            UpdateExpression=f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else ""),
            ConditionExpression=f"#b = :b AND #s {'=' if seen else '<>'} :s",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _update(batches: Batches, key: Item, facts: Mapping[str, Item], condition: str) -> Any:
    """Return the update that sets attributes of an item under a condition on its totals (`#t`)."""
    names = {"#t": "totals"} | {f"#{place}": name for place, name in enumerate(facts)}
    return {
        "TableName": batches.table,
        "Key": key,
        "UpdateExpression": "SET " + ", ".join(f"#{place} = :{place}" for place in range(len(facts))),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {f":{place}": value for place, value in enumerate(facts.values())},
    }


def _put_new(batches: Batches, item: Item) -> None:
    condition = {"ConditionExpression": "attribute_not_exists(#0)", "ExpressionAttributeNames": {"#0": BATCHES_KEY}}
    _put(batches, item, condition)


def _put(batches: Batches, item: Item, condition: dict[str, Any]) -> bool:
    try:
        batches.client.put_item(TableName=batches.table, Item=item, **condition)
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _transact(batches: Batches, writes: list[Any]) -> None:
    """Run a transaction whose first write checks that the batch is not sealed. Raises BatchSealedError if it is."""
    try:
        batches.client.transact_write_items(TransactItems=writes)
    except ClientError as error:
        reasons = _reasons(error)
        if reasons and reasons[0] == _REFUSED:
            raise BatchSealedError from None
        raise


def _reasons(error: ClientError) -> list[str]:
    response: Any = error.response
    return [reason.get("Code", "") for reason in response.get("CancellationReasons", ())]
