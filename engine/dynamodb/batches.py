"""BatchGetItem and BatchWriteItem.

Source: Amazon DynamoDB API Reference, the operations of these names.
"""

from collections.abc import Mapping
from typing import Any, Final

from engine.dynamodb.keys import key_of
from engine.dynamodb.projections import SLOT as _PROJECTION, Projection
from engine.dynamodb.reads import projection_in
from engine.dynamodb.refusals import UnusualRequestError, invalid
from engine.dynamodb.requests import Request, check_expressions, check_parameters, flag_in, table_of
from engine.dynamodb.store import Item, Key, Table, Tables
from engine.dynamodb.values import ITEM_BYTES_MAX, item_size
from engine.dynamodb.writes import checked_item

KEYS_MAX: Final = 100
READ_BYTES_MAX: Final = 16 * 1024 * 1024
WRITES_MAX: Final = 25

_OF_BATCH: Final = frozenset({"RequestItems"})
_OF_READ: Final = frozenset({"Keys", "ConsistentRead", _PROJECTION, "ExpressionAttributeNames"})
_DUPLICATES: Final = "Provided list of item keys contains duplicates"


def batch_get_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer BatchGetItem. Keys beyond 16 MB of items are returned as unprocessed."""
    check_parameters(request, _OF_BATCH)
    reads = {name: _read_of(name, read, tables) for name, read in _by_table(request, dict).items()}
    count = sum(len(keys) for _, keys, _ in reads.values())
    if count > KEYS_MAX:
        raise invalid("Too many items requested for the BatchGetItem call")
    is_limited = count * ITEM_BYTES_MAX > READ_BYTES_MAX  # otherwise their sizes need not be computed
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    left = READ_BYTES_MAX
    for name, (table, keys, projection) in reads.items():
        items = responses[name] = []
        requested: list[Any] = request["RequestItems"][name]["Keys"]
        for at, key in enumerate(keys):
            item = table.read(key)
            if item is None:
                continue
            if is_limited:
                left -= item_size(item)
            if left < 0:
                unprocessed[name] = {**request["RequestItems"][name], "Keys": requested[at:]}
                break
            items.append(item if projection is None else projection.of(item))
    return {"Responses": responses, "UnprocessedKeys": unprocessed}


def _read_of(name: str, read: Request, tables: Tables) -> tuple[Table, list[Key], Projection | None]:
    check_parameters(read, _OF_READ)
    table = table_of(name, tables)
    flag_in(read, "ConsistentRead")
    names, projection = projection_in(read)
    check_expressions(names, {}, projection)
    given = read.get("Keys")
    if type(given) is not list:
        raise UnusualRequestError("Keys that are no list")
    if not given:
        raise _of_length(f"requestItems.{name}.member.keys", "greater than or equal to 1")
    keys = [key_of(key, table.schema) for key in given]
    if len({*keys}) < len(keys):
        raise invalid(_DUPLICATES)
    return table, keys, projection


def batch_write_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer BatchWriteItem. Every item is written."""
    check_parameters(request, _OF_BATCH)
    by_table = _by_table(request, list)
    if sum(map(len, by_table.values())) > WRITES_MAX:
        raise invalid("Too many items requested for the BatchWriteItem call")
    writes: list[tuple[Table, Key, Item | None]] = []
    for name, parts in by_table.items():
        table = table_of(name, tables)
        of_table = [_write_of(part, table) for part in parts]
        if not of_table:
            raise _of_length(f"requestItems.{name}.member", "greater than or equal to 1")
        if len({key for key, _ in of_table}) < len(of_table):
            raise invalid(_DUPLICATES)
        writes += [(table, key, item) for key, item in of_table]
    for table, key, item in writes:
        if item is None:
            table.remove(key)
        else:
            table.write(key, item)
    return {"UnprocessedItems": {}}


def _write_of(part: Any, table: Table) -> tuple[Key, Item | None]:
    match part:
        case {"PutRequest": {"Item": item, **rest}, **others} if not rest and not others:
            return checked_item(item, table.schema), item
        case {"DeleteRequest": {"Key": key, **rest}, **others} if not rest and not others:
            return key_of(key, table.schema), None
        case _:
            raise UnusualRequestError("a write that is neither a PutRequest nor a DeleteRequest")


def _by_table(request: Request, kind: type) -> Mapping[str, Any]:
    items = request.get("RequestItems")
    if type(items) is not dict or not all(type(part) is kind for part in items.values()):
        raise UnusualRequestError("RequestItems of another form")
    if not items:
        raise _of_length("requestItems", "greater than or equal to 1")
    return items


def _of_length(parameter: str, constraint: str) -> Exception:
    return invalid(
        f"1 validation error detected: Value at '{parameter}' failed to satisfy constraint: Member must have length "
        f"{constraint}"
    )
