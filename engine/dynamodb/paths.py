"""Document paths: where a value is in an item, as `attribute`, `#name.entry` or `list[2]`.

Source: Amazon DynamoDB Developer Guide, "Referring to item attributes when using expressions".
"""

import re
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Final

from engine.dynamodb.refusals import RefusedError, invalid
from engine.dynamodb.reserved_words import RESERVED
from engine.dynamodb.store import Item, Value
from engine.dynamodb.syntax import Reader

Path = tuple[str | int, ...]
"""An attribute, and the names of entries or the indexes of elements below it."""

ELEMENTS_MAX: Final = 32
"""Quotas in Amazon DynamoDB, "Depth of nested attributes"."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch
_INDEX: Final = re.compile(r"[0-9]{1,9}").fullmatch


def read_path(reader: Reader) -> Path:
    """Read a path. Raises RefusedError if there is none, a name is reserved, or a placeholder is undefined."""
    path: list[str | int] = [_read_name(reader)]
    while True:
        if reader.take("."):
            path.append(_read_name(reader))
        elif reader.take("["):
            if _INDEX(reader.peek()) is None:
                reader.refuse()
            path.append(int(reader.read()))
            reader.expect("]")
        else:
            break
    if len(path) > ELEMENTS_MAX:
        raise reader.refusal("The document path has too many nesting elements; nesting elements: " + str(len(path)))
    return tuple(path)


def _read_name(reader: Reader) -> str:
    token = reader.peek()
    if token[0] == "#" and len(token) > 1:
        return reader.name_of(reader.read())
    if _NAME(token) is None:
        reader.refuse()
    if token.upper() in RESERVED:
        raise reader.refusal(f"Attribute name is a reserved keyword; reserved keyword: {token}")
    return str(reader.read())


def attribute(path: Path) -> str:
    """Return the name of the item's attribute that a path begins with."""
    return str(path[0])


def getter(path: Path) -> Callable[[Item], Value | None]:
    """Return a function that returns the value at a path of an item, or None."""
    name, rest = attribute(path), path[1:]
    if not rest:
        return lambda item: item.get(name)

    def get(item: Item) -> Value | None:
        value = item.get(name)
        for part in rest:
            if value is None:
                return None
            value = element(value, part)
        return value

    return get


def element(value: Value, part: str | int) -> Value | None:
    """Return an entry of a map or an element of a list, or None."""
    if type(part) is str:
        return value["M"].get(part) if "M" in value else None
    elements = value.get("L", ())
    return elements[part] if part < len(elements) else None  # pyright: ignore[reportOperatorIssue] - not a str


def shown(path: Path) -> str:
    """Return a path as DynamoDB's messages have it: `[a, b, [0]]`."""
    return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in path) + "]"


def refuse_overlap(slot: str, paths: Iterable[Path]) -> None:
    """Raise RefusedError if one of the paths contains another, or they need a value to be both a map and a list."""
    for first, second in combinations(paths, 2):
        word = _relation(first, second)
        if word:
            raise _overlap(slot, word, first, second)


def _relation(first: Path, second: Path) -> str:
    for left, right in zip(first, second, strict=False):
        if type(left) is not type(right):
            return "conflict"
        if left != right:
            return ""
    return "overlap"


def _overlap(slot: str, word: str, first: Path, second: Path) -> RefusedError:
    return invalid(
        f"Invalid {slot}: Two document paths {word} with each other; must remove or rewrite one of these paths; "
        f"path one: {shown(first)}, path two: {shown(second)}"
    )
