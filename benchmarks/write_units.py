"""What a write costs in DynamoDB: sizes of items, and write units of the table and of each index.

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
    """The size of an item as DynamoDB counts it: every attribute's name and value.

    A number is a byte per two significant digits and one more, a list or map 3 bytes and one for each entry.
    """
    return sum(len(name.encode()) + _value_size_bytes(value) for name, value in item.items())


def table_units(old: Item | None, new: Item) -> int:
    """Write units of the table: by the larger of the item before and after."""
    return units_of(max(item_size_bytes(new), item_size_bytes(old) if old else 0))


def units_of(size_bytes: int) -> int:
    """Write units of so many bytes: one at least."""
    return max(1, -(-size_bytes // UNIT_BYTES))


def index_units(
    old: Item | None, new: Item | None, indexes: Iterable[Index] = INDEXES, whole: Collection[Index] = ()
) -> Iterator[tuple[Index, str, int]]:
    """Write units of each index that a write touches, with the partition that pays them; of the ledger's.

    A new entry is a write, a removed one too, a changed key both. Where no key changes an index of keys is not written,
    and one that holds `whole` items is. An entry of keys is one unit, a whole one as many as its item.
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
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            digits = held.lstrip("-")
            return (len(digits) + 1) // 2 + 1 + held.startswith("-")
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _TYPE_OVERHEAD_BYTES + sum(_ENTRY_OVERHEAD_BYTES + _value_size_bytes(entry) for entry in held)
        case "M":
            return _TYPE_OVERHEAD_BYTES + len(held) * _ENTRY_OVERHEAD_BYTES + item_size_bytes(held)
        case _:
            raise AssertionError(f"no item of ours holds a {kind}")
