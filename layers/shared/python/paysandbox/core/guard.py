"""Guards: under what a change may be recorded, as data.

`payments/expressions.py` compiles them into a condition expression; when DynamoDB refuses the write and returns the
item as it was, the same guards are evaluated here, and the first that fails names the refusal. A property test holds
both readings together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from paysandbox.core.errors import Code

Path = tuple[str, ...]
"""A field, or an entry of a map field: `("remaining",)`, `("captures", "cap_…")`."""

Comparison = Literal["=", "<", "<=", ">", ">=", "exists", "not_exists"]

_Ordered = TypeVar("_Ordered", int, str)

Facts = Mapping[str, Any]
"""An item as Python values: int, str, and maps of these."""


@dataclass(frozen=True, slots=True)
class Size:
    """The number of entries of a map field."""

    path: Path


@dataclass(frozen=True, slots=True)
class StoredValue:
    """The value that another field holds at the moment of the write."""

    path: Path


@dataclass(frozen=True, slots=True)
class Guard:
    """`field comparison value`, and the refusal when it does not hold.

    `refusal` None means that the caller is not at fault: the decision is to be taken again, knowing what was met.
    """

    field: Path | Size
    comparison: Comparison
    value: int | str | StoredValue | None
    refusal: Code | None

    def holds(self, facts: Facts) -> bool:
        """Whether an item passes. As in DynamoDB, a comparison with something absent or of another type fails."""
        left = _read(self.field, facts)
        if self.comparison == "exists":
            return left is not None
        if self.comparison == "not_exists":
            return left is None
        right = _read(self.value.path, facts) if isinstance(self.value, StoredValue) else self.value
        if self.comparison == "=":
            return left is not None and left == right
        if isinstance(left, int) and isinstance(right, int):
            return _compare(left, self.comparison, right)
        if isinstance(left, str) and isinstance(right, str):
            return _compare(left, self.comparison, right)
        return False


def _read(place: Path | Size, facts: Facts) -> Any:
    if isinstance(place, Size):
        entries = _read(place.path, facts)
        return len(entries) if isinstance(entries, Mapping) else None  # pyright: ignore[reportUnknownArgumentType] - facts are JSON, of any depth
    value: Any = facts
    for name in place:
        value = value.get(name) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - facts are JSON, of any depth
    return value  # pyright: ignore[reportUnknownVariableType] - facts are JSON, of any depth


def _compare(left: _Ordered, comparison: Comparison, right: _Ordered) -> bool:
    match comparison:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case _:
            raise AssertionError(f"{comparison} does not compare two values")
