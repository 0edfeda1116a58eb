"""The operations. `answer` is what a server calls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.dynamodb.batches import batch_get_item, batch_write_item
from engine.dynamodb.reads import get_item, query, scan
from engine.dynamodb.refusals import UnusualRequestError
from engine.dynamodb.store import Tables
from engine.dynamodb.transactions import transact_write_items
from engine.dynamodb.writes import delete_item, put_item, update_item

OPERATIONS: Final[Mapping[str, Callable[[Mapping[str, Any], Tables], dict[str, Any]]]] = {
    "BatchGetItem": batch_get_item,
    "BatchWriteItem": batch_write_item,
    "DeleteItem": delete_item,
    "GetItem": get_item,
    "PutItem": put_item,
    "Query": query,
    "Scan": scan,
    "TransactWriteItems": transact_write_items,
    "UpdateItem": update_item,
}


def answer(operation: str, request: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    """Return the response of an operation (`PutItem`) to a request, both as in DynamoDB's JSON protocol.

    The caller holds the store's lock, and changes neither the request nor the response: a store keeps parts of the
    request, and a response has stored items. Raises RefusedError, or UnusualRequestError before anything was read.
    """
    perform = OPERATIONS.get(operation)
    if perform is None:
        raise UnusualRequestError(f"the operation {operation}")
    return perform(request, tables)
