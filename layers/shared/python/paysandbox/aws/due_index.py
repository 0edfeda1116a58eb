"""What is due, out of a sharded KEYS_ONLY index: the oldest first, a page of a shard at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from paysandbox.aws.schema import Index, shard_key
from paysandbox.core.timestamps import format_timestamp

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DueIndex:
    """Where to look: a table, its index of what is due, the partition of all that is (before its shard), the key."""

    client: "DynamoDBClient"
    table: str
    index: Index
    of: str
    id_attribute: str


@dataclass(frozen=True, slots=True)
class DuePage:
    """Ids of what is due, and where the next page of the shard begins (None: there is none)."""

    ids: tuple[str, ...]
    next_page: dict[str, Any] | None


def due_page(
    shelf: DueIndex, shard: int, until: datetime, *, limit: int, page: dict[str, Any] | None = None
) -> DuePage:
    """What is due until then, that instant included. An index may be late: what is named here is to be looked at."""
    start: dict[str, Any] = {"ExclusiveStartKey": page} if page else {}
    answer = shelf.client.query(
        TableName=shelf.table,
        IndexName=shelf.index.name,
        KeyConditionExpression="#0 = :0 AND #1 <= :1",
        ExpressionAttributeNames={"#0": shelf.index.partition_key, "#1": shelf.index.sort_key},
        ExpressionAttributeValues={":0": {"S": shard_key(shelf.of, shard)}, ":1": {"S": format_timestamp(until)}},
        Limit=limit,
        **start,
    )
    ids = tuple(item[shelf.id_attribute]["S"] for item in answer["Items"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types call every field of an answer optional
    last = answer.get("LastEvaluatedKey")
    return DuePage(ids, {**last} if last else None)
