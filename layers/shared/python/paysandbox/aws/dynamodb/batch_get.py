"""Read many items of a table by ID or key: consistent reads, 100 keys per call, with retries of unprocessed keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paysandbox.aws.dynamodb.batch_get_tables import AT_ONCE, UnprocessedKeysError, batch_get_tables
from paysandbox.core.errors import Code, Refused

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def items_by_id(
    client: "DynamoDBClient", table: str, id_attribute: str, ids: Iterable[str], *, only: tuple[str, ...] | None = None
) -> dict[str, dict[str, Any]]:
    """Return the items that exist, by ID. With `only`, each has no more than its ID and these attributes.

    Raises Refused(service_unavailable) if DynamoDB repeatedly leaves keys unprocessed.
    """
    keys = [{id_attribute: {"S": item_id}} for item_id in dict.fromkeys(ids)]
    names = (id_attribute, *only) if only is not None else None
    return {item[id_attribute]["S"]: item for item in items_by_key(client, table, keys, only=names)}


def items_by_key(
    client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]], *, only: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    """Return the items that exist for these distinct keys, in no order. With `only`, no more than these attributes.

    Raises Refused(service_unavailable) if DynamoDB repeatedly leaves keys unprocessed.
    """
    items: list[dict[str, Any]] = []
    for start in range(0, len(keys), AT_ONCE):
        try:
            items += batch_get_tables(client, {table: [{**key} for key in keys[start : start + AT_ONCE]]}, only=only)[
                table
            ]
        except UnprocessedKeysError:
            raise Refused(Code.SERVICE_UNAVAILABLE, "The table is busy. Retry.") from None
    return items
