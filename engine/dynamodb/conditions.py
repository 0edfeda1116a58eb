"""Conditions and filters, compiled to functions.

Sources: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions", and "Expression
parameters" in "Quotas in Amazon DynamoDB".
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.dynamodb.checks import Check, Values, check_of_bounds, check_of_kinds, check_of_type_name
from engine.dynamodb.paths import Path, attribute, getter, read_path, shown
from engine.dynamodb.refusals import RefusedError, UnusualRequestError
from engine.dynamodb.store import Item, Value
from engine.dynamodb.syntax import Reader
from engine.dynamodb.values import ORDERED, binary, equal, kind_of, sort_of

Test = Callable[[Item, Values], bool]

OPERANDS_OF_IN_MAX: Final = 100

_SIGNS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BEGINNINGS: Final = frozenset({"S", "B"})
_TYPE_NAMES: Final = frozenset({"S"})
_FUNCTIONS: Final = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition: the name of its parameter, and the placeholders and attributes in it.

    `test` takes an item, empty if there is none, and the request's values. `checks` raise RefusedError for values that
    their operators do not take.
    """

    slot: str
    test: Test
    checks: tuple[Check, ...]
    names: frozenset[str]
    values: frozenset[str]
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Operand:
    """A path, a value's placeholder, or the size of a path. `get` returns its value or None."""

    get: Callable[[Item, Values], Value | None]
    path: Path | None = None
    placeholder: str | None = None


@lru_cache(maxsize=2_048)
def condition_of(slot: str, text: str, names: tuple[tuple[str, str], ...]) -> Condition:
    """Return an expression's condition. `slot` is the name of its parameter. Raises RefusedError for its syntax."""
    reader = Reader(slot, text, dict(names))
    parser = _Parser(reader)
    test = parser.disjunction()
    reader.expect_end()
    return Condition(
        slot,
        test,
        tuple(parser.checks),
        frozenset(reader.names_read),
        frozenset(reader.values_read),
        frozenset(map(attribute, parser.paths)),
    )


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self.checks: Final[list[Check]] = []
        self.paths: Final[list[Path]] = []
        self._reader: Final = reader
        self._parentheses: Test | None = None
        """The content of the last parentheses. If nothing else is in those around them, one pair is redundant."""

    def disjunction(self) -> Test:
        tests = [self._conjunction()]
        while self._reader.take("OR"):
            self._reader.count_operator()
            tests.append(self._conjunction())
        return tests[0] if len(tests) == 1 else _any_of(tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._reader.take("AND"):
            self._reader.count_operator()
            tests.append(self._negation())
        return tests[0] if len(tests) == 1 else _all_of(tests)

    def _negation(self) -> Test:
        if not self._reader.take("NOT"):
            return self._primary()
        self._reader.count_operator()
        test = self._negation()
        return lambda item, values: not test(item, values)

    def _primary(self) -> Test:
        reader = self._reader
        if reader.peek() == "(":
            return self._in_parentheses()
        if reader.peek(1) == "(" and reader.peek() in _FUNCTIONS:
            return self._function()
        return self._comparison()

    def _in_parentheses(self) -> Test:
        reader = self._reader
        reader.expect("(")
        test = self.disjunction()
        if test is self._parentheses:
            raise reader.refusal("The expression has redundant parentheses;")
        reader.expect(")")
        self._parentheses = test
        return test

    def _function(self) -> Test:
        reader = self._reader
        reader.count_operator()
        function = reader.read()
        reader.expect("(")
        if reader.peek()[0] == ":":
            raise UnusualRequestError(f"{function} of a value")
        path = self._path()
        if function == "attribute_exists":
            test = _exists(getter(path))
        elif function == "attribute_not_exists":
            test = _is_missing(getter(path))
        else:
            reader.expect(",")
            test = self._function_of_two(function, path)
        reader.expect(")")
        return test

    def _function_of_two(self, function: str, path: Path) -> Test:
        get, operand = getter(path), self._operand()
        if operand.path == path:
            raise self._not_distinct(function, path)
        if function == "contains":
            return lambda item, values: _contains(get(item), operand.get(item, values))
        if function == "begins_with":
            self._check_type(function, operand, _BEGINNINGS)
            return lambda item, values: _begins_with(get(item), operand.get(item, values))
        placeholder = operand.placeholder
        if placeholder is None:
            raise self._reader.refusal("The second operand of attribute_type must be a value")
        self._check_type(function, operand, _TYPE_NAMES)
        self.checks.append(check_of_type_name(self._reader, placeholder))
        return lambda item, values: (value := get(item)) is not None and values[placeholder]["S"] in value

    def _comparison(self) -> Test:
        reader = self._reader
        reader.count_operator()
        left = self._operand()
        word = reader.keyword()
        if word in _SIGNS:
            return self._signed(left, reader.read())
        if reader.take("BETWEEN"):
            low = self._operand()
            reader.expect("AND")
            return self._between(left, low, self._operand())
        if reader.take("IN"):
            return self._member(left)
        return reader.refuse()

    def _signed(self, left: _Operand, sign: str) -> Test:
        right = self._operand()
        if left.path is not None and left.path == right.path:
            raise self._not_distinct(sign, left.path)
        if sign in _ORDERS:
            for operand in (left, right):
                self._check_type(sign, operand, ORDERED)
            return _in_order(left, _ORDERS[sign], right)
        is_equal = _equals(left, right)
        return is_equal if sign == "=" else lambda item, values: not is_equal(item, values)

    def _between(self, operand: _Operand, low: _Operand, high: _Operand) -> Test:
        for bounded in (operand, low, high):
            self._check_type("BETWEEN", bounded, ORDERED)
        if low.placeholder is not None and high.placeholder is not None:
            self.checks.append(check_of_bounds(self._reader, low.placeholder, high.placeholder))
        return _all_of([_in_order(low, operator.le, operand), _in_order(operand, operator.le, high)])

    def _member(self, operand: _Operand) -> Test:
        reader = self._reader
        reader.expect("(")
        members = [self._operand()]
        while reader.take(","):
            members.append(self._operand())
        reader.expect(")")
        if len(members) > OPERANDS_OF_IN_MAX:
            raise reader.refusal(
                f"The IN operator is provided with too many operands; number of operands: {len(members)}"
            )
        return _any_of([_equals(operand, member) for member in members])

    def _operand(self) -> _Operand:
        reader = self._reader
        if reader.peek()[0] == ":":
            placeholder = reader.placeholder_of_value()
            return _Operand(lambda _item, values: values[placeholder], placeholder=placeholder)
        if reader.peek(1) != "(":
            path = self._path()
            get = getter(path)
            return _Operand(lambda item, _values: get(item), path)
        if reader.peek() != "size":
            raise reader.refusal(f"Invalid function name; function: {reader.peek()}")
        reader.count_operator()
        reader.read()
        reader.expect("(")
        if reader.peek()[0] == ":":
            raise UnusualRequestError("size of a value")
        of = getter(self._path())
        reader.expect(")")
        return _Operand(lambda item, _values: _size(of(item)))

    def _path(self) -> Path:
        path = read_path(self._reader)
        self.paths.append(path)
        return path

    def _not_distinct(self, function: str, path: Path) -> RefusedError:
        return self._reader.refusal(
            "The first operand must be distinct from the remaining operands for this operator or function; "
            f"operator: {function}, first operand: {shown(path)}"
        )

    def _check_type(self, function: str, operand: _Operand, kinds: frozenset[str]) -> None:
        if operand.placeholder is not None:
            self.checks.append(check_of_kinds(self._reader, function, operand.placeholder, kinds))


def _exists(get: Callable[[Item], Value | None]) -> Test:
    return lambda item, _values: get(item) is not None


def _is_missing(get: Callable[[Item], Value | None]) -> Test:
    return lambda item, _values: get(item) is None


def _all_of(tests: Sequence[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda item, values: first(item, values) and second(item, values)
    return lambda item, values: all(test(item, values) for test in tests)


def _any_of(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda item, values: any(test(item, values) for test in tests)


def _equals(left: _Operand, right: _Operand) -> Test:
    of_left, of_right = left.get, right.get

    def test(item: Item, values: Values) -> bool:
        first, second = of_left(item, values), of_right(item, values)
        return first is not None and second is not None and equal(first, second)

    return test


def _in_order(left: _Operand, is_so: Callable[[Any, Any], bool], right: _Operand) -> Test:
    of_left, of_right = left.get, right.get

    def test(item: Item, values: Values) -> bool:
        first, second = of_left(item, values), of_right(item, values)
        if first is None or second is None or first.keys() != second.keys() or kind_of(first) not in ORDERED:
            return False
        return is_so(sort_of(first), sort_of(second))

    return test


def _begins_with(value: Value | None, beginning: Value | None) -> bool:
    if value is None or beginning is None:
        return False
    if "S" in value and "S" in beginning:
        return value["S"].startswith(beginning["S"])
    return "B" in value and "B" in beginning and binary(value["B"]).startswith(binary(beginning["B"]))


def _contains(value: Value | None, part: Value | None) -> bool:
    if value is None or part is None:
        return False
    kind, of_part = kind_of(value), kind_of(part)
    if kind == "L":
        return any(equal(element, part) for element in value["L"])
    if kind == "S" and of_part == "S":
        return part["S"] in value["S"]
    if kind == "B" and of_part == "B":
        return binary(part["B"]) in binary(value["B"])
    return kind == f"{of_part}S" and any(equal({of_part: member}, part) for member in value[kind])


def _size(value: Value | None) -> Value | None:
    """Return the size of a value, or None if it has none. A text's is in UTF-16 units, which is ministack's finding."""
    if value is None:
        return None
    ((kind, content),) = value.items()
    if kind == "S":
        return {"N": str(len(content) + sum(character > "\uffff" for character in content))}
    if kind == "B":
        return {"N": str(len(binary(content)))}
    return {"N": str(len(content))} if kind in {"SS", "NS", "BS", "L", "M"} else None
