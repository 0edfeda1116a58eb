"""The items of the Disbursements table in which the entries of ACH files are collected.

A file is one item, with its entries in it. An entry joins by one conditional write: that the file is not frozen, is not
full, and does not have it. The file is frozen by one write, which returns what it has. So an entry that a frozen file
does not have can never be in it, and may join the next one.

They have a partition of their own, which no customer's key can be, and are in no list.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import DISBURSEMENTS_KEY, DISBURSEMENTS_SORT
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.disbursements.ach.file_name import FileName
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable

ACH_PARTITION: Final = "ach"
"""The customers' keys contain the merchant and a separator, so none is this word."""

MAX_COLLECTED: Final = 250
"""Entries of a file. Each write of an item costs by its size: these have up to 100 kB."""

_CLOSED: Final = "closed"
"""The sort key of the item that names the last window that is closed. It sorts after those of files."""

_COUNT: Final = "count"
_FROZEN: Final = "frozen_at"
_WRITTEN: Final = "written_at"


class MalformedAnswerError(Exception):
    """DynamoDB answered with something else than it should. The write may have taken effect."""


@record(kw_only=True)
class Collected:
    """A collected entry: the disbursement's batch ID, its amount in cents, who is paid, and the sealed bank account."""

    id: str
    amount: int
    merchant: str
    customer_id: str
    disbursement_id: str
    sealed: bytes


@record(kw_only=True)
class Collection:
    """The entries of a file by their IDs, since when no other may join (UTC), and whether the file was written."""

    entries: Mapping[str, Collected]
    frozen_at: datetime | None
    is_written: bool

    @property
    def is_full(self) -> bool:
        """Whether no other entry fits. Then there may be another file of the same window."""
        return len(self.entries) >= MAX_COLLECTED


def collect(table: DisbursementsTable, name: FileName, entry: Collected) -> Collection | None:
    """Add an entry to a file and return None, or return the file as it is if the entry is in it or cannot join.

    Raises MalformedAnswerError, and errors of DynamoDB.
    """
    try:
        answer: Any = table.client.update_item(
            TableName=table.table,
            Key=_key(str(name)),
            UpdateExpression="SET #id = :entry ADD #count :one",
            ConditionExpression="attribute_not_exists(#frozen) AND attribute_not_exists(#id) "
            "AND (attribute_not_exists(#count) OR #count < :max)",
            ExpressionAttributeNames={"#id": entry.id, "#count": _COUNT, "#frozen": _FROZEN},
            ExpressionAttributeValues={
                ":entry": {"M": _written(entry)},
                ":one": {"N": "1"},
                ":max": {"N": str(MAX_COLLECTED)},
            },
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return _collection(item_on_conflict(error) or {})
    if entry.id not in answer.get("Attributes", {}):
        raise MalformedAnswerError
    return None


def freeze(table: DisbursementsTable, name: FileName, at: datetime) -> Collection:
    """Let no other entry join a file, and return those that have. Freezing it again returns the same ones."""
    answer: Any = table.client.update_item(
        TableName=table.table,
        Key=_key(str(name)),
        UpdateExpression="SET #frozen = if_not_exists(#frozen, :at)",
        ExpressionAttributeNames={"#frozen": _FROZEN},
        ExpressionAttributeValues={":at": {"S": format_timestamp(at)}},
        ReturnValues="ALL_NEW",
    )
    return _collection(answer["Attributes"])


def find_collection(table: DisbursementsTable, name: FileName) -> Collection | None:
    """Return what a file has collected, read consistently, or None if there is no such file."""
    found: Any = table.client.get_item(TableName=table.table, Key=_key(str(name)), ConsistentRead=True)
    return _collection(found["Item"]) if "Item" in found else None


def note_written(table: DisbursementsTable, name: FileName, at: datetime) -> None:
    """Note that a frozen file was written."""
    table.client.update_item(
        TableName=table.table,
        Key=_key(str(name)),
        UpdateExpression="SET #written = if_not_exists(#written, :at)",
        ExpressionAttributeNames={"#written": _WRITTEN},
        ExpressionAttributeValues={":at": {"S": format_timestamp(at)}},
    )


def last_closed(table: DisbursementsTable) -> str | None:
    """Return the name of the last window that is closed, or None before the first one."""
    found: Any = table.client.get_item(TableName=table.table, Key=_key(_CLOSED), ConsistentRead=True)
    return found["Item"]["window"]["S"] if "Item" in found else None


def note_closed(table: DisbursementsTable, window_name: str) -> None:
    """Note that a window, and all before it, are closed: their files are frozen and written."""
    try:
        table.client.update_item(
            TableName=table.table,
            Key=_key(_CLOSED),
            UpdateExpression="SET #0 = :0",
            ConditionExpression="attribute_not_exists(#0) OR #0 < :0",
            ExpressionAttributeNames={"#0": "window"},
            ExpressionAttributeValues={":0": {"S": window_name}},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise


def _key(sort: str) -> Any:
    return {DISBURSEMENTS_KEY: {"S": ACH_PARTITION}, DISBURSEMENTS_SORT: {"S": sort}}


def _written(entry: Collected) -> Any:
    return {
        "amount": {"N": str(entry.amount)},
        "merchant": {"S": entry.merchant},
        "customer": {"S": entry.customer_id},
        "disbursement": {"S": entry.disbursement_id},
        "sealed": {"B": entry.sealed},
    }


def _collection(item: Mapping[str, Any]) -> Collection:
    # Only entries are maps.
    return Collection(
        entries={name: _entry(name, value["M"]) for name, value in item.items() if "M" in value},
        frozen_at=parse_timestamp(item[_FROZEN]["S"]) if _FROZEN in item else None,
        is_written=_WRITTEN in item,
    )


def _entry(entry_id: str, found: Any) -> Collected:
    return Collected(
        id=entry_id,
        amount=int(found["amount"]["N"]),
        merchant=found["merchant"]["S"],
        customer_id=found["customer"]["S"],
        disbursement_id=found["disbursement"]["S"],
        sealed=bytes(found["sealed"]["B"]),
    )
