"""The writes of a settlement's run: each may come again, from a run that is resumed or from two at once.

All are conditional writes of single items but one. An entry is put together with a look at its shard's seal, since a
worker that was held up must not add to a batch whose books are closed: that is one transaction of up to a hundred
items, which is also a hundredth of the calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure
from paysandbox.aws.schema import BATCHES_BY_MERCHANT, BATCHES_KEY
from paysandbox.core.timestamps import format_timestamp
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
"""What DynamoDB takes in a transaction."""

_MAX_TRIES: Final = 5
_CONFLICT: Final = "TransactionConflict"
_REFUSED: Final = "ConditionalCheckFailed"


class BatchSealedError(Exception):
    """The books of the batch are being closed: nothing is entered any more."""


@dataclass(slots=True, kw_only=True)
class Page:
    """What a look at some payments found: entries, what is left out, and entries of it that an earlier run had put."""

    entries: list[Entry] = field(default_factory=list[Entry])
    aside: list[Exclusion] = field(default_factory=list[Exclusion])
    withdrawn: list[Entry] = field(default_factory=list[Entry])

    @property
    def merchants(self) -> set[str]:
        """Whom it is about."""
        return {one.merchant for one in (*self.entries, *self.aside)}


# --- opening ----------------------------------------------------------------------------------------------------------


def open_batch(batches: Batches, kept: StoredBatch) -> bool:
    """Open a batch if the one before it (`kept.before`, or none) is the last, and closed. Whether it did."""
    item = {**latest_key(), **batch_facts(kept)}
    if kept.before is None:
        condition: dict[str, Any] = {
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": BATCHES_KEY},
        }
    else:
        condition = {
            "ConditionExpression": "#0 = :0 AND #1 = :1",
            "ExpressionAttributeNames": {"#0": "batch", "#1": "status"},
            "ExpressionAttributeValues": {":0": {"S": kept.before}, ":1": {"S": str(BatchStatus.CLOSED)}},
        }
    return _put(batches, item, condition)


def store_copy(batches: Batches, kept: StoredBatch) -> None:
    """Keep the batch where readers find it, unless it is there."""
    _put_new(batches, {**batch_key(kept.name), **batch_facts(kept)})


def take_over(batches: Batches, kept: StoredBatch, execution: str) -> bool:
    """Go on with a batch as it was seen (`kept`), as that execution. Whether it was still like that."""
    store_copy(batches, kept)
    status = kept.status
    if status is BatchStatus.FAILED:
        status = BatchStatus.CLOSING if kept.sealed_at else BatchStatus.OPEN
    change = _Change(facts={"execution": {"S": execution}, "status": {"S": str(status)}}, remove=("failure",))
    done = _change(batches, latest_key(), kept.name, change, seen=kept.status)
    if done:
        _change(batches, batch_key(kept.name), kept.name, change)
    return done


# --- entries ----------------------------------------------------------------------------------------------------------


def note_merchant(batches: Batches, batch: str, merchant: str) -> None:
    """Say that a batch may be about a merchant. Before anything of theirs is entered, so that the books miss nobody."""
    _put_new(batches, {**merchant_key(batch, merchant), "merchant": {"S": merchant}})


def enter(batches: Batches, entries: Entries, kept: StoredBatch, due_shard: int, page: Page) -> None:
    """Put what was found, a hundred to a call. Again makes no difference.

    Raises BatchSealedError once the shard is sealed, with nothing of that call put; what the batch should have had
    after that is in the next one.
    """
    purge_at = int(kept.opened_at.timestamp()) + entries.retention_s if entries.retention_s else None
    writes: list[Item] = [
        *({"Delete": {"TableName": entries.table, "Key": entry_key(one)}} for one in page.withdrawn),
        *({"Put": {"TableName": batches.table, "Item": exclusion_item(kept.name, one)}} for one in page.aside),
        *({"Put": {"TableName": entries.table, "Item": entry_item(one, purge_at)}} for one in page.entries),
    ]
    unsealed: Item = {
        "ConditionCheck": {
            "TableName": batches.table,
            "Key": seal_key(kept.name, due_shard),
            "ConditionExpression": "attribute_not_exists(#0)",
            "ExpressionAttributeNames": {"#0": BATCHES_KEY},
        }
    }
    for start in range(0, len(writes), AT_ONCE - 1):
        _transact(batches, [unsealed, *writes[start : start + AT_ONCE - 1]])


# --- books ------------------------------------------------------------------------------------------------------------


def seal(batches: Batches, kept: StoredBatch, due_shards: Iterable[int], at: datetime) -> None:
    """Let nothing be entered any more; from here on the entries are what they are."""
    for shard in due_shards:
        _put_new(batches, {**seal_key(kept.name, shard), "sealed_at": {"S": format_timestamp(at)}})
    change = _Change(
        facts={"status": {"S": str(BatchStatus.CLOSING)}}, first={"sealed_at": {"S": format_timestamp(at)}}
    )
    _change_both(batches, kept.name, change)


def drop_exclusion(batches: Batches, batch: str, one: Exclusion) -> None:
    """A payment that was left out first and entered by a later run is not left out."""
    batches.client.delete_item(TableName=batches.table, Key=exclusion_key(batch, one))


def store_statement(batches: Batches, kept: StoredBatch, statement: Statement, *, listed: bool) -> bool:
    """Keep what a batch says of a merchant, once; with `listed` among the merchant's batches. Whether it did."""
    facts = {"merchant": {"S": statement.merchant}, **statement_facts(statement)}
    if listed:
        facts |= {
            BATCHES_BY_MERCHANT.partition_key: {"S": statement.merchant},
            BATCHES_BY_MERCHANT.sort_key: {"S": place_of(kept.batch.name)},
        }
    return _set(batches, merchant_key(kept.name, statement.merchant), facts, "attribute_not_exists(#t)")


def store_reports(batches: Batches, statement: Statement, reports: Mapping[str, ReportFile]) -> None:
    """Say where a merchant's reports are."""
    key = merchant_key(statement.batch, statement.merchant)
    _set(batches, key, {"reports": reports_entry(reports)}, "attribute_exists(#t)")


# --- the end ----------------------------------------------------------------------------------------------------------


def close_batch(
    batches: Batches, kept: StoredBatch, at: datetime, counts: Sequence[Count], *, merchants: int, set_aside: int
) -> None:
    """Close a batch: its copy first, so that no batch is closed which readers see open for good."""
    facts = {"status": {"S": str(BatchStatus.CLOSED)}, **closing_facts(counts, merchants, set_aside)}
    _change_both(
        batches, kept.name, _Change(facts=facts, first={"closed_at": {"S": format_timestamp(at)}}, remove=("failure",))
    )


def close_last(batches: Batches, closed: StoredBatch) -> None:
    """Close the last batch as its copy is closed, if it is that one: for who ended between the two."""
    _change(batches, latest_key(), closed.name, _Change(facts=batch_facts(closed), remove=("failure",)))


def fail_batch(batches: Batches, batch: str, failure: Failure) -> None:
    """Say that a batch's run ended early, unless it is closed by now."""
    facts = {"status": {"S": str(BatchStatus.FAILED)}, "failure": failure_entry(failure)}
    _change_both(batches, batch, _Change(facts=facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Attributes of a batch that are set, that are set where they are not there, and that are removed."""

    facts: Mapping[str, Item]
    first: Mapping[str, Item] = field(default_factory=dict[str, Item])
    remove: tuple[str, ...] = ()


def _change_both(batches: Batches, batch: str, change: _Change) -> None:
    _change(batches, batch_key(batch), batch, change)
    _change(batches, latest_key(), batch, change)


def _change(batches: Batches, key: Item, batch: str, change: _Change, *, seen: BatchStatus | None = None) -> bool:
    """Change an item of a batch that is not closed, or whose status is `seen`. Whether it was done."""
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


def _set(batches: Batches, key: Item, facts: Mapping[str, Item], condition: str) -> bool:
    """Set attributes of an item under a condition on its totals (`#t`). Whether it was done."""
    names = {"#t": "totals"} | {f"#{place}": name for place, name in enumerate(facts)}
    values = {f":{place}": value for place, value in enumerate(facts.values())}
    try:
        batches.client.update_item(
            TableName=batches.table,
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{place} = :{place}" for place in range(len(facts))),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


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
    """All or nothing. Another run's transaction over the same items is a moment's matter."""
    for tries in range(1, _MAX_TRIES + 1):
        try:
            batches.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = _reasons(error)
            if reasons and reasons[0] == _REFUSED:
                raise BatchSealedError from None
            if _CONFLICT not in reasons or tries == _MAX_TRIES:
                raise
        else:
            return


def _reasons(error: ClientError) -> list[str]:
    told: Any = error.response
    return [reason.get("Code", "") for reason in told.get("CancellationReasons", ())]
