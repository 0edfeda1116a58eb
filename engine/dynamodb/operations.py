"""The operations. `answer` is what a server calls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.dynamodb.refusals import UnusualRequestError
from engine.dynamodb.store import Tables

_OPERATIONS: Final[Mapping[str, Callable[[Mapping[str, Any], Tables], dict[str, Any]]]] = {}


def answer(operation: str, request: Mapping[str, Any], tables: Tables) -> dict[str, Any]:
    """Return the response of an operation (`PutItem`) to a request, both as in DynamoDB's JSON protocol.

    The caller holds the store's lock, and changes neither the request nor the response: a store keeps parts of the
    request, and a response has stored items. Raises RefusedError, or UnusualRequestError before anything was read.
    """
    perform = _OPERATIONS.get(operation)
    if perform is None:
        raise UnusualRequestError(f"the operation {operation}")
    return perform(request, tables)
