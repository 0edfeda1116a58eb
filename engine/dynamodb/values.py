"""Attribute values: which are valid, how large they are, and when two are equal or in order.

Sources: Amazon DynamoDB Developer Guide, "Supported data types and naming rules", "DynamoDB item sizes and formats" and
"Quotas in Amazon DynamoDB".
"""

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.dynamodb import numbers
from engine.dynamodb.refusals import UnusualRequestError, invalid
from engine.dynamodb.store import Item, Value

ITEM_BYTES_MAX: Final = 400 * 1024
LEVELS_MAX: Final = 32
"""Of nested values, an item's attribute being the first."""

_EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
_SEVERAL: Final = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
)
_INVALID: Final = "One or more parameter values were invalid: "
_TOO_DEEP: Final = (
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
)


def item_size(item: Item) -> int:
    """Return the bytes of an item. Puts its numbers into canonical form. Raises RefusedError if a value is invalid."""
    size = 0
    for name, value in item.items():
        size += text_size(name) + value_size(value)
    return size


def text_size(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def value_size(value: Value, level: int = 1) -> int:
    """Return the bytes of a value. Puts its numbers into canonical form. Raises RefusedError if it is invalid."""
    if type(value) is not dict:
        raise UnusualRequestError("an attribute value that is no object")
    if len(value) != 1:
        raise invalid(_SEVERAL if value else _EMPTY)
    ((kind, content),) = value.items()
    if kind == "S" and type(content) is str:  # most values are texts
        return len(content) if content.isascii() else text_size(content)
    size_of = _SIZES.get(kind)
    if size_of is None:
        raise invalid(_EMPTY)
    if level > LEVELS_MAX:
        raise invalid(_TOO_DEEP)
    return size_of(value, level)


def _content(value: Value, kind: str, expected: type) -> Any:
    content = value[kind]
    if type(content) is not expected:
        raise UnusualRequestError(f"a value of type {kind} that has another JSON type")
    return content


def _text(value: Value, _level: int) -> int:
    return text_size(_content(value, "S", str))


def _number(value: Value, _level: int) -> int:
    text = _content(value, "N", str)
    value["N"] = stored = numbers.canonical(text)
    return numbers.size(stored)


def _binary(value: Value, _level: int) -> int:
    return len(binary(_content(value, "B", str)))


def _flag(value: Value, _level: int) -> int:
    _content(value, "BOOL", bool)
    return 1


def _null(value: Value, _level: int) -> int:
    if _content(value, "NULL", bool) is not True:
        raise invalid(f"{_INVALID}Null attribute value types must have the value of true")
    return 1


def _texts(value: Value, _level: int) -> int:
    texts = _members(value, "SS", "An string set  may not be empty")
    return sum(map(text_size, texts))


def _numbers(value: Value, _level: int) -> int:
    texts = _members(value, "NS", "An number set  may not be empty")
    stored = [numbers.canonical(text) for text in texts]
    if len(set(stored)) != len(stored):
        raise invalid(f"{_INVALID}Input collection contains duplicates.")
    value["NS"] = stored
    return sum(map(numbers.size, stored))


def _binaries(value: Value, _level: int) -> int:
    return sum(len(binary(member)) for member in _members(value, "BS", "Binary sets should not be empty"))


def _members(value: Value, kind: str, if_empty: str) -> list[str]:
    members: list[Any] = _content(value, kind, list)
    if not all(type(member) is str for member in members):
        raise UnusualRequestError("a member of a set that is no text")
    if not members:
        raise invalid(f"{_INVALID}{if_empty}")
    if len(set(members)) != len(members):
        raise invalid(f"{_INVALID}Input collection [{', '.join(members)}] contains duplicates.")
    return members


def _list(value: Value, level: int) -> int:
    values: list[Value] = _content(value, "L", list)
    return 3 + len(values) + sum(value_size(element, level + 1) for element in values)


def _map(value: Value, level: int) -> int:
    values: dict[str, Value] = _content(value, "M", dict)
    size = 3 + len(values)
    for name, element in values.items():
        size += text_size(name) + value_size(element, level + 1)
    return size


_SIZES: Final[Mapping[str, Callable[[Value, int], int]]] = {
    "S": _text,
    "N": _number,
    "B": _binary,
    "BOOL": _flag,
    "NULL": _null,
    "SS": _texts,
    "NS": _numbers,
    "BS": _binaries,
    "L": _list,
    "M": _map,
}
TYPES: Final = frozenset(_SIZES)
SETS: Final = frozenset({"SS", "NS", "BS"})
ORDERED: Final = frozenset({"S", "N", "B"})


def binary(text: str) -> bytes:
    """Return the bytes of a binary value."""
    try:
        return b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnusualRequestError("a binary value that is not Base64") from error


def kind_of(value: Value) -> str:
    """Return the type of a valid value, such as `S`."""
    return next(iter(value))


def sort_of(value: Value) -> Any:
    """Return a text, number or binary value as Python orders it like DynamoDB."""
    ((kind, content),) = value.items()
    if kind == "S":
        return content
    return numbers.decimal(content) if kind == "N" else binary(content)


def equal(left: Value, right: Value) -> bool:
    """Return whether two values are the same: of one type, and sets in any order."""
    if left == right:
        return True
    kind = kind_of(left)
    if kind not in right or kind in {"S", "BOOL", "NULL"}:
        return False
    return _EQUAL[kind](left[kind], right[kind])


def _equal_lists(left: list[Value], right: list[Value]) -> bool:
    return len(left) == len(right) and all(map(equal, left, right))


def _equal_maps(left: dict[str, Value], right: dict[str, Value]) -> bool:
    return left.keys() == right.keys() and all(equal(value, right[name]) for name, value in left.items())


_EQUAL: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    # An item of another time may have a number or a binary value in another form.
    "N": lambda left, right: numbers.decimal(left) == numbers.decimal(right),
    "B": lambda left, right: binary(left) == binary(right),
    "SS": lambda left, right: set(left) == set(right),
    "NS": lambda left, right: set(map(numbers.decimal, left)) == set(map(numbers.decimal, right)),
    "BS": lambda left, right: set(map(binary, left)) == set(map(binary, right)),
    "L": _equal_lists,
    "M": _equal_maps,
}
