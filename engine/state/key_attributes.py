"""The attributes of an item that decide where it is in its table's indexes, and when it expires.

They are saved beside the item (segments.py), so that a start can build the indexes without unpacking any item.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from engine.fast_json import decoded
from paysandbox.aws.schema import TTL_ATTRIBUTE

Row = Sequence[Any]
"""Their values in the order of some names: the text of a string (`S`), another one as DynamoDB has it, such as
{"N": "1"}, and None where the item has none."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Items that were saved: their keys, and beside them the rows of these names in a JSON array, or None.

    Decoded, the rows of a large table would take as much memory as its items.
    """

    keys: Sequence[str]
    sort_keys: Sequence[str]
    names: Sequence[str] = ()
    encoded: bytes | None = None

    def rows(self) -> Iterable[Row | None]:
        """Return the row of each item, or None if it is unknown: no row was saved, or some are damaged."""
        with suppress(ValueError):
            rows = decoded(self.encoded or b"")
            if len(rows) == len(self.keys):
                return rows
        return repeat(None, len(self.keys))


def saved_names(table: Mapping[str, Any]) -> Sequence[str]:
    """Return the names of the attributes that are saved beside the items of a table of ministack, in order."""
    indexes = (*table.get("GlobalSecondaryIndexes", ()), *table.get("LocalSecondaryIndexes", ()))
    return sorted({TTL_ATTRIBUTE, *(key["AttributeName"] for index in indexes for key in index["KeySchema"])})


def row_of(item: Mapping[str, Any], names: Sequence[str]) -> Row:
    """Return the values of these attributes of an item."""
    return [_short(item.get(name)) for name in names]


def item_of(row: Row, names: Sequence[str]) -> dict[str, Any]:
    """Return an item that has these attributes only."""
    return {
        name: {"S": value} if isinstance(value, str) else value
        for name, value in zip(names, row, strict=True)
        if value is not None
    }


def _short(value: Mapping[str, Any] | None) -> Any:
    text = None if value is None else value.get("S")
    return text if isinstance(text, str) else value
