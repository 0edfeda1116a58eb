"""JSON as Stripe writes it: indented by two, `id` and `object` first, the other names in alphabetical order.

A fixed order, since DynamoDB returns a map in any order and a replay must be byte-identical.
"""

from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final, cast

_PLACES: Final[Mapping[str, int]] = {"id": 0, "object": 1}
"""The names that come first."""


def to_stripe_json(body: Mapping[str, Any]) -> str:
    """Encode a body of maps, sequences, strings, numbers, booleans and None.

    By hand: the standard library's encoder is several times slower as soon as it indents. Most members are strings,
    None or whole numbers, so these are encoded without a call of their own.
    """
    return _object(body, "\n")


def _object(members: Mapping[str, Any], line: str) -> str:
    """Encode a map. `line` begins a line at its level: a line break and the indentation."""
    if not members:
        return "{}"
    within = f"{line}  "
    entries: list[str] = []
    for name, quoted in _in_order(tuple(members)):
        value = members[name]
        if value is None:
            text = "null"
        elif type(value) is str:
            text = encode_basestring(value)
        elif type(value) is int:
            text = str(value)
        else:
            text = _text(value, within)
        entries.append(f"{quoted}: {text}")
    return f"{{{within}{f',{within}'.join(entries)}{line}}}"


@lru_cache(maxsize=256)
def _in_order(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names of a map in their order, and each as JSON. All objects of a kind have the same names."""
    ordered = sorted(names, key=lambda name: (_PLACES.get(name, len(_PLACES)), name))
    return tuple((name, encode_basestring(name)) for name in ordered)


def _text(value: Any, line: str) -> str:
    """Encode any value."""
    if isinstance(value, dict):
        return _object(cast("dict[str, Any]", value), line)
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        within = f"{line}  "
        items = [_text(item, within) for item in cast("list[Any]", value)]
        return f"[{within}{f',{within}'.join(items)}{line}]" if items else "[]"
    raise TypeError(f"not JSON of Stripe's: {type(value)}")
