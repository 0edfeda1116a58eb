"""The operation that a request is for: the name of its route (`capture_payment`), which is one of a few hundred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

OTHER: Final = "other"
"""Stands for all requests that are for no route: the dashboard's files, `/mcp`, and unknown paths."""


@dataclass(slots=True)
class _Node:
    """What follows a part of a path: by literal segment, by any segment, and the operations that end here by method."""

    literal: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    any: "_Node | None" = None
    operations: dict[str, str] = field(default_factory=dict[str, str])


class Operations:
    """Finds operations. `routes` are all routes, with their names: `GET /payments/{transaction_id}`."""

    def __init__(self, routes: Mapping[str, str]) -> None:
        self._root = _Node()
        for route, name in routes.items():
            method, _, path = route.partition(" ")
            node = self._root
            for segment in path.split("/"):
                if segment.startswith("{"):
                    node.any = node = node.any or _Node()
                else:
                    node = node.literal.setdefault(segment, _Node())
            node.operations[method] = name

    def of(self, method: str, path: str) -> str:
        """Return the operation, or OTHER. A HEAD is for that of GET.

        As in API Gateway, the path alone selects the route, and a literal segment precedes a parameter.
        """
        operations = _found(self._root, path.split("/"), 0)
        return operations.get("GET" if method == "HEAD" else method, OTHER)


def _found(node: _Node, segments: Sequence[str], place: int) -> Mapping[str, str]:
    """Return the operations of a path by method. Those of a path that no route has are none."""
    if place == len(segments):
        return node.operations
    literal = node.literal.get(segments[place])
    if literal is not None and (operations := _found(literal, segments, place + 1)):
        return operations
    return _found(node.any, segments, place + 1) if node.any is not None and segments[place] else {}
