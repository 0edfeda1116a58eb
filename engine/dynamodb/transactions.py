"""TransactWriteItems: all of its writes, or none.

Source: Amazon DynamoDB API Reference, TransactWriteItems (with the reasons of TransactionCanceledException). Since the
caller holds a lock, no transaction conflicts with another request: TransactionConflict is not modelled.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.dynamodb.refusals import RefusedError, UnusualRequestError, invalid
from engine.dynamodb.requests import Request, check_parameters, text_in
from engine.dynamodb.store import Item, Tables
from engine.dynamodb.values import item_size
from engine.dynamodb.writes import OF_PARTS, Write, check_of, delete_of, put_of, update_request_of

WRITES_MAX: Final = 100
BYTES_MAX: Final = 4 * 1024 * 1024
TOKEN_CHARACTERS_MAX: Final = 36

_OF_TRANSACTION: Final = frozenset({"TransactItems", "ClientRequestToken"})

_WRITES: Final[Mapping[str, tuple[frozenset[str], Callable[[Request, Tables], Write]]]] = {
    "Put": (OF_PARTS | {"Item"}, put_of),
    "Update": (OF_PARTS | {"Key", "UpdateExpression"}, update_request_of),
    "Delete": (OF_PARTS | {"Key"}, delete_of),
    "ConditionCheck": (OF_PARTS | {"Key"}, check_of),
}


def transact_write_items(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer TransactWriteItems."""
    check_parameters(request, _OF_TRANSACTION)
    parts, token = request.get("TransactItems"), text_in(request, "ClientRequestToken")
    if type(parts) is not list:
        raise UnusualRequestError("TransactItems that are no list")
    if not 1 <= len(parts) <= WRITES_MAX:
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
            + (f"length less than or equal to {WRITES_MAX}" if parts else "length greater than or equal to 1")
        )
    if token is not None and not 1 <= len(token) <= TOKEN_CHARACTERS_MAX:
        raise invalid(
            "1 validation error detected: Value at 'clientRequestToken' failed to satisfy constraint: Member must have "
            + (f"length less than or equal to {TOKEN_CHARACTERS_MAX}" if token else "length greater than or equal to 1")
        )
    transaction = "" if token is None else _digest(parts)
    writes = [_write_of(part, tables) for part in parts]
    if len({(write.table.schema.name, write.key) for write in writes}) < len(writes):
        raise invalid("Transaction request cannot include multiple operations on one item")
    if token is not None and tables.tokens.is_repeated(token, transaction):
        return {}
    _perform(writes)
    if token is not None:
        tables.tokens.remember(token, transaction)
    return {}


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _write_of(part: Any, tables: Tables) -> Write:
    if type(part) is not dict or len(part) != 1:
        raise UnusualRequestError("a part of a transaction that has not one write")
    ((kind, request),) = part.items()
    if kind not in _WRITES:
        raise UnusualRequestError(f"{kind} in a transaction")
    known, write_of = _WRITES[kind]
    check_parameters(request, known)
    return write_of(request, tables)


def _perform(writes: list[Write]) -> None:
    """Perform all writes, or raise RefusedError with the reason of each that is impossible."""
    reasons: list[dict[str, Any]] = []
    changes: list[Item | None] = []
    size = 0
    for write in writes:
        stored = write.table.read(write.key)
        reason, changed = _planned(write, stored)
        reasons.append(reason)
        changes.append(changed)
        size += item_size(changed or stored or {})
    if any(reason["Code"] != "None" for reason in reasons):
        codes = ", ".join(reason["Code"] for reason in reasons)
        raise RefusedError(
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            {"CancellationReasons": reasons},
        )
    if size > BYTES_MAX:
        raise invalid("Transaction request exceeds the 4MB transaction size limit")
    for write, changed in zip(writes, changes, strict=True):
        if not write.only_checks:
            write.store(changed)


def _planned(write: Write, stored: Item | None) -> tuple[dict[str, Any], Item | None]:
    if not write.is_allowed(stored):
        reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        return (reason if stored is None or not write.returns_item else reason | {"Item": stored}), None
    try:
        return {"Code": "None"}, write.change(stored)
    except RefusedError as error:
        return {"Code": "ValidationError", "Message": error.message}, None
