"""Our own DynamoDB in memory (engine/dynamodb) as a store."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from engine.dynamodb import operations
from engine.dynamodb.keys import key_in
from engine.dynamodb.memory import MemoryTables
from engine.dynamodb.refusals import RefusedError, UnusualRequestError
from engine.dynamodb.tokens import Tokens
from tests.support.worlds.stores import CONTENT_TYPE, Answer, Item

_HEADERS: Final = {"content-type": CONTENT_TYPE}


class UnusualCall(BaseException):
    """A call that our DynamoDB does not know. No handler may catch it and answer with an error: the test fails."""


class _OwnStore:
    """The tables of this process. A state of a table is a copy of its dict of items, since items never change."""

    def __init__(self) -> None:
        self._tables = MemoryTables()

    def create(self, definition: Mapping[str, Any]) -> None:
        self._tables.create(definition)

    def has(self, name: str) -> bool:
        return name in self._tables.by_name

    def delete(self, name: str) -> None:
        del self._tables.by_name[name]

    def items(self, name: str) -> list[Item]:
        return [_as_of_boto3(item) for item in self._tables.by_name[name].items.values()]

    def item(self, name: str, key: Mapping[str, Any]) -> Item | None:
        table = self._tables.by_name[name]
        held = table.read(key_in({**key}, table.schema))
        return None if held is None else _as_of_boto3(held)

    def take(self, name: str) -> Any:
        return {**self._tables.by_name[name].items}

    def put_back(self, name: str, taken: Any = None) -> None:
        table = self._tables.by_name[name]
        if taken or table.items:
            table.replace(taken or {})

    def forget_tables(self) -> None:
        self._tables = MemoryTables()

    def forget_tokens(self) -> None:
        self._tables.tokens = Tokens()

    def answer(self, operation: str, _: str, body: Any, /) -> Answer:
        """Answer a call. Raises UnusualCall."""
        try:
            status, answer = 200, operations.answer(operation, json.loads(body), self._tables)
        except RefusedError as refused:
            status, answer = 400, refused.body()
        except UnusualRequestError as unusual:
            raise UnusualCall(f"our DynamoDB does not know {unusual}: {operation} {body!r}") from unusual
        return status, _HEADERS, json.dumps(answer)


def _as_of_boto3(item: Item) -> Item:
    """Return a copy in which binary values are bytes, as in boto3's, instead of Base64."""
    return {name: _value_as_of_boto3(value) for name, value in item.items()}


def _value_as_of_boto3(value: dict[str, Any]) -> dict[str, Any]:
    [(kind, held)] = value.items()
    match kind:
        case "M":
            return {kind: _as_of_boto3(held)}
        case "L":
            return {kind: [*map(_value_as_of_boto3, held)]}
        case "B":
            return {kind: b64decode(held)}
        case "BS":
            return {kind: [*map(b64decode, held)]}
        case _:
            return {kind: held}


OWN: Final = _OwnStore()
