"""What the operations need of a store: its tables, and what is in them.

Attribute values have the form of DynamoDB's JSON protocol, `{"S": "text"}`, with binary values in Base64. A stored item
is never changed, neither by the operations nor by the store: a write replaces it. The caller holds a lock from before
`operations.answer` until it has returned, so that a request is atomic.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from engine.dynamodb.tokens import Tokens

Value = dict[str, Any]
Item = dict[str, Value]

ONLY: Final = "__no_sort__"
"""The sort key of an item whose table has none. ministack's word, so that its items are read as they are."""

Key = tuple[str, str]
"""What identifies an item: the texts of its partition key and of its sort key, or `ONLY`. A number's is canonical."""

Sort = Any
"""A sort key as Python orders it like DynamoDB: text, a Decimal, or bytes; `""` if a table or an index has none.

Python orders texts by code point, which is the order of their UTF-8 bytes (Query, "ScanIndexForward")."""

Position = tuple[Sort, str, str]
"""Where an item is in a partition of a table or an index: its sort key there, and the two texts of its `Key`."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Key attributes of a table or an index, with their types: `S`, `N` or `B`. `sort` is None if there is none."""

    partition: str
    partition_type: str
    sort: str | None = None
    sort_type: str = "S"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the attributes."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `attributes` are those that it has, keys of the table included, or None for all."""

    name: str
    keys: Keys
    attributes: frozenset[str] | None
    is_global: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """What a table was created with. `index_types` has the type of each attribute that is a key of an index only."""

    name: str
    keys: Keys
    indexes: Mapping[str, Index]
    index_types: Mapping[str, str]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Schema":
        """Return the schema of a table that has the fields of CreateTable's request, or of DescribeTable's `Table`."""
        types = {row["AttributeName"]: row["AttributeType"] for row in table["AttributeDefinitions"]}
        keys = _keys(table["KeySchema"], types)
        indexes = {
            row["IndexName"]: _index(row, keys, types, is_global=is_global)
            for field, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False))
            for row in table.get(field) or ()
        }
        of_indexes = {name for index in indexes.values() for name in index.keys.names} - {*keys.names}
        return cls(table["TableName"], keys, indexes, {name: types[name] for name in sorted(of_indexes)})


def _keys(schema: Sequence[Mapping[str, str]], types: Mapping[str, str]) -> Keys:
    names = {row["KeyType"]: row["AttributeName"] for row in schema}
    partition, sort = names["HASH"], names.get("RANGE")
    return Keys(partition, types[partition], sort, "S" if sort is None else types[sort])


def _index(row: Mapping[str, Any], of_table: Keys, types: Mapping[str, str], *, is_global: bool) -> Index:
    keys, projection = _keys(row["KeySchema"], types), row["Projection"]
    names = {*of_table.names, *keys.names, *projection.get("NonKeyAttributes", ())}
    every = projection["ProjectionType"] == "ALL"
    return Index(row["IndexName"], keys, None if every else frozenset(names), is_global)


@dataclass(frozen=True, slots=True)
class Range:
    """The part of a partition that a query reads, in the order in which it does.

    `index` is None for the table itself, and `partition` the text of the partition key. `low` and `high` are sort keys,
    or None for no bound. `after` is the position behind which the query begins.
    """

    index: str | None
    partition: str
    low: Sort = None
    low_included: bool = True
    high: Sort = None
    high_included: bool = True
    after: Position | None = None
    forward: bool = True


class Table(Protocol):
    """A table of the store. Whatever follows from a write (indexes, streams, expiry) is the store's business."""

    @property
    def schema(self) -> Schema:
        """What the table was created with."""
        ...

    def read(self, key: Key) -> Item | None:
        """Return an item, or None."""
        ...

    def write(self, key: Key, item: Item) -> Item | None:
        """Store an item, and return the previous one. Raises RefusedError if the store takes no more."""
        ...

    def remove(self, key: Key) -> Item | None:
        """Remove an item, and return it, or None if there was none."""
        ...

    def query(self, part: Range) -> Iterator[Item]:
        """Yield the whole items of a part of a partition. Reads one only when it is asked for."""
        ...

    def scan(self, index: str | None, after: Key | None, segment: int, segments: int) -> Iterator[Item]:
        """Yield the whole items of a table or an index in an order of the store's own, behind those up to `after`.

        Every item of a partition is in the same one of `segments`. A removed item can still be `after`.
        """
        ...


class Tables(Protocol):
    """A store."""

    @property
    def tokens(self) -> Tokens:
        """The tokens of the transactions of the last ten minutes."""
        ...

    def table(self, name: str) -> Table | None:
        """Return a table, or None."""
        ...
