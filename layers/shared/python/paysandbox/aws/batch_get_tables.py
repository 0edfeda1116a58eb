"""Items of several tables by their keys in one consistent read, and what DynamoDB leaves over in another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

AT_ONCE: Final = 100
"""Keys that DynamoDB takes in one call, over all tables."""

_MAX_TRIES: Final = 5


class UnprocessedKeysError(Exception):
    """DynamoDB left some unread again and again: it is to be asked later."""


def batch_get_tables(
    client: "DynamoDBClient", wanted: Mapping[str, Sequence[Item]], *, only: tuple[str, ...] | None = None
) -> dict[str, list[Item]]:
    """What there is of these keys, by table, in no order. At most `AT_ONCE` keys, each named once.

    With `only` no more of each item than these attributes. Raises LeftOverError.
    """
    found: dict[str, list[Item]] = {table: [] for table in wanted}
    how: dict[str, Any] = {"ConsistentRead": True}
    if only is not None:
        names = {f"#{place}": name for place, name in enumerate(only)}
        how |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    left: dict[str, Any] = {table: {**how, "Keys": [*keys]} for table, keys in wanted.items() if keys}
    for _ in range(_MAX_TRIES):
        if not left:
            return found
        answer = client.batch_get_item(RequestItems=left)
        for table, items in answer["Responses"].items():
            found[table] += [{**item} for item in items]
        left = {**answer["UnprocessedKeys"]}
    raise UnprocessedKeysError(f"{sum(len(one['Keys']) for one in left.values())} keys")
