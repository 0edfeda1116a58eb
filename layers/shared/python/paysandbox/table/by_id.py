"""Many items of a table by their ids, read consistently: a hundred to a call, and what DynamoDB leaves over again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from paysandbox.errors import Code, Refused
from paysandbox.table.many import AT_ONCE, LeftOverError, read_many

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def items_by_id(
    client: "DynamoDBClient", table: str, id_attribute: str, ids: Iterable[str], *, only: tuple[str, ...] | None = None
) -> dict[str, dict[str, Any]]:
    """The items that there are, by id; with `only` no more of each than its id and these attributes.

    Raises Refused(service_unavailable) where DynamoDB leaves some over again and again.
    """
    found: dict[str, dict[str, Any]] = {}
    distinct = list(dict.fromkeys(ids))
    parts = None if only is None else (id_attribute, *only)
    for start in range(0, len(distinct), AT_ONCE):
        keys = [{id_attribute: {"S": one}} for one in distinct[start : start + AT_ONCE]]
        try:
            items = read_many(client, {table: keys}, only=parts)[table]
        except LeftOverError:
            raise Refused(Code.SERVICE_UNAVAILABLE, "The table is busy; try again.") from None
        found |= {item[id_attribute]["S"]: item for item in items}
    return found
