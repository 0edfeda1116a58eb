"""JSON texts: the same value always has the same text."""

import json
from typing import Final

# Sorted keys: DynamoDB returns a map in any order, and a replay must be byte-identical.
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def json_text(value: object) -> str:
    """Encode a value as JSON with sorted keys and without whitespace. Raises TypeError if it is no JSON value."""
    return _encode(value)
