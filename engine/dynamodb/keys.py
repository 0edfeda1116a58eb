"""Keys of items: which are valid for a table, and the texts that a store knows them by.

Sources: Amazon DynamoDB API Reference, PutItem ("Item") and GetItem ("Key"); Developer Guide, "Quotas in Amazon
DynamoDB" (lengths), "Using Global Secondary Indexes in DynamoDB" (attributes that are keys of an index).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.dynamodb.refusals import RefusedError, UnusualRequestError, invalid
from engine.dynamodb.store import ONLY, Item, Key, Keys, Position, Schema, Value
from engine.dynamodb.values import binary, kind_of, sort_of, text_size, value_size

PARTITION_KEY_BYTES_MAX: Final = 2_048
SORT_KEY_BYTES_MAX: Final = 1_024

_INVALID: Final = "One or more parameter values were invalid: "
_EMPTY: Final = "The AttributeValue for a key attribute cannot contain an empty {} value."
_MISMATCH: Final = "The provided key element does not match the schema"


def key_in(item: Item, schema: Schema) -> Key:
    """Return the key of a valid item. Raises RefusedError if its attributes are no key of the table."""
    keys = schema.keys
    partition = _text_in(item, keys.partition, keys.partition_type)
    if _size(partition, keys.partition_type) > PARTITION_KEY_BYTES_MAX:
        raise _partition_too_long()
    if keys.sort is None:
        return partition, ONLY
    sort = _text_in(item, keys.sort, keys.sort_type)
    if _size(sort, keys.sort_type) > SORT_KEY_BYTES_MAX:
        raise _sort_too_long()
    return partition, sort


def _text_in(item: Item, name: str, kind: str) -> str:
    value = item.get(name)
    if value is None:
        raise invalid(f"{_INVALID}Missing the key {name} in the item")
    text = value.get(kind)
    if text is None:
        raise invalid(f"{_INVALID}Type mismatch for key {name} expected: {kind} actual: {kind_of(value)}")
    if not text:
        raise _empty(name, kind)
    return str(text)


def key_of(key: object, schema: Schema) -> Key:
    """Return the key that a request has. Raises RefusedError if it has not exactly the key attributes of the table."""
    if type(key) is not dict:
        raise UnusualRequestError("a key that is no object")
    names = schema.keys.names
    if len(key) != len(names):
        raise invalid(_MISMATCH)
    return key_in(_checked(key, schema.keys), schema)


def _checked(key: dict[Any, Any], keys: Keys) -> Item:
    for name, kind in ((keys.partition, keys.partition_type), (keys.sort, keys.sort_type)):
        if name is None:
            continue
        value: Any = key.get(name)
        if value is None:
            raise invalid(_MISMATCH)
        value_size(value)
        if kind not in value:
            raise invalid(_MISMATCH)
    return key


def check_index_keys(item: Item, schema: Schema, names: Iterable[str] | None = None, *, updated: bool = False) -> None:
    """Raise RefusedError if an attribute that is a key of an index has another type, is empty or too long.

    `names` are the attributes that can have changed, or None for all.
    """
    types = schema.index_types
    for name in types if names is None else names:
        value, kind = item.get(name), types.get(name)
        if value is None or kind is None:
            continue
        text = value.get(kind)
        if not text:
            raise _no_index_key(schema, name, kind, value, updated=updated)
        if len(text) > SORT_KEY_BYTES_MAX // 4:  # a character has up to four bytes
            _check_lengths(schema, name, _size(text, kind))


def _check_lengths(schema: Schema, name: str, size: int) -> None:
    for index in schema.indexes.values():
        if name == index.keys.partition and size > PARTITION_KEY_BYTES_MAX:
            raise _partition_too_long()
        if name == index.keys.sort and size > SORT_KEY_BYTES_MAX:
            raise _sort_too_long()


def _no_index_key(schema: Schema, name: str, kind: str, value: Value, *, updated: bool) -> RefusedError:
    index = next(index.name for index in schema.indexes.values() if name in index.keys.names)
    if kind not in value:
        return invalid(
            f"{_INVALID}Type mismatch for Index Key {name} Expected: {kind} Actual: {kind_of(value)} IndexName: {index}"
        )
    empty = _EMPTY.format(_word(kind))
    if updated:
        return invalid(
            "One or more parameter values are not valid. The update expression attempted to update a secondary index "
            f"key to a value that is not supported. {empty}"
        )
    return invalid(
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. "
        f"{empty} IndexName: {index}, IndexKey: {name}"
    )


def _empty(name: str, kind: str) -> RefusedError:
    return invalid(f"One or more parameter values are not valid. {_EMPTY.format(_word(kind))} Key: {name}")


def _word(kind: str) -> str:
    return "binary" if kind == "B" else "string"


def _size(text: str, kind: str) -> int:
    return len(binary(text)) if kind == "B" else text_size(text)


def _partition_too_long() -> RefusedError:
    return invalid(f"{_INVALID}Size of hashkey has exceeded the maximum size limit of{PARTITION_KEY_BYTES_MAX} bytes")


def _sort_too_long() -> RefusedError:
    return invalid(
        f"{_INVALID}Aggregated size of all range keys has exceeded the size limit of {SORT_KEY_BYTES_MAX} bytes"
    )


def position_in(item: Item, keys: Keys, key: Key) -> Position:
    """Return where an item with this key is in a partition of a table or an index with these keys."""
    return ("" if keys.sort is None else sort_of(item[keys.sort])), *key


def is_in(item: Mapping[str, Value], keys: Keys) -> bool:
    """Return whether an item is in an index with these keys: whether it has both."""
    return keys.partition in item and (keys.sort is None or keys.sort in item)
