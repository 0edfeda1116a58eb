"""Checks of the values that an expression's operators take, made before an item is read.

Source of the types: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions". AWS
does not document that a request with a value of another type is refused regardless of the stored item.
"""

from collections.abc import Callable, Mapping, Set as AbstractSet
from typing import Final

from engine.dynamodb.refusals import RefusedError
from engine.dynamodb.store import Value
from engine.dynamodb.syntax import Reader
from engine.dynamodb.values import TYPES, kind_of, sort_of

Values = Mapping[str, Value]
"""The values of a request by their placeholders."""
Check = Callable[[Values], None]
"""Raises RefusedError for values that an operator does not take. All of its placeholders have a value."""

_OPERAND: Final = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"


def check_of_kinds(reader: Reader, function: str, placeholder: str, kinds: AbstractSet[str]) -> Check:
    """Return a check that the type of a value is one of these."""

    def check(values: Values) -> None:
        kind = kind_of(values[placeholder])
        if kind not in kinds:
            raise reader.refusal(_OPERAND.format(function, kind))

    return check


def check_of_type_name(reader: Reader, placeholder: str) -> Check:
    """Return a check that a text is the name of a type, as attribute_type takes it."""

    def check(values: Values) -> None:
        name = values[placeholder]["S"]
        if name not in TYPES:
            valid = ",".join(sorted(TYPES))
            raise reader.refusal(f"Invalid attribute type name found; type: {name}, valid types: {{{valid}}}")

    return check


def check_of_bounds(reader: Reader, low: str, high: str) -> Check:
    """Return a check that the bounds of BETWEEN are of one type, and in order."""

    def refusal(reason: str, lower: Value, upper: Value) -> RefusedError:
        return reader.refusal(
            f"The BETWEEN operator requires {reason}; lower bound operand: AttributeValue: {_written(lower)}, upper "
            f"bound operand: AttributeValue: {_written(upper)}"
        )

    def check(values: Values) -> None:
        lower, upper = values[low], values[high]
        if kind_of(lower) != kind_of(upper):
            raise refusal("same data type for lower and upper bounds", lower, upper)
        if sort_of(lower) > sort_of(upper):
            raise refusal("upper bound to be greater than or equal to lower bound", lower, upper)

    return check


def _written(value: Value) -> str:
    ((kind, content),) = value.items()
    return f"{{{kind}:{content}}}"
