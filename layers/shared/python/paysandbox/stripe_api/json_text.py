"""JSON as Stripe writes it: indented by two, `id` and `object` first, the other names in alphabetical order.

A fixed order, since DynamoDB returns a map in any order and a replay must be byte-identical.
"""

from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any, Final, cast

_FIRST: Final = ("id", "object")
_CONSTANTS: Final[Mapping[Any, str]] = {None: "null", True: "true", False: "false"}


def to_stripe_json(body: Mapping[str, Any]) -> str:
    """Encode a body of maps, sequences, strings, integers, booleans and None.

    By hand: the standard library's encoder is several times slower as soon as it indents.
    """
    return _text(body, "\n")


def _text(value: Any, line: str) -> str:
    """Encode a value. `line` begins a line at its level: a line break and the indentation."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    if isinstance(value, int):
        return str(value)
    within = f"{line}  "
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        names = [*filter(members.__contains__, _FIRST), *sorted(members.keys() - _FIRST)]
        entries = [f"{encode_basestring(name)}: {_text(members[name], within)}" for name in names]
        return f"{{{within}{f',{within}'.join(entries)}{line}}}" if entries else "{}"
    if isinstance(value, (list, tuple)):
        items = [_text(item, within) for item in cast("list[Any]", value)]
        return f"[{within}{f',{within}'.join(items)}{line}]" if items else "[]"
    raise TypeError(f"not JSON of Stripe's: {type(value)}")
