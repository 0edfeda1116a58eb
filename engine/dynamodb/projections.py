"""Projections: the parts of an item that a request asks for.

Source: Amazon DynamoDB Developer Guide, "Using projection expressions in DynamoDB".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.dynamodb.checks import Check
from engine.dynamodb.paths import Path, attribute, read_path, refuse_overlap
from engine.dynamodb.store import Item, Value
from engine.dynamodb.syntax import Reader

SLOT = "ProjectionExpression"

_Tree = dict[str | int, Any]
"""What of a value is asked for: for each name or index, the tree below it. An empty tree asks for all of it."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A compiled projection, and the placeholders and attributes in it."""

    of: Callable[[Item], Item]
    names: frozenset[str]
    attributes: frozenset[str]
    values: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = ()
    slot: str = SLOT


@lru_cache(maxsize=512)
def projection_of(text: str, names: tuple[tuple[str, str], ...]) -> Projection:
    """Return an expression's projection. Raises RefusedError for its syntax, or if its paths overlap."""
    reader = Reader(SLOT, text, dict(names))
    paths = [read_path(reader)]
    while reader.take(","):
        paths.append(read_path(reader))
    reader.expect_end()
    refuse_overlap(SLOT, paths)
    return Projection(parts_of(paths), frozenset(reader.names_read), frozenset(map(attribute, paths)))


def parts_of(paths: Iterable[Path]) -> Callable[[Item], Item]:
    """Return a function that returns an item with only these paths."""
    tree: _Tree = {}
    for path in paths:
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
    if not any(tree.values()):
        wanted = [*tree]
        return lambda item: {name: item[name] for name in wanted if name in item}

    def of(item: Item) -> Item:
        return _entries(item, tree)

    return of


def _entries(values: dict[str, Value], tree: _Tree) -> dict[str, Value]:
    parts = ((name, _part(values[name], below)) for name, below in tree.items() if name in values)
    return {str(name): part for name, part in parts if part is not None}


def _part(value: Value, tree: _Tree) -> Value | None:
    """Return what of a value is asked for, or None if it has nothing of it."""
    if not tree:
        return value
    if "M" in value:
        entries = _entries(value["M"], tree)
        return {"M": entries} if entries else None
    elements: list[Value] = value.get("L", [])
    wanted = [(index, below) for index, below in sorted(tree.items(), key=str) if type(index) is int]
    parts = [_part(elements[index], below) for index, below in sorted(wanted) if index < len(elements)]
    present = [part for part in parts if part is not None]
    return {"L": present} if present else None
