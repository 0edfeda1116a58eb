"""Read items of several tables by key in one call, with retries of unprocessed keys."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws import backoff
from paysandbox.aws.outages import OutageError

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

AT_ONCE: Final = 100
"""Maximum number of keys in one BatchGetItem, over all tables."""

_MAX_TRIES: Final = 5


class UnprocessedKeysError(OutageError):
    """DynamoDB left keys unprocessed on every try. Retry later."""


def batch_get_tables(
    client: "DynamoDBClient",
    keys_by_table: Mapping[str, Sequence[Item]],
    *,
    only: tuple[str, ...] | None = None,
    eventually: Collection[str] = (),
) -> dict[str, list[Item]]:
    """Return the items that exist, by table, in no order. Takes at most `AT_ONCE` distinct keys.

    With `only`, no more of each item than these attributes. Tables in `eventually` are read at half the price, and may
    lack the newest writes; all others are read consistently. Raises UnprocessedKeysError.
    """
    result: dict[str, list[Item]] = {table: [] for table in keys_by_table}
    options: dict[str, Any] = {}
    if only is not None:
        names = {f"#{place}": name for place, name in enumerate(only)}
        options |= {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
    unprocessed: dict[str, Any] = {
        table: {**options, "ConsistentRead": table not in eventually, "Keys": [*keys]}
        for table, keys in keys_by_table.items()
        if keys
    }
    for failed in range(_MAX_TRIES):
        if not unprocessed:
            return result
        if failed:
            backoff.wait(failed)
        response = client.batch_get_item(RequestItems=unprocessed)
        for table, items in response["Responses"].items():
            result[table] += [{**item} for item in items]
        unprocessed = {**response["UnprocessedKeys"]}
    raise UnprocessedKeysError(f"{sum(len(request['Keys']) for request in unprocessed.values())} keys")
