"""Many items of a table by id or key, read consistently: a hundred to a call, and what DynamoDB leaves over again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paysandbox.aws.batch_get_tables import AT_ONCE, UnprocessedKeysError, batch_get_tables
from paysandbox.core.errors import Code, Refused

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def items_by_id(
    client: "DynamoDBClient", table: str, id_attribute: str, ids: Iterable[str], *, only: tuple[str, ...] | None = None
) -> dict[str, dict[str, Any]]:
    """The items that there are, by id; with `only` no more of each than its id and these attributes.

    Raises Refused(service_unavailable) where DynamoDB leaves some over again and again.
    """
    keys = [{id_attribute: {"S": one}} for one in dict.fromkeys(ids)]
    names = (id_attribute, *only) if only is not None else None
    return {item[id_attribute]["S"]: item for item in items_by_key(client, table, keys, only=names)}


def items_by_key(
    client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]], *, only: tuple[str, ...] | None = None
) -> list[dict[str, Any]]:
    """The items that there are of these keys, each named once, in no order; with `only` no more than these attributes.

    Raises Refused(service_unavailable) where DynamoDB leaves some over again and again.
    """
    found: list[dict[str, Any]] = []
    for start in range(0, len(keys), AT_ONCE):
        try:
            found += batch_get_tables(client, {table: [{**key} for key in keys[start : start + AT_ONCE]]}, only=only)[
                table
            ]
        except UnprocessedKeysError:
            raise Refused(Code.SERVICE_UNAVAILABLE, "The table is busy; try again.") from None
    return found
