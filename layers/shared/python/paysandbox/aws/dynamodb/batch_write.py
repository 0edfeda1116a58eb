"""Put and delete items of a table in batches of 25, in as few calls as possible."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws import backoff
from paysandbox.core.errors import Code, Refused

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

WRITE_AT_ONCE: Final = 25
"""What a call takes: Amazon DynamoDB API reference, "BatchWriteItem"."""

_MAX_TRIES: Final = 5

Item = dict[str, Any]


def put_request(item: Item) -> Item:
    """Return the request that stores an item, in place of one with the same key."""
    return {"PutRequest": {"Item": item}}


def delete_request(key: Item) -> Item:
    """Return the request that deletes the item with this key, if there is one."""
    return {"DeleteRequest": {"Key": key}}


def write_in_batches(client: "DynamoDBClient", table: str, requests: Sequence[Item], *, busy: str) -> None:
    """Make these requests, no two of them for one item. Not atomic: some may be made before an error.

    Raises Refused(service_unavailable), with the text `busy`, if DynamoDB left some unprocessed five times.
    """
    for start in range(0, len(requests), WRITE_AT_ONCE):
        wanted: list[Any] = [*requests[start : start + WRITE_AT_ONCE]]
        for failed in range(_MAX_TRIES):
            if failed:
                backoff.wait(failed)
            answer = client.batch_write_item(RequestItems={table: wanted})
            wanted = [*answer["UnprocessedItems"].get(table, [])]
            if not wanted:
                break
        else:
            raise Refused(Code.SERVICE_UNAVAILABLE, busy)
