"""Writes of single items: PutItem, UpdateItem, DeleteItem, and the same as parts of a transaction.

Source: Amazon DynamoDB API Reference, the operations of these names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine.dynamodb.checks import Values
from engine.dynamodb.conditions import Condition, condition_of
from engine.dynamodb.keys import check_index_keys, key_in, key_of
from engine.dynamodb.refusals import UnusualRequestError, condition_failed, invalid
from engine.dynamodb.requests import (
    Names,
    Request,
    check_expressions,
    check_parameters,
    names_in,
    table_of,
    text_in,
    values_in,
)
from engine.dynamodb.store import Item, Key, Schema, Table, Tables
from engine.dynamodb.updates import Update, update_of
from engine.dynamodb.values import ITEM_BYTES_MAX, item_size

_CONDITION: Final = "ConditionExpression"
_UPDATE: Final = "UpdateExpression"

OF_PARTS: Final = frozenset(
    {
        "TableName",
        _CONDITION,
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    }
)
_OF_WRITES: Final = OF_PARTS | {"ReturnValues"}
_OF_PUT: Final = _OF_WRITES | {"Item"}
_OF_UPDATE: Final = _OF_WRITES | {"Key", _UPDATE}
_OF_DELETE: Final = _OF_WRITES | {"Key"}

_RETURNED: Final = ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW")


@dataclass(slots=True)
class Write:
    """A valid write that has not been performed. `change` returns the item after it, or None if there is none then.

    `returns_item` tells whether the refusal of a false condition has the stored item. `update` is None unless it is
    one. A write that `only_checks` changes nothing.
    """

    table: Table
    key: Key
    condition: Condition | None
    values: Values
    change: Callable[[Item | None], Item | None]
    returns_item: bool
    update: Update | None = None
    only_checks: bool = False

    def is_allowed(self, stored: Item | None) -> bool:
        """Return whether the condition is true of the stored item."""
        return self.condition is None or self.condition.test(stored or {}, self.values)

    def perform(self) -> tuple[Item | None, Item | None]:
        """Write, and return the items before and after it. Raises RefusedError if the condition is false."""
        stored = self.table.read(self.key)
        if not self.is_allowed(stored):
            raise condition_failed(stored if self.returns_item else None)
        changed = self.change(stored)
        self.store(changed)
        return stored, changed

    def store(self, changed: Item | None) -> None:
        """Store the item that `change` returned."""
        if changed is None:
            self.table.remove(self.key)
        else:
            self.table.write(self.key, changed)


def put_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer PutItem."""
    check_parameters(request, _OF_PUT)
    returned = _returned(request, of_update=False)
    stored, _ = put_of(request, tables).perform()
    return {"Attributes": stored} if returned == "ALL_OLD" and stored is not None else {}


def put_of(request: Request, tables: Tables) -> Write:
    """Return the write of a PutItem, or of a transaction's Put. Raises RefusedError if it is invalid."""
    table = table_of(request.get("TableName"), tables)
    condition, names, values = _condition_in(request)
    check_expressions(names, values, condition)
    item = request.get("Item")
    key = checked_item(item, table.schema)
    return Write(table, key, condition, values, lambda _stored: item, _returns_item(request))


def checked_item(item: Any, schema: Schema) -> Key:
    """Return the key of an item that a request has. Raises RefusedError if it cannot be stored in this table."""
    if type(item) is not dict:
        raise UnusualRequestError("an item that is no object")
    size = item_size(item)
    key = key_in(item, schema)
    check_index_keys(item, schema)
    if size > ITEM_BYTES_MAX:
        raise invalid("Item size has exceeded the maximum allowed size")
    return key


def delete_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer DeleteItem."""
    check_parameters(request, _OF_DELETE)
    returned = _returned(request, of_update=False)
    stored, _ = delete_of(request, tables).perform()
    return {"Attributes": stored} if returned == "ALL_OLD" and stored is not None else {}


def delete_of(request: Request, tables: Tables) -> Write:
    """Return the write of a DeleteItem, or of a transaction's Delete. Raises RefusedError if it is invalid."""
    return _keyed(request, tables, lambda _stored: None)


def check_of(request: Request, tables: Tables) -> Write:
    """Return a transaction's ConditionCheck, which leaves its item. Raises RefusedError if it is invalid."""
    if request.get(_CONDITION) is None:
        raise UnusualRequestError("a ConditionCheck without a condition")
    write = _keyed(request, tables, lambda stored: stored)
    write.only_checks = True
    return write


def _keyed(request: Request, tables: Tables, change: Callable[[Item | None], Item | None]) -> Write:
    table = table_of(request.get("TableName"), tables)
    condition, names, values = _condition_in(request)
    check_expressions(names, values, condition)
    key = key_of(request.get("Key"), table.schema)
    return Write(table, key, condition, values, change, _returns_item(request))


def update_item(request: Request, tables: Tables) -> dict[str, Any]:
    """Answer UpdateItem."""
    check_parameters(request, _OF_UPDATE)
    returned = _returned(request, of_update=True)
    write = update_request_of(request, tables)
    stored, changed = write.perform()
    if returned == "NONE":
        return {}
    attributes = changed if returned.endswith("NEW") else stored
    if attributes is not None and returned.startswith("UPDATED"):
        attributes = write.update.touched(attributes) if write.update is not None else None
    return {"Attributes": attributes} if attributes else {}


def update_request_of(request: Request, tables: Tables) -> Write:
    """Return the write of an UpdateItem, or of a transaction's Update. Raises RefusedError if it is invalid."""
    table = table_of(request.get("TableName"), tables)
    condition, names, values = _condition_in(request)
    text = text_in(request, _UPDATE)
    update = None if text is None else update_of(text, names)
    check_expressions(names, values, update, condition)
    key_item: Any = request.get("Key")
    schema = table.schema
    key = key_of(key_item, schema)
    if update is not None:
        for name in schema.keys.names:
            if name in update.attributes:
                raise invalid(
                    f"One or more parameter values were invalid: Cannot update attribute {name}. This attribute is "
                    "part of the key"
                )

    def change(stored: Item | None) -> Item:
        item: Item = key_item if stored is None else stored
        return item if update is None else _updated(item, update, values, schema)

    return Write(table, key, condition, values, change, _returns_item(request), update)


def _updated(item: Item, update: Update, values: Values, schema: Schema) -> Item:
    updated = update.of(item, values)
    if item_size(updated) > ITEM_BYTES_MAX:
        raise invalid("Item size to update has exceeded the maximum allowed size")
    check_index_keys(updated, schema, update.attributes, updated=True)
    return updated


def _condition_in(request: Request) -> tuple[Condition | None, Names, Values]:
    names, values, text = names_in(request), values_in(request), text_in(request, _CONDITION)
    return None if text is None else condition_of(_CONDITION, text, names), names, values


def _returned(request: Request, *, of_update: bool) -> str:
    returned = request.get("ReturnValues", "NONE")
    if returned not in _RETURNED:
        raise _not_among("returnValues", returned, _RETURNED)
    if not of_update and returned not in {"NONE", "ALL_OLD"}:
        raise invalid("ReturnValues can only be ALL_OLD or NONE")
    return str(returned)


def _returns_item(request: Request) -> bool:
    returned = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if returned not in {"NONE", "ALL_OLD"}:
        raise _not_among("returnValuesOnConditionCheckFailure", returned, ("ALL_OLD", "NONE"))
    return bool(returned == "ALL_OLD")


def _not_among(parameter: str, value: object, words: tuple[str, ...]) -> Exception:
    return invalid(
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: Member must "
        f"satisfy enum value set: [{', '.join(words)}]"
    )
