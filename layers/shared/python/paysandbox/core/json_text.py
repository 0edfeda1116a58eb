"""JSON texts: the same value always has the same text, and a Decimal is a number with exactly its own digits."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast

# Sorted keys: DynamoDB returns a map in any order, and a replay must be byte-identical.
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def json_text(value: object) -> str:
    """Encode a value as JSON with sorted keys and without whitespace. Raises TypeError if it is no JSON value."""
    try:
        return _encode(value)
    except TypeError:  # Python's encoder knows no Decimal, which few values have
        return _with_decimals(value)


def _with_decimals(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case Mapping():
            entries = sorted(cast("Mapping[str, Any]", value).items())
            return "{" + ",".join(f"{_encode(name)}:{_with_decimals(entry)}" for name, entry in entries) + "}"
        case list() | tuple():
            return "[" + ",".join(_with_decimals(entry) for entry in cast("list[Any]", value)) + "]"
        case _:
            return _encode(value)
