"""Key conditions of queries, read once for each query.

ministack reads the expression again for each item of the partition, which takes 80 µs. A sweep queries the partitions
of all open payments once a minute: with 20,000 of them, that alone takes 3 % of a core in a sandbox that nobody uses.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Value = Mapping[str, Any]
"""An attribute's value, such as {"S": "text"}."""
Item = Mapping[str, Value]
Test = Callable[[Item], bool]

_SLOT: Final = "KeyConditionExpression"
_COMPARISON: Final = r"(?P<range>#?\w+)\s*(?P<operator><=|>=|<|>|=)\s*(?P<bound>:\w+)"
_BETWEEN: Final = r"(?P<within>#?\w+)\s+BETWEEN\s+(?P<low>:\w+)\s+AND\s+(?P<high>:\w+)"
CONDITION: Final = re.compile(
    rf"\s*(?P<hash>#?\w+)\s*=\s*(?P<value>:\w+)(?:\s+AND\s+(?:{_COMPARISON}|{_BETWEEN}))?\s*", re.IGNORECASE
)
_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A query's condition, values and names, which are the same objects for all of its items, and what they mean."""

    expression: str
    values: Any
    names: Any
    test: Test | None


def read_once(tables: Any) -> None:
    """Make ministack read key conditions so. `tables` is its DynamoDB service."""
    evaluate = tables.evaluate_condition
    read: _Read | None = None

    def evaluate_once(expression: str, item: Item, values: Any, names: Any, slot: str = "ConditionExpression") -> bool:
        nonlocal read
        if slot != _SLOT:
            return bool(evaluate(expression, item, values, names, slot=slot))
        last = read
        if last is None or last.values is not values or last.names is not names or last.expression != expression:
            met = evaluate(expression, item, values, names, slot=slot)  # raises ValueError for an invalid expression
            read = _Read(expression, values, names, test_of(expression, values or {}, names or {}))
            return bool(met)
        if last.test is None:
            return bool(evaluate(expression, item, values, names, slot=slot))
        return last.test(item)

    tables.evaluate_condition = evaluate_once


def test_of(expression: str, values: Mapping[str, Value], names: Mapping[str, str]) -> Test | None:
    """Return a function that tells whether an item meets a valid key condition.

    Return None for conditions that it cannot read: keys that are no strings, and begins_with.
    """
    found = CONDITION.fullmatch(expression)
    if found is None:
        return None
    conditions = [(found["hash"], "=", found["value"])]
    if found["range"]:
        conditions.append((found["range"], found["operator"], found["bound"]))
    elif found["within"]:
        conditions += [(found["within"], ">=", found["low"]), (found["within"], "<=", found["high"])]
    comparisons: list[tuple[str, Callable[[str, str], bool], str]] = []
    for name, sign, reference in conditions:
        text = values.get(reference, {}).get("S")
        if not isinstance(text, str):
            return None
        comparisons.append((names.get(name, name), _OPERATORS[sign], text))

    def test(item: Item) -> bool:
        for name, compares, text in comparisons:
            found = item.get(name)
            if found is None or not isinstance(found.get("S"), str) or not compares(found["S"], text):
                return False
        return True

    return test
