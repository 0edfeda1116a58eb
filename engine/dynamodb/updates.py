"""Updates, compiled to functions that return the changed item and leave the stored one as it is.

Source: Amazon DynamoDB Developer Guide, "Using update expressions in DynamoDB".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.dynamodb import numbers
from engine.dynamodb.checks import Check, Values, check_of_kinds
from engine.dynamodb.paths import Path, attribute, element, getter, read_path, refuse_overlap
from engine.dynamodb.projections import parts_of
from engine.dynamodb.refusals import invalid
from engine.dynamodb.store import Item, Value
from engine.dynamodb.syntax import Reader
from engine.dynamodb.values import SETS, binary, kind_of

SLOT: Final = "UpdateExpression"

_Operand = Callable[[Item, Values], Value]
_Action = Callable[[Item, Item, Values], None]
"""Changes the new item (the first argument) after the old one."""

_NUMBERS: Final = frozenset({"N"})
_LISTS: Final = frozenset({"L"})

_INVALID_PATH: Final = "The document path provided in the update expression is invalid for update"
_NO_ATTRIBUTE: Final = "The provided expression refers to an attribute that does not exist in the item"
_WRONG_TYPE: Final = "An operand in the update expression has an incorrect data type"

_TYPE_NAMES: Final[Mapping[str, str]] = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "SS": "STRING SET",
    "NS": "NUMBER SET",
    "BS": "BINARY SET",
    "L": "LIST",
    "M": "MAP",
}


@dataclass(frozen=True, slots=True)
class Update:
    """A compiled update, and the placeholders and attributes in it.

    `checks` raise RefusedError for values that their operators do not take. `touched` returns what of an item the
    update names.
    """

    actions: tuple[_Action, ...]
    checks: tuple[Check, ...]
    touched: Callable[[Item], Item]
    names: frozenset[str]
    values: frozenset[str]
    attributes: frozenset[str]
    slot: str = SLOT

    def of(self, item: Item, values: Values) -> Item:
        """Return the updated item. Every operand is read from `item`. Raises RefusedError if an operand is wrong."""
        updated = dict(item)
        for act in self.actions:
            act(updated, item, values)
        return updated


@lru_cache(maxsize=2_048)
def update_of(text: str, names: tuple[tuple[str, str], ...]) -> Update:
    """Return an expression's update. Raises RefusedError for its syntax, or if its paths overlap."""
    reader = Reader(SLOT, text, dict(names))
    parser = _Parser(reader)
    parser.read()
    refuse_overlap(SLOT, parser.paths)
    return Update(
        parser.actions(),
        tuple(parser.checks),
        parts_of(parser.paths),
        frozenset(reader.names_read),
        frozenset(reader.values_read),
        frozenset(map(attribute, parser.paths)),
    )


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self.checks: Final[list[Check]] = []
        self.paths: Final[list[Path]] = []
        self._reader: Final = reader
        self._sets: Final[list[tuple[Path, _Action]]] = []
        self._removals: Final[list[tuple[Path, _Action]]] = []

    def read(self) -> None:
        """Read all sections."""
        sections: dict[str, Callable[[], None]] = {
            "SET": self._set,
            "REMOVE": self._remove,
            "ADD": self._add,
            "DELETE": self._delete,
        }
        reader, seen = self._reader, set[str]()
        while reader.keyword() in sections:
            word = reader.read().upper()
            if word in seen:
                raise reader.refusal(f'The "{word}" section can only be used once in an update expression;')
            seen.add(word)
            sections[word]()
            while reader.take(","):
                sections[word]()
        if not seen:
            reader.refuse()
        reader.expect_end()

    def actions(self) -> tuple[_Action, ...]:
        """Return the actions, so that none moves an element of a list that a later one names."""
        sets = sorted(self._sets, key=lambda row: [part if type(part) is int else 0 for part in row[0]])
        removals = sorted(self._removals, key=lambda row: [-part if type(part) is int else 0 for part in row[0]])
        return tuple(action for _, action in (*sets, *removals))

    def _path(self) -> Path:
        path = read_path(self._reader)
        self.paths.append(path)
        return path

    def _set(self) -> None:
        path = self._path()
        self._reader.expect("=")
        operand = self._sum()
        self._sets.append((path, _setting(path, operand)))

    def _remove(self) -> None:
        path = self._path()
        self._removals.append((path, _removing(path)))

    def _add(self) -> None:
        path, placeholder = self._path(), self._reader.placeholder_of_value()
        self.checks.append(_check_of_section(self._reader, "ADD", placeholder, SETS | _NUMBERS))
        self._sets.append((path, _adding(path, placeholder)))

    def _delete(self) -> None:
        path, placeholder = self._path(), self._reader.placeholder_of_value()
        self.checks.append(_check_of_section(self._reader, "DELETE", placeholder, SETS))
        self._removals.append((path, _deleting(path, placeholder)))

    def _sum(self) -> _Operand:
        reader = self._reader
        left, left_value = self._operand()
        sign = reader.peek()
        if sign not in {"+", "-"}:
            return left
        reader.read()
        right, right_value = self._operand()
        self._check_types(sign, (left_value, right_value), _NUMBERS)
        reader.count_operator()
        return _calculated(left, numbers.total if sign == "+" else numbers.difference, right)

    def _operand(self) -> tuple[_Operand, str | None]:
        """Return an operand, and its placeholder if it is a value of the request."""
        reader = self._reader
        if reader.take("("):
            operand = self._sum()
            reader.expect(")")
            return operand, None
        if reader.peek()[0] == ":":
            placeholder = reader.placeholder_of_value()
            return (lambda _item, values: values[placeholder]), placeholder
        if reader.peek(1) == "(":
            return self._function(), None
        get = getter(read_path(reader))

        def stored(item: Item, _values: Values) -> Value:
            value = get(item)
            if value is None:
                raise invalid(_NO_ATTRIBUTE)
            return value

        return stored, None

    def _function(self) -> _Operand:
        reader = self._reader
        function = reader.read()
        if function not in {"if_not_exists", "list_append"}:
            raise reader.refusal(f"Invalid function name; function: {function}")
        reader.count_operator()
        reader.expect("(")
        if function == "if_not_exists":
            get = getter(read_path(reader))
            reader.expect(",")
            default, _ = self._operand()
            reader.expect(")")
            return lambda item, values: default(item, values) if (value := get(item)) is None else value
        first, first_value = self._operand()
        reader.expect(",")
        second, second_value = self._operand()
        reader.expect(")")
        self._check_types(function, (first_value, second_value), _LISTS)
        return _joined(first, second)

    def _check_types(self, function: str, placeholders: Iterable[str | None], kinds: frozenset[str]) -> None:
        for placeholder in placeholders:
            if placeholder is not None:
                self.checks.append(check_of_kinds(self._reader, function, placeholder, kinds))


def _check_of_section(reader: Reader, section: str, placeholder: str, kinds: frozenset[str]) -> Check:
    def check(values: Values) -> None:
        kind = kind_of(values[placeholder])
        if kind not in kinds:
            raise reader.refusal(
                f"Incorrect operand type for operator or function; operator: {section}, operand type: "
                f"{_TYPE_NAMES[kind]}, typeSet: ALLOWED_FOR_ADD_OPERAND"
            )

    return check


def _calculated(left: _Operand, calculate: Callable[[str, str], str], right: _Operand) -> _Operand:
    def operand(item: Item, values: Values) -> Value:
        first, second = left(item, values), right(item, values)
        if "N" not in first or "N" not in second:
            raise invalid(_WRONG_TYPE)
        return {"N": calculate(first["N"], second["N"])}

    return operand


def _joined(first: _Operand, second: _Operand) -> _Operand:
    def operand(item: Item, values: Values) -> Value:
        front, back = first(item, values), second(item, values)
        if "L" not in front or "L" not in back:
            raise invalid(_WRONG_TYPE)
        return {"L": [*front["L"], *back["L"]]}

    return operand


def _setting(path: Path, operand: _Operand) -> _Action:
    if len(path) == 1:
        name = attribute(path)

        def set_attribute(updated: Item, item: Item, values: Values) -> None:
            updated[name] = operand(item, values)

        return set_attribute
    return lambda updated, item, values: _place(updated, path, operand(item, values))


def _removing(path: Path) -> _Action:
    return lambda updated, _item, _values: _place(updated, path, None)


def _adding(path: Path, placeholder: str) -> _Action:
    get = getter(path)

    def add(updated: Item, item: Item, values: Values) -> None:
        added, value = values[placeholder], get(item)
        _place(updated, path, added if value is None else _together(value, added))

    return add


def _deleting(path: Path, placeholder: str) -> _Action:
    get = getter(path)

    def delete(updated: Item, item: Item, values: Values) -> None:
        deleted, value = values[placeholder], get(item)
        if value is not None:
            _place(updated, path, _without(value, deleted))

    return delete


def _together(value: Value, added: Value) -> Value:
    kind = kind_of(added)
    if kind not in value:
        raise invalid(_WRONG_TYPE)
    if kind == "N":
        return {"N": numbers.total(value["N"], added["N"])}
    members = _members(value, kind)
    return {kind: [*{**members, **_members(added, kind)}.values()]}


def _without(value: Value, deleted: Value) -> Value | None:
    kind = kind_of(deleted)
    if kind not in value:
        raise invalid(_WRONG_TYPE)
    members, gone = _members(value, kind), _members(deleted, kind)
    rest = [member for same, member in members.items() if same not in gone]
    return {kind: rest} if rest else None


def _members(value: Value, kind: str) -> dict[object, str]:
    """Return the members of a set, by what makes two of them the same."""
    same: Callable[[str], object] = {"NS": numbers.decimal, "BS": binary}.get(kind, str)
    return {same(member): member for member in value[kind]}


def _place(item: Item, path: Path, value: Value | None) -> None:
    """Set the value at a path of an item, or remove it if it is None. Values that others may have are replaced."""
    name, rest = attribute(path), path[1:]
    if not rest:
        changed = value
    elif name in item:
        changed = _changed(item[name], rest, value)
    else:
        raise invalid(_INVALID_PATH)
    if changed is None:
        item.pop(name, None)
    else:
        item[name] = changed


def _changed(container: Value, path: Path, value: Value | None) -> Value:
    """Return a copy of a map or list in which the value at a path is another, or is missing if it is None."""
    part, rest = path[0], path[1:]
    if rest:
        inner = element(container, part)
        if inner is None:
            raise invalid(_INVALID_PATH)
        value = _changed(inner, rest, value)
    if type(part) is str:
        return {"M": _changed_map(container, part, value)}
    return {"L": _changed_list(container, int(part), value)}


def _changed_map(container: Value, name: str, value: Value | None) -> dict[str, Value]:
    if "M" not in container:
        raise invalid(_INVALID_PATH)
    entries = dict(container["M"])
    if value is None:
        entries.pop(name, None)
    else:
        entries[name] = value
    return entries


def _changed_list(container: Value, index: int, value: Value | None) -> list[Value]:
    if "L" not in container:
        raise invalid(_INVALID_PATH)
    elements = list(container["L"])
    if value is None:
        del elements[index : index + 1]
    else:
        elements[index : index + 1] = [value]  # beyond the end, it becomes the last
    return elements
