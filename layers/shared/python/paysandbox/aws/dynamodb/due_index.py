"""Query a sharded KEYS_ONLY index for due items: oldest first, one page of a shard at a time."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from paysandbox.aws.schema import Index, shard_key
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@record(kw_only=True)
class DueIndex:
    """A table's index of due items. `of` is the partition without its shard; `id_attribute` is the table's key."""

    client: "DynamoDBClient"
    table: str
    index: Index
    of: str
    id_attribute: str


@record
class DuePage:
    """IDs of due items, and the start key of the shard's next page (None: last page)."""

    ids: tuple[str, ...]
    next_page: dict[str, Any] | None


def due_page(
    due_index: DueIndex, shard: int, until: datetime, *, limit: int, page: dict[str, Any] | None = None
) -> DuePage:
    """Return items due at or before `until`. Indexes are eventually consistent: check each item before acting on it."""
    start: dict[str, Any] = {"ExclusiveStartKey": page} if page else {}
    response = due_index.client.query(
        TableName=due_index.table,
        IndexName=due_index.index.name,
        KeyConditionExpression="#0 = :0 AND #1 <= :1",
        ExpressionAttributeNames={"#0": due_index.index.partition_key, "#1": due_index.index.sort_key},
        ExpressionAttributeValues={":0": {"S": shard_key(due_index.of, shard)}, ":1": {"S": format_timestamp(until)}},
        Limit=limit,
        **start,
    )
    ids = tuple(item[due_index.id_attribute]["S"] for item in response["Items"])  # pyright: ignore[reportTypedDictNotRequiredAccess] - boto3's types declare every field of a response optional
    last = response.get("LastEvaluatedKey")
    return DuePage(ids, {**last} if last else None)
