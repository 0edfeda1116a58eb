"""The cost of a write in DynamoDB: item sizes, and write units of the table and of each index.

Source: DynamoDB developer guide, "DynamoDB item sizes and formats" and "Using global secondary indexes".
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from paysandbox.aws.schema import INDEXES, Index

UNIT_BYTES: Final = 1_024

_TYPE_OVERHEAD_BYTES: Final = 3
_ENTRY_OVERHEAD_BYTES: Final = 1

Item = Mapping[str, Any]


def item_size_bytes(item: Item) -> int:
    """Return the size of an item by DynamoDB's rules: the names and values of all attributes.

    A number takes one byte per two significant digits plus one; a list or map takes 3 bytes plus one per entry.
    """
    return sum(len(name.encode()) + _value_size_bytes(value) for name, value in item.items())


def table_units(old: Item | None, new: Item) -> int:
    """Return the write units of the table, by the larger of the old and the new item."""
    return units_of(max(item_size_bytes(new), item_size_bytes(old) if old else 0))


def units_of(size_bytes: int) -> int:
    """Return the write units of an item of this size, at least one."""
    return max(1, -(-size_bytes // UNIT_BYTES))


def index_units(
    old: Item | None, new: Item | None, indexes: Iterable[Index] = INDEXES, whole: Collection[Index] = ()
) -> Iterator[tuple[Index, str, int]]:
    """Yield the write units of each index that a write changes, with the index partition.

    A new or a removed entry is one write, and a changed key is two. If no key changes, only indexes that project
    `whole` items are written. An entry of keys costs one unit, a whole one as many as its item.
    """
    for index in indexes:
        before, after = _place(index, old), _place(index, new)
        if before != after:
            for place, item in ((before, old), (after, new)):
                if place is not None and item is not None:
                    yield index, place[0], table_units(None, item) if index in whole else 1
        elif index in whole and after is not None and new is not None and old != new:
            yield index, after[0], table_units(old, new)


def _place(index: Index, item: Item | None) -> tuple[str, str] | None:
    if item is None or index.partition_key not in item or index.sort_key not in item:
        return None
    return item[index.partition_key]["S"], item[index.sort_key]["S"]


def _value_size_bytes(value: Item) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = content.lstrip("-")
            return (len(digits) + 1) // 2 + 1 + content.startswith("-")
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _TYPE_OVERHEAD_BYTES + sum(_ENTRY_OVERHEAD_BYTES + _value_size_bytes(entry) for entry in content)
        case "M":
            return _TYPE_OVERHEAD_BYTES + len(content) * _ENTRY_OVERHEAD_BYTES + item_size_bytes(content)
        case _:
            raise AssertionError(f"unexpected attribute type {kind}")
