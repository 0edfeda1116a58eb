"""Tables in memory, for tests: the store in its simplest form."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from engine.dynamodb.keys import is_in, position_in
from engine.dynamodb.store import Index, Item, Key, Position, Range, Schema
from engine.dynamodb.tokens import Tokens
from engine.dynamodb.values import equal

_SORT: Final[Callable[[Position], Any]] = lambda position: position[0]  # noqa: E731 - a key of bisect


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a table's stream: the item before a write and after it, None if there was none."""

    before: Item | None
    after: Item | None


@dataclass(slots=True)
class MemoryTable:
    """A table. `items` has its items by key, and `records` those of its stream, if it has one."""

    schema: Schema
    has_stream: bool = False
    items: dict[Key, Item] = field(default_factory=dict[Key, Item])
    records: list[Record] = field(default_factory=list[Record])
    _partitions: dict[str | None, dict[str, list[Position]]] = field(
        default_factory=dict[str | None, dict[str, list[Position]]]
    )

    def read(self, key: Key) -> Item | None:
        """Return an item, or None."""
        return self.items.get(key)

    def write(self, key: Key, item: Item) -> Item | None:
        """Store an item, and return the previous one."""
        before = self.items.get(key)
        self.items[key] = item
        self._follow(key, before, item)
        return before

    def remove(self, key: Key) -> Item | None:
        """Remove an item, and return it, or None if there was none."""
        before = self.items.pop(key, None)
        if before is not None:
            self._follow(key, before, None)
        return before

    def query(self, part: Range) -> Iterator[Item]:
        """Yield the items of a part of a partition."""
        positions = self._partitions.get(part.index, {}).get(part.partition, [])
        first, end = _part(positions, part)
        selected = positions[first:end]
        return (self.items[key, sort] for _, key, sort in (selected if part.forward else reversed(selected)))

    def scan(self, index: str | None, after: Key | None, segment: int, segments: int) -> Iterator[Item]:
        """Yield the items of a table or an index by a checksum of their partition keys, as DynamoDB does by a hash."""
        indexed = None if index is None else self.schema.indexes[index].keys
        begin = None if after is None else _order(after)
        for key in sorted(self.items, key=_order):
            item = self.items[key]
            is_next = (begin is None or _order(key) > begin) and crc32(key[0].encode()) % segments == segment
            if is_next and (indexed is None or is_in(item, indexed)):
                yield item

    def replace(self, items: Mapping[Key, Item]) -> None:
        """Have exactly these items, and an empty stream. A copy of `items` is a state, since no item ever changes."""
        self.items = {}
        self._partitions = {}
        for key, item in items.items():
            self.write(key, item)
        self.records = []

    def _follow(self, key: Key, before: Item | None, after: Item | None) -> None:
        for index in (None, *self.schema.indexes.values()):
            old, new = self._place(index, key, before), self._place(index, key, after)
            if old != new:
                partitions = self._partitions.setdefault(None if index is None else index.name, {})
                _remove(partitions, old)
                _insert(partitions, new)
        # "If no data changed, no record" (Developer Guide, "Change data capture for DynamoDB Streams").
        if self.has_stream and not (before is not None and after is not None and equal({"M": before}, {"M": after})):
            self.records.append(Record(before, after))

    def _place(self, index: Index | None, key: Key, item: Item | None) -> tuple[str, Position] | None:
        keys = self.schema.keys if index is None else index.keys
        if item is None or not is_in(item, keys):
            return None
        return item[keys.partition][keys.partition_type], position_in(item, keys, key)


def _order(key: Key) -> tuple[int, str, str]:
    return crc32(key[0].encode()), *key


def _insert(partitions: dict[str, list[Position]], place: tuple[str, Position] | None) -> None:
    if place is not None:
        insort(partitions.setdefault(place[0], []), place[1])


def _remove(partitions: dict[str, list[Position]], place: tuple[str, Position] | None) -> None:
    if place is None:
        return
    positions = partitions[place[0]]
    del positions[bisect_left(positions, place[1])]
    if not positions:
        del partitions[place[0]]


def _part(positions: list[Position], part: Range) -> tuple[int, int]:
    first, end = 0, len(positions)
    if part.low is not None:
        first = (bisect_left if part.low_included else bisect_right)(positions, part.low, key=_SORT)
    if part.high is not None:
        end = (bisect_right if part.high_included else bisect_left)(positions, part.high, key=_SORT)
    if part.after is not None and part.forward:
        first = max(first, bisect_right(positions, part.after))
    elif part.after is not None:
        end = min(end, bisect_left(positions, part.after))
    return first, end


@dataclass(slots=True)
class MemoryTables:
    """All tables of a test. `by_name` has them."""

    tokens: Tokens = field(default_factory=Tokens)
    by_name: dict[str, MemoryTable] = field(default_factory=dict[str, MemoryTable])

    def table(self, name: str) -> MemoryTable | None:
        """Return a table, or None."""
        return self.by_name.get(name)

    def create(self, request: Mapping[str, Any]) -> MemoryTable:
        """Create a table, empty, from what CreateTable's request has."""
        schema = Schema.of(request)
        has_stream = bool(request.get("StreamSpecification"))
        table = self.by_name[schema.name] = MemoryTable(schema, has_stream)
        return table
