"""Many items of a table by their ids, read consistently: a hundred to a call, and what DynamoDB leaves over again."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from paysandbox.errors import Code, Refused

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_READ_AT_ONCE: Final = 100
_MAX_BATCH_TRIES: Final = 5


def items_by_id(
    client: "DynamoDBClient", table: str, id_attribute: str, ids: Iterable[str], *, only: tuple[str, ...] | None = None
) -> dict[str, dict[str, Any]]:
    """The items that there are, by id; with `only` no more of each than its id and these attributes.

    Raises Refused(service_unavailable) where DynamoDB leaves some over again and again.
    """
    found: dict[str, dict[str, Any]] = {}
    distinct = list(dict.fromkeys(ids))
    how: dict[str, Any] = {"ConsistentRead": True}
    if only is not None:
        names = {f"#{place}": name for place, name in enumerate((id_attribute, *only))}
        how |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    for start in range(0, len(distinct), _READ_AT_ONCE):
        wanted: list[Any] = [{id_attribute: {"S": one}} for one in distinct[start : start + _READ_AT_ONCE]]
        for _ in range(_MAX_BATCH_TRIES):
            asked: dict[str, Any] = {table: {**how, "Keys": wanted}}
            answer = client.batch_get_item(RequestItems=asked)
            items: list[dict[str, Any]] = [{**item} for item in answer["Responses"].get(table, [])]
            found |= {item[id_attribute]["S"]: item for item in items}
            left = answer["UnprocessedKeys"].get(table)
            wanted = [*left["Keys"]] if left else []
            if not wanted:
                break
        else:
            raise Refused(Code.SERVICE_UNAVAILABLE, "The table is busy; try again.")
    return found
