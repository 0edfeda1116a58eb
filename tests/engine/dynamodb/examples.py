"""Cases of rules that generated requests reach seldom. All three implementations agree on them."""

from collections.abc import Mapping
from typing import Any, Final

from tests.engine.dynamodb.implementations import Case
from tests.engine.dynamodb.requests import INDEX, PLAIN, SORTED

_KEY: Final[Any] = {"pk": {"S": "p"}}
_OTHER: Final[Any] = {"pk": {"S": "q"}}
_SORTED: Final = [{"pk": {"S": "p"}, "sk": {"S": sort}, "n": {"N": "1"}} for sort in ("a", "ab", "abc", "b", "c")]


def _values(**values: Any) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}}


def _put(condition: str, item: Any = None, **values: Any) -> Case:
    request = {
        "TableName": PLAIN,
        "Item": _KEY,
        "ConditionExpression": condition,
        **(_values(**values) if values else {}),
    }
    return Case("PutItem", request, {PLAIN: [] if item is None else [_KEY | item]})


def _update(expression: str, item: Any, *, returned: str = "ALL_NEW", **values: Any) -> Case:
    request = {"TableName": PLAIN, "Key": _KEY, "UpdateExpression": expression, "ReturnValues": returned}
    return Case("UpdateItem", request | (_values(**values) if values else {}), {PLAIN: [_KEY | item]})


def _query(condition: str, bound: str, **options: Any) -> Case:
    values = _values(p={"S": "p"}, v={"S": bound})
    request = {"TableName": SORTED, "KeyConditionExpression": f"pk = :p AND {condition}", **options, **values}
    return Case("Query", request, {SORTED: _SORTED})


def _filtered(limit: int) -> Case:
    values = _values(p={"S": "p"}, two={"N": "2"})
    condition = {"KeyConditionExpression": "pk = :p", "FilterExpression": "n = :two", "Limit": limit}
    return Case("Query", {"TableName": SORTED, **condition, **values}, {SORTED: _SORTED})


def _by_number(condition: str, bound: str) -> Case:
    items = [{"pk": {"S": number}, "g": {"S": "one"}, "g_sort": {"N": number}} for number in ("-1", "2", "10", "9.5")]
    condition = f"g = :g AND g_sort {condition} :v"
    values = _values(g={"S": "one"}, v={"N": bound})
    request = {"TableName": PLAIN, "IndexName": INDEX, "KeyConditionExpression": condition, **values}
    return Case("Query", request, {PLAIN: items})


def _transaction(*parts: Any, token: str = "", before: Any = None) -> Case:
    tokens = {"ClientRequestToken": token} if token else {}
    earlier = [] if before is None else [("TransactWriteItems", {"TransactItems": before, **tokens})]
    return Case("TransactWriteItems", {"TransactItems": [*parts], **tokens}, before=earlier)


def _part(kind: str, key: Any, **parameters: Any) -> Any:
    return {kind: {"TableName": PLAIN, ("Item" if kind == "Put" else "Key"): key, **parameters}}


_ADD: Final = _part("Update", _KEY, UpdateExpression="ADD a :v", **_values(v={"N": "1"}))
_TEXT: Final = {"S": "a"}
_ONE: Final = {"N": "1"}

EXAMPLES: Final[Mapping[str, Case]] = {
    "a condition on a missing item": _put("a = :v", v=_TEXT),
    "a missing attribute is not equal": _put("a <> :v", {}, v=_TEXT),
    "nor is it equal": _put("a = :v", {}, v=_TEXT),
    "nor in any order": _put("NOT a < :v", {}, v=_TEXT),
    "a value of another type is not equal": _put("a <> :v", {"a": _ONE}, v=_TEXT),
    "numbers are equal whatever their form": _put("a = :v", {"a": {"N": "10"}}, v={"N": "1E1"}),
    "numbers are in order": _put("a < :v", {"a": {"N": "9"}}, v={"N": "10"}),
    "negative numbers are in order": _put("a < :v", {"a": {"N": "-10"}}, v={"N": "-9"}),
    "sets are equal in any order": _put("a = :v", {"a": {"SS": ["a", "b"]}}, v={"SS": ["b", "a"]}),
    "binary values are in order": _put("a < :v", {"a": {"B": "AQ=="}}, v={"B": "/w=="}),
    "AND binds closer than OR": _put("attribute_exists(pk) OR a = :v AND a = :v", {}, v=_TEXT),
    "NOT binds closer than AND": _put("NOT attribute_exists(a) AND attribute_exists(b)", {}),
    "a sum with a fraction": _update("ADD a :v", {"a": {"N": "1.25"}}, v={"N": "0.5"}),
    "a difference": _update("SET a = a - :v", {"a": {"N": "0.3"}}, v={"N": "0.1"}),
    "members are added to a set": _update("ADD a :v", {"a": {"NS": ["1", "2"]}}, v={"NS": ["2", "3"]}),
    "the last member removes its set": _update("DELETE a :v", {"a": {"SS": ["a"]}}, v={"SS": ["a"]}),
    "operands are read before they change": _update("SET a = b, b = a", {"a": _TEXT, "b": _ONE}),
    "an element beyond the end is appended": _update("SET l[7] = :v", {"l": {"L": [_ONE]}}, v=_TEXT),
    "lists are joined": _update("SET l = list_append(:v, l)", {"l": {"L": [_ONE]}}, v={"L": [_TEXT]}),
    "a default does not replace": _update("SET a = if_not_exists(a, :v)", {"a": _ONE}, v=_TEXT),
    "the old item of a changed map": _update("SET m.x = :v", {"m": {"M": {"x": _ONE}}}, returned="ALL_OLD", v=_TEXT),
    "what changed": _update("SET a = :v", {"a": _ONE, "b": _ONE}, returned="UPDATED_OLD", v=_TEXT),
    "a key cannot be updated": _update("SET pk = :v", {}, v=_TEXT),
    "an index key has a type": _update("SET g = :v", {}, v=_ONE),
    "an index key is not empty": _update("SET g = :v", {}, v={"S": ""}),
    "behind a bound": _query("sk > :v", "ab"),
    "from a bound": _query("sk >= :v", "ab"),
    "before a bound": _query("sk < :v", "ab"),
    "up to a bound": _query("sk <= :v", "ab"),
    "with a prefix": _query("begins_with(sk, :v)", "ab"),
    "backwards": _query("sk >= :v", "ab", ScanIndexForward=False, Limit=2),
    "numbers of an index from a bound": _by_number(">=", "2"),
    "numbers of an index before a bound": _by_number("<", "10"),
    "a filter does not count": _filtered(2),
    "a transaction is canceled as a whole": _transaction(
        _part("Put", _KEY), _part("ConditionCheck", _OTHER, ConditionExpression="attribute_exists(pk)")
    ),
    "a transaction writes an item once": _transaction(_part("Put", _KEY), _part("Delete", _KEY)),
    "a repeated transaction is written once": _transaction(_ADD, token="token", before=[_ADD]),
    "a token is for one transaction": _transaction(_part("Put", _OTHER), token="token", before=[_ADD]),
    "a canceled transaction leaves its token": _transaction(
        _part("Put", _OTHER),
        token="token",
        before=[_part("Delete", _KEY, ConditionExpression="attribute_exists(pk)")],
    ),
    "an unknown table": Case("GetItem", {"TableName": "None", "Key": _KEY}),
    "a key that lacks an attribute": Case("GetItem", {"TableName": SORTED, "Key": _KEY}),
    "a key with one attribute more": Case("GetItem", {"TableName": PLAIN, "Key": _KEY | {"a": _TEXT}}),
}
