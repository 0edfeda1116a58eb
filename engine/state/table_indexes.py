"""The indexes of the engine's tables in order, and what of a table has to be removed when.

ministack keeps which items are in a partition of an index, reads all of them for a query, and then sorts and discards.
Items are compressed here (packed_items.py), so a query reads only those that it may return: the entries of a partition
are sorted, and the condition, the start and the limit of a query select a part of them.

Removed are items after their time to live, and the oldest items of a table beyond its number. ministack removes expired
items too: each minute, it reads all items for that.
"""

import asyncio
import heapq
import re
import time
from base64 import b64decode
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat
from operator import itemgetter
from typing import Any, Final

from engine.corrections.key_conditions import CONDITION
from engine.state.key_attributes import Row, item_of, row_of, saved_names
from engine.state.packed_items import ONLY, Item, PackedItems
from engine.state.query_bounds import Bounds, bounded, selected

CHECKED_EVERY_S: Final = 60.0
"""As often as ministack does."""
COMPRESSED_EVERY_S: Final = 1.0
REMOVED_AT_ONCE: Final = 100
"""While these are removed, the engine answers nobody."""

_NO_KEY: Final = ("", "", ONLY)
"""What an entry has if its index or its table has no sort key."""

Entry = tuple[Any, str, str]
"""The value of an index's sort key (`sort_value`) and the keys of the item, as a query's order compares them."""


@dataclass(frozen=True, slots=True)
class Retention:
    """What a table keeps of its items that expire: this many, the newest.

    `expires` is the attribute with the end of their time to live, and they are kept for `shorter_by_s` less.
    """

    items_max: int
    expires: str
    shorter_by_s: float = 0.0


@dataclass
class Index:
    """An index: names of its key attributes, the number of its entries, and the entries by partition."""

    hashes: Sequence[str]
    ranges: Sequence[str]
    sort_type: str = "S"
    count: int = 0
    partitions: dict[Any, list[Entry]] = field(default_factory=dict[Any, list[Entry]])

    def get(self, partition: Any, _default: object = ()) -> Iterator[tuple[str, str]]:
        """Yield the keys of the items of a partition that the current query may return. Called by ministack."""
        entries = selected(self.partitions.get(partition, ()), itemgetter(0))
        return ((key, sort_key) for _, key, sort_key in entries)

    def place(self, item: Item | None, key: str, sort_key: str) -> tuple[Any, Entry] | None:
        """Return an item's partition and entry, or None if it has none in this index."""
        if item is None:
            return None
        for name in (*self.hashes, *self.ranges):
            if name not in item:
                return None
        sort = sort_value(item[self.ranges[0]], self.sort_type) if self.ranges else ""
        if sort is None:
            return None
        values = [_text(item[name]) for name in self.hashes]
        return values[0] if len(values) == 1 else tuple(values), (sort, key, sort_key)

    def extend(self, names: Sequence[str], items: Iterable[tuple[str, str, Row]]) -> None:
        """Add entries of many items: of their keys, and the values of these attributes. `sort` is called after all."""
        partitions = self.partitions
        if len(self.hashes) == 1 and len(self.ranges) == 1 and self.sort_type == "S":
            hash_at, range_at = names.index(self.hashes[0]), names.index(self.ranges[0])
            for key, sort_key, row in items:
                partition, sort = row[hash_at], row[range_at]
                if isinstance(partition, str) and isinstance(sort, str):
                    if (entries := partitions.get(partition)) is None:
                        entries = partitions[partition] = []
                    entries.append((sort, key, sort_key))
                elif partition is not None and sort is not None:
                    self._add(item_of(row, names), key, sort_key)
        else:
            for key, sort_key, row in items:
                self._add(item_of(row, names), key, sort_key)

    def sort(self) -> None:
        """Order the entries that `extend` has added."""
        for entries in self.partitions.values():
            entries.sort()
        self.count = sum(map(len, self.partitions.values()))

    def _add(self, item: Item, key: str, sort_key: str) -> None:
        if (place := self.place(item, key, sort_key)) is not None:
            self.partitions.setdefault(place[0], []).append(place[1])

    def change(self, before: tuple[Any, Entry] | None, after: tuple[Any, Entry] | None) -> None:
        """Replace an entry."""
        if before == after:
            return
        self.count += (after is not None) - (before is not None)
        if before is not None:
            partition, entry = before
            entries = self.partitions[partition]
            del entries[bisect_left(entries, entry)]
            if not entries:
                del self.partitions[partition]
        if after is not None:
            insort(self.partitions.setdefault(after[0], []), after[1])


@dataclass
class Derived:
    """What follows from the items of a table. The table has it where ministack has members of indexes: never saved."""

    items: PackedItems
    indexes: Mapping[str, Index]
    expires: str | None
    retention: Retention | None
    due: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    order: deque[tuple[str, str]] = field(default_factory=deque[tuple[str, str]])

    def get(self, index: str) -> Index | None:
        """Return an index. Called by ministack."""
        return self.indexes.get(index)

    def fill(self) -> bool:
        """Follow from the items, by what was saved beside them. Nothing was noted before.

        Return whether an item was unpacked for it: some of that was not saved.
        """
        needed, unpacked = self.needed, False
        for restored in self.items.take_restored():
            names, rows = restored.names, restored.rows()
            if not needed.issubset(names):
                names, rows = sorted(needed), repeat(None)
            some: list[tuple[str, str, Row]] = []
            for key, sort_key, row in zip(restored.keys, restored.sort_keys, rows, strict=False):
                if row is None:
                    some.append((key, sort_key, row_of(self.items.read(key, sort_key) or {}, names)))
                    unpacked = True
                else:
                    some.append((key, sort_key, row))
            for index in self.indexes.values():
                index.extend(names, some)
            if self.expires is not None:
                self._extend_due(self.expires, names, some)
        for index in self.indexes.values():
            index.sort()
        heapq.heapify(self.due)
        return unpacked

    def _extend_due(self, expires: str, names: Sequence[str], items: Iterable[tuple[str, str, Row]]) -> None:
        expires_at = names.index(expires)
        for key, sort_key, row in items:
            value = row[expires_at]
            due_at = self.due_at({expires: value}) if isinstance(value, dict) else None
            if due_at is not None:
                self.due.append((due_at, key, sort_key))
                if self.retention is not None:
                    self.order.append((key, sort_key))

    @property
    def needed(self) -> set[str]:
        """The names of the attributes from which all this follows."""
        of_indexes = {name for index in self.indexes.values() for name in (*index.hashes, *index.ranges)}
        return of_indexes if self.expires is None else {*of_indexes, self.expires}

    def note(self, key: str, sort_key: str, before: Item | None, after: Item | None) -> None:
        """Follow the change of an item."""
        for index in self.indexes.values():
            index.change(index.place(before, key, sort_key), index.place(after, key, sort_key))
        due_at = self.due_at(after)
        if due_at is not None and due_at != self.due_at(before):
            heapq.heappush(self.due, (due_at, key, sort_key))
        if self.retention is not None and before is None and due_at is not None:
            self.order.append((key, sort_key))

    def due_at(self, item: Item | None) -> float | None:
        """Return when an item is to be removed, in seconds since 1970."""
        number = None if item is None or self.expires is None else item.get(self.expires, {}).get("N")
        try:
            return None if number is None else float(number) - (self.retention.shorter_by_s if self.retention else 0.0)
        except ValueError:
            return None

    def expired(self, now: float, count: int) -> Iterator[tuple[str, str]]:
        """Yield up to this many keys of items that are to be removed, each once."""
        while count and self.due and self.due[0][0] <= now:
            _, key, sort_key = heapq.heappop(self.due)
            due_at = self.due_at(self.items.read(key, sort_key))
            if due_at is not None and due_at <= now:  # otherwise it was written again since
                count -= 1
                yield key, sort_key

    def excess(self, count: int) -> Iterator[tuple[str, str]]:
        """Yield the keys of the oldest items of a table that has this many."""
        while self.retention is not None and count > self.retention.items_max and self.order:
            key, sort_key = self.order.popleft()
            if self.items.has(key, sort_key):
                count -= 1
                yield key, sort_key


@dataclass
class TableIndexes:
    """Keeps ministack's tables so. `tables` is its DynamoDB service, `retentions` has the end of the tables' names."""

    tables: Any
    retentions: Mapping[str, Retention]

    def __post_init__(self) -> None:
        self._members: str = self.tables.INDEX_MEMBERS

    def install(self) -> None:
        """Replace ministack's functions."""
        tables = self.tables
        query, update_ttl, load = tables.query, tables.update_ttl, tables.load_persisted_state

        def query_within_bounds(data: dict[str, Any]) -> Any:
            with bounded(self._bounds(data)):
                return query(data)

        def update_ttl_and_derive(data: dict[str, Any]) -> Any:
            done = update_ttl(data)
            for _, table in tables.tables.all_items():
                table.pop(self._members, None)
            return done

        def load_and_derive(data: dict[str, Any]) -> None:
            load(data)
            for _, table in tables.tables.all_items():
                self.derived(table)

        tables.query, tables.update_ttl, tables.load_persisted_state = (
            query_within_bounds,
            update_ttl_and_derive,
            load_and_derive,
        )
        tables.index_members = self.derived
        tables.set_item, tables.remove_item = self.set_item, self.remove_item
        settings = tables.ttl_settings
        tables.ttl_settings = type("Settings", (type(settings),), {"all_items": _none, "__slots__": ()})()

    def derived(self, table: dict[str, Any]) -> Derived:
        """Return what follows from the items of a table."""
        found: Derived | None = table.get(self._members)
        if found is None:
            found = table[self._members] = self._empty(table)
            if found.fill() and found.needed.issubset(saved_names(table)):
                found.items.is_saved = False  # the next snapshot saves it as a whole, with what it lacked
        return found

    def set_item(self, table: dict[str, Any], key: str, sort_key: str, item: Item) -> Item | None:
        """Store an item, and return the previous one. Remove the oldest one, if there are too many."""
        derived, items = self.derived(table), table["items"]
        before = items.read(key, sort_key)
        items.write(key, sort_key, item)
        derived.note(key, sort_key, before, item)
        if before is None:
            self._count(table, 1)
            for each in derived.excess(table["ItemCount"]):
                self.remove_item(table, *each)
        return before

    def remove_item(self, table: dict[str, Any], key: str, sort_key: str) -> Item | None:
        """Remove an item, and return it."""
        derived, items = self.derived(table), table["items"]
        before = items.read(key, sort_key)
        if before is not None:
            items.remove(key, sort_key)
            if not items[key]:
                del items[key]
            derived.note(key, sort_key, before, None)
            self._count(table, -1)
        return before

    async def compress(self) -> None:
        """Compress items while the engine runs."""
        while True:
            await asyncio.sleep(COMPRESSED_EVERY_S)
            for _, table in self.tables.tables.all_items():
                items: PackedItems = table["items"]
                if excess := items.excess():
                    items.settle(await asyncio.to_thread(items.compress, excess))

    async def remove_expired(self) -> None:
        """Remove expired items while the engine runs."""
        while True:
            await asyncio.sleep(CHECKED_EVERY_S)
            while self.expire(time.time()):  # noqa: ASYNC110 - there is no event, and requests are answered meanwhile
                await asyncio.sleep(0)

    def expire(self, now: float) -> int:
        """Remove some of the items that have expired, and return how many."""
        removed = 0
        with self.tables.lock:  # a state machine may read the table in its thread (table_store.py)
            for _, table in self.tables.tables.all_items():
                for key, sort_key in self.derived(table).expired(now, REMOVED_AT_ONCE - removed):
                    self.remove_item(table, key, sort_key)
                    removed += 1
        return removed

    def _count(self, table: dict[str, Any], added: int) -> None:
        table["ItemCount"] = max(0, table.get("ItemCount", 0) + added)
        table["TableSizeBytes"] = table["ItemCount"] * 200

    def _empty(self, table: dict[str, Any]) -> Derived:
        types = {row["AttributeName"]: row["AttributeType"] for row in table.get("AttributeDefinitions", ())}
        indexes = {
            name: Index(hashes, ranges, types.get(ranges[0], "S") if ranges else "S")
            for name, hashes, ranges in self.tables.index_key_schemas(table)
        }
        _, _, _, region, account, _ = table["TableArn"].split(":", 5)
        setting = self.tables.ttl_settings.get_scoped(account, region, table["TableName"], {})
        retention = next(
            (retention for end, retention in self.retentions.items() if table["TableName"].endswith(end)), None
        )
        expires = setting.get("AttributeName") if setting.get("TimeToLiveStatus") == "ENABLED" else None
        return Derived(table["items"], indexes, retention.expires if retention else expires, retention)

    def _bounds(self, data: Mapping[str, Any]) -> Bounds | None:
        """Return the bounds of a query, or None to have ministack read the whole partition."""
        table = self.tables.tables.get(self.tables.normalize_table_name(data.get("TableName")))
        expression, values = data.get("KeyConditionExpression"), data.get("ExpressionAttributeValues") or {}
        names: Mapping[str, str] = data.get("ExpressionAttributeNames") or {}
        condition = CONDITION.fullmatch(expression) if isinstance(expression, str) else None
        if table is None or condition is None:
            return None
        hash_name, range_name = table["pk_name"], table["sk_name"]
        if "IndexName" in data:
            index = self.derived(table).indexes.get(data["IndexName"])
            if index is None or len(index.hashes) != 1 or len(index.ranges) > 1:
                return None
            hash_name, range_name = index.hashes[0], next(iter(index.ranges), None)
        keys = (range_name, table["pk_name"], table["sk_name"]) if "IndexName" in data else (range_name,)
        types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]}
        if names.get(condition["hash"], condition["hash"]) != hash_name:
            return None
        if any(types[name] != "S" for name in keys if name):
            return None
        start = data.get("ExclusiveStartKey")
        try:
            at = (
                None
                if start is None
                else [start[name]["S"] if name else none for name, none in zip(keys, _NO_KEY, strict=False)]
            )
            bounds = _condition_bounds(condition, values)
        except (KeyError, TypeError):  # the query is invalid, as ministack says
            return None
        limit = data.get("Limit")
        return Bounds(
            **bounds,
            start=None if at is None else tuple(at) if "IndexName" in data else at[0],
            limit=limit if isinstance(limit, int) and limit > 0 else None,
            forward=data.get("ScanIndexForward", True) is not False,
        )


def _condition_bounds(condition: re.Match[str], values: Mapping[str, Any]) -> dict[str, Any]:
    if condition["within"]:
        return {"low": values[condition["low"]]["S"], "high": values[condition["high"]]["S"]}
    if not condition["range"]:
        return {}
    bound, sign = values[condition["bound"]]["S"], condition["operator"]
    bounds: dict[str, Any] = {}
    if sign in {">", ">=", "="}:
        bounds |= {"low": bound, "low_included": sign != ">"}
    if sign in {"<", "<=", "="}:
        bounds |= {"high": bound, "high_included": sign != "<"}
    return bounds


def sort_value(value: Mapping[str, Any], sort_type: str) -> Any:
    """Return an attribute's value as Python orders it like DynamoDB, or None if it is not of the key's type.

    A query returns the items of a partition in the order of their sort keys (Developer Guide, "Querying tables in
    DynamoDB"): numbers by their value, texts by their UTF-8 bytes, which Python's order is, and binary values by bytes.
    """
    if sort_type == "S":
        return _text(value)
    text = value.get(sort_type)
    if text is None:
        return None
    return Decimal(text) if sort_type == "N" else b64decode(text)


def _text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values()), ""))


def _none(_self: object) -> list[Any]:
    """Return no settings to ministack's thread that removes expired items."""
    return []
