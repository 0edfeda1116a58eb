"""Guards: the conditions under which a change may be recorded, as data.

`payments/ledger/expressions.py` compiles them into a condition expression. If DynamoDB rejects the write and returns
the existing item, the same guards are evaluated here, and the first that fails determines the error. A property test
checks that both evaluations agree.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from paysandbox.core.errors import Code
from paysandbox.core.record import record

Path = tuple[str, ...]
"""A field, or an entry of a map field: `("remaining",)`, `("captures", "cap_…")`."""

Comparison = Literal["=", "<", "<=", ">", ">=", "not_in", "exists", "not_exists"]

_Ordered = TypeVar("_Ordered", int, str)

Facts = Mapping[str, Any]
"""An item as Python values: int, str, and maps of them."""


@record
class Size:
    """The number of entries of a map field."""

    path: Path


@record
class StoredValue:
    """The value of another field at the time of the write."""

    path: Path


@record
class Guard:
    """`field comparison value`, and the error code if the comparison is false.

    If `refusal` is None, the caller is not at fault: the rule must run again with the item as it is stored. `not_in`
    compares with several texts.
    """

    field: Path | Size
    comparison: Comparison
    value: int | str | tuple[str, ...] | StoredValue | None
    refusal: Code | None

    def holds(self, facts: Facts) -> bool:
        """Whether an item passes. As in DynamoDB, a comparison with a missing value or another type is false."""
        left = _read(self.field, facts)
        if self.comparison == "exists":
            return left is not None
        if self.comparison == "not_exists":
            return left is None
        if isinstance(self.value, tuple):
            return left not in self.value
        right = _read(self.value.path, facts) if isinstance(self.value, StoredValue) else self.value
        if self.comparison == "=":
            return left is not None and left == right
        if isinstance(left, int) and isinstance(right, int):
            return _compare(left, self.comparison, right)
        if isinstance(left, str) and isinstance(right, str):
            return _compare(left, self.comparison, right)
        return False


def _read(field: Path | Size, facts: Facts) -> Any:
    if isinstance(field, Size):
        entries = _read(field.path, facts)
        return len(entries) if isinstance(entries, Mapping) else None  # pyright: ignore[reportUnknownArgumentType] - facts are JSON, of any depth
    value: Any = facts
    for name in field:
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
