"""Key conditions of a query: the partition, and the bounds of the sort key.

Source: Amazon DynamoDB Developer Guide, "Key condition expressions for the Query operation in DynamoDB".
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.dynamodb.checks import Check, Values, check_of_bounds, check_of_kinds
from engine.dynamodb.paths import Path, attribute, read_path
from engine.dynamodb.refusals import invalid
from engine.dynamodb.store import Keys
from engine.dynamodb.syntax import Reader
from engine.dynamodb.values import kind_of, sort_of

SLOT: Final = "KeyConditionExpression"

_SIGNS: Final = frozenset({"=", "<", "<=", ">", ">="})
_BEGINNINGS: Final = frozenset({"S", "B"})
_LAST: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xE000)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A condition on an attribute. `sign` is a comparison, `BETWEEN` or `begins_with`."""

    name: str
    sign: str
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values of a partition, and of the sort key: as in store.Range."""

    partition: dict[str, Any]
    low: Any = None
    low_included: bool = True
    high: Any = None
    high_included: bool = True

    def include(self, sort: Any) -> bool:
        """Return whether the bounds include a sort key."""
        if self.low is not None and (sort < self.low or (sort == self.low and not self.low_included)):
            return False
        return self.high is None or sort < self.high or (sort == self.high and self.high_included)


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """A parsed key condition, and the placeholders in it."""

    clauses: tuple[_Clause, ...]
    checks: tuple[Check, ...]
    names: frozenset[str]
    values: frozenset[str]
    slot: str = SLOT

    def bounds(self, keys: Keys, values: Values) -> Bounds:
        """Return the part of a table or index with these keys that the condition selects.

        Raises RefusedError if the condition is not on the partition key, and at most the sort key, with their types.
        """
        partition, sort = self._clauses_of(keys)
        if partition.sign != "=":
            raise invalid("Query key condition not supported")
        _check_values(partition, values, keys.partition_type)
        if sort is not None:
            _check_values(sort, values, keys.sort_type)
        equals = values[partition.placeholders[0]]
        return Bounds(equals) if sort is None else Bounds(equals, **_range(sort, values))

    def _clauses_of(self, keys: Keys) -> tuple[_Clause, _Clause | None]:
        by_name = {clause.name: clause for clause in self.clauses}
        if len(by_name) < len(self.clauses):
            raise invalid(
                f"Invalid {SLOT}: KeyConditionExpressions must only contain one condition per key",
            )
        partition = by_name.pop(keys.partition, None)
        if partition is None:
            raise invalid(f"Query condition missed key schema element: {keys.partition}")
        sort = by_name.pop(keys.sort, None) if keys.sort else None
        if by_name:
            if keys.sort and sort is None:
                raise invalid(f"Query condition missed key schema element: {keys.sort}")
            raise invalid("Query key condition not supported")
        return partition, sort


def _check_values(clause: _Clause, values: Values, kind: str) -> None:
    for placeholder in clause.placeholders:
        value = values[placeholder]
        if kind_of(value) != kind:
            raise invalid(
                "One or more parameter values were invalid: Condition parameter type does not match schema type"
            )
        if not value[kind]:
            raise invalid(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                f"empty {'binary' if kind == 'B' else 'string'} value. Key: {clause.name}"
            )


def _range(clause: _Clause, values: Values) -> dict[str, Any]:
    bound = sort_of(values[clause.placeholders[0]])
    match clause.sign:
        case "=":
            return {"low": bound, "high": bound}
        case "BETWEEN":
            return {"low": bound, "high": sort_of(values[clause.placeholders[1]])}
        case "begins_with":
            if type(bound) is str:
                return {"low": bound, "high": _behind_text(bound), "high_included": False}
            return {"low": bound, "high": _behind_bytes(bound), "high_included": False}
        case "<" | "<=":
            return {"high": bound, "high_included": clause.sign == "<="}
        case _:
            return {"low": bound, "low_included": clause.sign == ">="}


def _behind_text(prefix: str) -> str | None:
    """Return the first text in order that is behind all with this prefix, or None if there is none."""
    rest = prefix.rstrip(chr(_LAST))
    if not rest:
        return None
    following = ord(rest[-1]) + 1
    return rest[:-1] + chr(_SURROGATES[1] if following == _SURROGATES[0] else following)


def _behind_bytes(prefix: bytes) -> bytes | None:
    rest = prefix.rstrip(b"\xff")
    return rest[:-1] + bytes([rest[-1] + 1]) if rest else None


@lru_cache(maxsize=512)
def key_condition_of(text: str, names: tuple[tuple[str, str], ...]) -> KeyCondition:
    """Return an expression's key condition. Raises RefusedError for its syntax."""
    reader = Reader(SLOT, text, dict(names))
    checks: list[Check] = []
    clauses = [_clause_in_parentheses(reader, checks)]
    while reader.take("AND"):
        clauses.append(_clause_in_parentheses(reader, checks))
    if reader.keyword() in {"OR", "NOT"}:
        raise _not_allowed(reader)
    reader.expect_end()
    return KeyCondition(tuple(clauses), tuple(checks), frozenset(reader.names_read), frozenset(reader.values_read))


def _clause_in_parentheses(reader: Reader, checks: list[Check]) -> _Clause:
    if not reader.take("("):
        return _clause(reader, checks)
    clause = _clause(reader, checks)
    reader.expect(")")
    return clause


def _clause(reader: Reader, checks: list[Check]) -> _Clause:
    if reader.peek() == "begins_with" and reader.peek(1) == "(":
        reader.read()
        reader.expect("(")
        name = _name(reader)
        reader.expect(",")
        prefix = reader.placeholder_of_value()
        reader.expect(")")
        checks.append(check_of_kinds(reader, "begins_with", prefix, _BEGINNINGS))
        return _Clause(name, "begins_with", (prefix,))
    if reader.keyword() == "NOT" or reader.peek(1) == "(":
        raise _not_allowed(reader)
    name = _name(reader)
    if reader.take("BETWEEN"):
        low = reader.placeholder_of_value()
        reader.expect("AND")
        high = reader.placeholder_of_value()
        checks.append(check_of_bounds(reader, low, high))
        return _Clause(name, "BETWEEN", (low, high))
    if reader.peek() not in _SIGNS:
        raise _not_allowed(reader)
    sign = reader.read()
    return _Clause(name, sign, (reader.placeholder_of_value(),))


def _name(reader: Reader) -> str:
    path: Path = read_path(reader)
    if len(path) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    return attribute(path)


def _not_allowed(reader: Reader) -> Exception:
    return reader.refusal(f"Invalid operator used in KeyConditionExpression: {reader.peek()}")
