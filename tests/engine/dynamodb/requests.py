"""Requests of every kind that our operations know, for properties: to two small tables, with what is stored in them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.engine.dynamodb.implementations import Case

PLAIN: Final = "Plain"
SORTED: Final = "Sorted"
INDEX: Final = "by_group"


def table(name: str, *keys: str) -> Mapping[str, Any]:
    """Return CreateTable's request for a table with these keys, and an index of the keys only."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(*keys),
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "N" if name == "g_sort" else "S"}
            for name in (*keys, "g", "g_sort")
        ],
        "GlobalSecondaryIndexes": [
            {"IndexName": INDEX, "KeySchema": _schema("g", "g_sort"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    }


def _schema(*keys: str) -> Sequence[Mapping[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)]


TABLES: Final = (table(PLAIN, "pk"), table(SORTED, "pk", "sk"))

# Attributes of items, by the names that expressions have for them.
_PATHS: Final = ("a", "b", "m", "m.x", "m.#y", "m.l[0]", "l", "l[0]", "l[1]", "l[7]", "#s", "n", "g", "g_sort")
_NAMES: Final[Mapping[str, str]] = {"#y": "y y", "#s": "status"}

_texts: Final = st.sampled_from(["", "a", "b", "ab", "é", "😀"])
_numbers: Final = st.sampled_from(
    ["0", "1", "-1", "2", "10", "1.5", "12345678901234567890123456789012345678", "1E+125", "1E-130"]
)
_octets: Final = st.sampled_from(["AA==", "AAE=", "/w=="])
_scalars: Final = st.one_of(
    _texts.map(lambda text: {"S": text}),
    _numbers.map(lambda number: {"N": number}),
    _octets.map(lambda octets: {"B": octets}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
)
_sets: Final = st.one_of(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(lambda members: {"SS": members}),
    st.lists(st.sampled_from(["1", "2", "-3"]), min_size=1, unique=True).map(lambda members: {"NS": members}),
    st.lists(_octets, min_size=1, unique=True).map(lambda members: {"BS": members}),
)
_lists: Final = st.lists(_scalars, max_size=3).map(lambda values: {"L": values})
_maps: Final = st.fixed_dictionaries({}, optional={"x": _scalars, "y y": _scalars, "l": _lists}).map(
    lambda values: {"M": values}
)
_values: Final = st.one_of(_scalars, _sets, _lists, _maps)

_attributes: Final = st.fixed_dictionaries(
    {},
    optional={
        "a": _values,
        "b": _values,
        "m": _maps,
        "l": _lists,
        "status": _sets,
        "n": _numbers.map(lambda number: {"N": number}),
        "g": st.sampled_from([{"S": "one"}, {"S": "two"}]),
        "g_sort": st.integers(-2, 11).map(lambda number: {"N": str(number)}),
    },
)


def _keys(name: str) -> st.SearchStrategy[dict[str, Any]]:
    of = {"pk": st.sampled_from(["p", "q"])} | ({"sk": st.sampled_from(["1", "10", "2"])} if name == SORTED else {})
    return st.fixed_dictionaries({key: texts.map(lambda text: {"S": text}) for key, texts in of.items()})


@st.composite
def _stored(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    keys = draw(st.lists(_keys(name), max_size=4, unique_by=lambda key: tuple(value["S"] for value in key.values())))
    return [key | draw(_attributes) for key in keys]


class _Values:
    """Gives each value of a request a placeholder."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw: Final = draw
        self.given: Final[dict[str, Any]] = {}

    def new(self, values: st.SearchStrategy[Any] = _values) -> str:
        placeholder = f":v{len(self.given)}"
        self.given[placeholder] = self._draw(values)
        return placeholder


def _path(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(_PATHS))


def _condition(draw: st.DrawFn, values: _Values, depth: int = 2) -> str:
    match draw(st.integers(0, 11 if depth else 8)):
        case 9:
            return f"NOT {_condition(draw, values, 0)}"
        case 10:
            return f"({_condition(draw, values, depth - 1)}) AND {_condition(draw, values, 0)}"
        case 11:
            return f"({_condition(draw, values, depth - 1)}) OR {_condition(draw, values, 0)}"
        case form if form < 5:
            return _function(draw, values, form)
        case form:
            return _comparison(draw, values, form)


def _function(draw: st.DrawFn, values: _Values, form: int) -> str:
    path = _path(draw)
    match form:
        case 0:
            return f"attribute_exists({path})"
        case 1:
            return f"attribute_not_exists({path})"
        case 2:
            kinds = st.sampled_from(["S", "N", "BOOL", "SS", "M"]).map(lambda kind: {"S": kind})
            return f"attribute_type({path}, {values.new(kinds)})"
        case 3:
            return f"begins_with({path}, {values.new()})"
        case _:
            return f"contains({path}, {values.new(_scalars)})"


def _comparison(draw: st.DrawFn, values: _Values, form: int) -> str:
    path = _path(draw)
    match form:
        case 5:
            sign = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
            return f"{path} {sign} {values.new()}"
        case 6:
            sized = draw(st.sampled_from(["a", "l", "m", "#s"]))
            sizes = st.integers(0, 3).map(lambda size: {"N": str(size)})
            return f"size({sized}) {draw(st.sampled_from(['=', '<', '>=']))} {values.new(sizes)}"
        case 7:
            return f"{path} BETWEEN {values.new()} AND {values.new()}"
        case _:
            return f"{path} IN ({values.new()}, {values.new()})"


def _update(draw: st.DrawFn, values: _Values) -> str:
    paths = draw(st.permutations(_PATHS))
    clauses: dict[str, list[str]] = {}
    for path in paths[: draw(st.integers(1, 3))]:
        clause = draw(st.sampled_from(["SET", "SET", "SET", "REMOVE", "ADD", "DELETE"]))
        clauses.setdefault(clause, []).append(_action(draw, values, clause, path))
    return " ".join(f"{clause} {', '.join(actions)}" for clause, actions in clauses.items())


def _action(draw: st.DrawFn, values: _Values, clause: str, path: str) -> str:
    if clause == "REMOVE":
        return path
    if clause == "ADD":
        return f"{path} {values.new(st.one_of(_sets, _numbers.map(lambda number: {'N': number})))}"
    if clause == "DELETE":
        return f"{path} {values.new(_sets)}"
    match draw(st.integers(0, 4)):
        case 0:
            return f"{path} = {_path(draw)}"
        case 1:
            return f"{path} = if_not_exists({_path(draw)}, {values.new()})"
        case 2:
            return f"{path} = list_append({_path(draw)}, {values.new(_lists)})"
        case 3:
            number = values.new(_numbers.map(lambda number: {"N": number}))
            return f"{path} = {draw(st.sampled_from(['n', 'a']))} {draw(st.sampled_from('+-'))} {number}"
        case _:
            return f"{path} = {values.new()}"


def _with(values: _Values, **expressions: str) -> dict[str, Any]:
    """Return the expressions as parameters, with the placeholders in them."""
    text = " ".join(expressions.values())
    names = {placeholder: name for placeholder, name in _NAMES.items() if placeholder in text}
    return {
        **expressions,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExpressionAttributeValues": values.given} if values.given else {}),
    }


_on_failure: Final = st.sampled_from([{}, {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}])


@st.composite
def writes(draw: st.DrawFn) -> Case:
    """Draw a PutItem, UpdateItem or DeleteItem, with or without a condition."""
    kind = draw(st.sampled_from(["PutItem", "UpdateItem", "UpdateItem", "DeleteItem"]))
    name = draw(st.sampled_from([PLAIN, SORTED]))
    returned = ["NONE", "ALL_OLD", *(["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"] if kind == "UpdateItem" else [])]
    request = _write(draw, kind, name) | draw(_on_failure) | {"ReturnValues": draw(st.sampled_from(returned))}
    return Case(kind, request, {name: draw(_stored(name))})


def _write(draw: st.DrawFn, kind: str, name: str) -> dict[str, Any]:
    values, expressions = _Values(draw), dict[str, str]()
    if kind == "UpdateItem":
        expressions["UpdateExpression"] = _update(draw, values)
    if kind == "ConditionCheckItem" or draw(st.booleans()):
        expressions["ConditionExpression"] = _condition(draw, values)
    key = draw(_keys(name))
    target = {"Item": key | draw(_attributes)} if kind == "PutItem" else {"Key": key}
    return {"TableName": name, **target, **_with(values, **expressions)}


_invalid: Final = st.sampled_from(
    [
        {"N": "one"},
        {"N": "1E+126"},
        {"N": "123456789012345678901234567890123456789"},
        {"NULL": False},
        {"SS": []},
        {"SS": ["a", "a"]},
        {"NS": ["1", "1"]},
        {"S": "a", "N": "1"},
        {},
    ]
)


@st.composite
def invalid(draw: st.DrawFn) -> Case:
    """Draw a write with something that no write may have."""
    case = draw(writes())
    request = dict(case.request)
    key = "Item" if case.operation == "PutItem" else "Key"
    match draw(st.sampled_from(["item", "value", "no key", "empty key", "unused value", "unused name", "syntax"])):
        case "item":
            request[key] = request[key] | {"a": draw(_invalid)}
        case "value":
            request["ConditionExpression"] = "a = :v"
            request["ExpressionAttributeValues"] = {":v": draw(_invalid)}
            request.pop("UpdateExpression", None)
            request.pop("ExpressionAttributeNames", None)
        case "no key":
            request[key] = {name: value for name, value in request[key].items() if name != "pk"}
        case "empty key":
            request[key] = request[key] | {"pk": {"S": ""}}
        case "unused value":
            request["ConditionExpression"] = "attribute_exists(a)"
            request["ExpressionAttributeValues"] = request.get("ExpressionAttributeValues", {}) | {
                ":unused": {"S": "a"}
            }
        case "unused name":
            request["ConditionExpression"] = "attribute_exists(a)"
            request["ExpressionAttributeNames"] = request.get("ExpressionAttributeNames", {}) | {"#unused": "a"}
        case _:
            request["ConditionExpression"] = draw(
                st.sampled_from(["", "a", "a =", "(a = b", "status = a", "a = b c", "sizes(a) = b", "a = :none"])
            )
    return Case(case.operation, request, case.items)


@st.composite
def batches(draw: st.DrawFn) -> Case:
    """Draw a BatchWriteItem of up to four writes."""
    writes_of: dict[str, list[dict[str, Any]]] = {}
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from([PLAIN, SORTED]))
        key = draw(_keys(name))
        put = {"PutRequest": {"Item": key | draw(_attributes)}}
        writes_of.setdefault(name, []).append(put if draw(st.booleans()) else {"DeleteRequest": {"Key": key}})
    items = {name: draw(_stored(name)) for name in (PLAIN, SORTED)}
    return Case("BatchWriteItem", {"RequestItems": writes_of}, items)


@st.composite
def transactions(draw: st.DrawFn) -> Case:
    """Draw a TransactWriteItems of up to three writes."""
    parts: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["Put", "Update", "Delete", "ConditionCheck"]))
        write = _write(draw, f"{kind}Item", draw(st.sampled_from([PLAIN, SORTED])))
        parts.append({kind: write | draw(_on_failure)})
    items = {name: draw(_stored(name)) for name in (PLAIN, SORTED)}
    request: dict[str, Any] = {"TransactItems": parts}
    # An update can have another result elsewhere already (differences.py), and a repeated transaction then follows it.
    if draw(st.integers(0, 2)) or any("Update" in part for part in parts):
        return Case("TransactWriteItems", request, items)
    request["ClientRequestToken"] = "token"  # one that was used for this transaction, or for a part of it
    first = request | {"TransactItems": parts[: draw(st.integers(1, len(parts)))]}
    return Case("TransactWriteItems", request, items, [("TransactWriteItems", first)])


@st.composite
def reads(draw: st.DrawFn) -> Case:
    """Draw a GetItem, Query or Scan, or a BatchGetItem."""
    kind = draw(st.sampled_from(["GetItem", "Query", "Query", "Scan", "BatchGetItem"]))
    name = draw(st.sampled_from([PLAIN, SORTED]))
    values, request = _Values(draw), dict[str, Any]()
    projection = {"ProjectionExpression": draw(st.sampled_from(["a, pk", "m.x, #s", "m.#y, l[1], l[0]", "b"]))}
    asked = projection if draw(st.booleans()) else {}
    if kind == "GetItem":
        request = {"TableName": name, "Key": draw(_keys(name)), **_with(values, **asked)}
    elif kind == "BatchGetItem":
        keys = draw(st.lists(_keys(name), min_size=1, max_size=2))
        request = {"RequestItems": {name: {"Keys": keys, **_with(values, **asked)}}}
    else:
        request = {"TableName": name, **_page(draw, kind, values, asked)}
    return Case(kind, request, {name: draw(_stored(name))})


def _page(draw: st.DrawFn, kind: str, values: _Values, asked: dict[str, str]) -> dict[str, Any]:
    expressions, options = dict[str, str](), dict[str, Any]()
    if kind == "Query":
        if draw(st.booleans()):
            options["IndexName"] = INDEX
            asked = {}
        expressions["KeyConditionExpression"] = _key_condition(draw, values, is_of_index="IndexName" in options)
        options["ScanIndexForward"] = draw(st.booleans())
    elif draw(st.booleans()):
        options |= {"Segment": 0, "TotalSegments": draw(st.integers(1, 3))}
    if draw(st.booleans()):
        options["Limit"] = draw(st.integers(1, 3))
    if not asked and draw(st.booleans()):
        options["Select"] = "COUNT"
    if draw(st.booleans()) and "IndexName" not in options:
        expressions["FilterExpression"] = _condition(draw, values, 1)
    return {**options, **_with(values, **expressions, **asked)}


def _key_condition(draw: st.DrawFn, values: _Values, *, is_of_index: bool) -> str:
    partition, sort = ("g", "g_sort") if is_of_index else ("pk", "sk")
    partitions = st.sampled_from(["one", "two"] if is_of_index else ["p", "q"]).map(lambda text: {"S": text})
    bounds = (
        st.integers(-3, 12).map(lambda number: {"N": str(number)})
        if is_of_index
        else st.sampled_from(["1", "10", "2"]).map(lambda text: {"S": text})
    )
    equal = f"{partition} = {values.new(partitions)}"
    match draw(st.integers(0, 3 if is_of_index else 4)):
        case 0:
            return equal
        case 1:
            return f"{equal} AND {sort} {draw(st.sampled_from(['=', '<', '<=', '>', '>=']))} {values.new(bounds)}"
        case 2:
            return f"{sort} = {values.new(bounds)} AND {equal}"
        case 3:
            return f"{equal} AND {sort} BETWEEN {values.new(bounds)} AND {values.new(bounds)}"
        case _:
            return f"{equal} AND begins_with({sort}, {values.new(bounds)})"
