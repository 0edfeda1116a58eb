"""Where our operations answer otherwise than ministack or moto, and what AWS documents.

A row without a source is not documented by AWS: it says what we chose, and is not proven.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tests.engine.dynamodb.implementations import Case, Outcome
from tests.engine.dynamodb.requests import PLAIN, SORTED

MINISTACK: Final = "ministack"
MOTO: Final = "moto"

_KEY: Final[Any] = {"pk": {"S": "p"}}
_NUMBER: Final[Any] = {"N": "1"}
_PUT: Final[Any] = {"Put": {"TableName": PLAIN, "Item": _KEY}}


class Row(Protocol):
    """A known difference from some of the others: what it is called, and an example."""

    @property
    def name(self) -> str: ...
    @property
    def others(self) -> tuple[str, ...]: ...
    @property
    def example(self) -> Case: ...
    def is_this(self, case: Case, ours: Outcome, other: Outcome) -> bool:
        """Return whether two outcomes differ in this way only."""
        ...


@dataclass(frozen=True)
class Refusal:
    """What we refuse, and `others` do not, or with another code. `message` is in our refusal's text."""

    name: str
    others: tuple[str, ...]
    aws: str
    example: Case
    message: str
    source: str = ""

    def is_this(self, case: Case, ours: Outcome, other: Outcome) -> bool:  # noqa: ARG002 - other rows look at it
        """Return whether we refuse for this reason, with the same items as one that refuses too."""
        is_refused = ours.status == 400 and self.message in ours.message
        return is_refused and (other.status == 200 or ours.stored == other.stored)


@dataclass(frozen=True)
class Difference:
    """Another answer of `others`, recognized by `is_so` from the case, our outcome and the other one."""

    name: str
    others: tuple[str, ...]
    aws: str
    example: Case
    is_so: Callable[[Case, Outcome, Outcome], bool]
    source: str = ""

    def is_this(self, case: Case, ours: Outcome, other: Outcome) -> bool:
        """Return whether it is recognized."""
        return self.is_so(case, ours, other)


def _put(condition: str, *, item: Any = None, **values: Any) -> Case:
    request = {"TableName": PLAIN, "Item": _KEY, "ConditionExpression": condition, **_values(values)}
    return Case("PutItem", request, {PLAIN: [] if item is None else [_KEY | item]})


def _update(expression: str, *, item: Any = None, returned: str = "NONE", condition: str = "", **values: Any) -> Case:
    request = {"TableName": PLAIN, "Key": _KEY, "UpdateExpression": expression, "ReturnValues": returned}
    conditions = {"ConditionExpression": condition} if condition else {}
    return Case("UpdateItem", request | conditions | _values(values), {PLAIN: [] if item is None else [_KEY | item]})


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}


def _in_transaction(case: Case) -> Case:
    part = {name: value for name, value in case.request.items() if name != "ReturnValues"}
    kind = case.operation.removesuffix("Item")
    return Case("TransactWriteItems", {"TransactItems": [{kind: part}]}, case.items)


def _repeated(first: Any, second: Any) -> Case:
    """Return a transaction after another one with the same token."""
    before, request = ({"TransactItems": parts, "ClientRequestToken": "token"} for parts in (first, second))
    return Case("TransactWriteItems", request, before=[("TransactWriteItems", before)])


_CONDITION_TYPES: Final = "Amazon DynamoDB API Reference, Condition (ComparisonOperator)"
_CONDITIONS: Final = "Condition and filter expressions, operators, and functions in DynamoDB"
_UPDATES: Final = "Using update expressions in DynamoDB"

_INDEXES: Final = "Using Global Secondary Indexes in DynamoDB"
_TYPES: Final = "Supported data types and naming rules in Amazon DynamoDB"
_TOKENS: Final = "Amazon DynamoDB API Reference, TransactWriteItems (ClientRequestToken)"
_REASONS: Final = "Amazon DynamoDB API Reference, TransactWriteItems (TransactionCanceledException)"

REFUSALS: Final = (
    Refusal(
        "a value of a type that an operator does not take",
        (MINISTACK, MOTO),
        "begins_with takes texts and binary values, an order takes numbers too. That another value is refused before "
        "an item is read is not documented",
        _put("begins_with(a, :v)", v=_NUMBER),
        "Incorrect operand type for operator or function",
        _CONDITION_TYPES,
    ),
    Refusal(
        "bounds of BETWEEN of two types",
        (MINISTACK, MOTO),
        "Both bounds have the same type",
        _put("a BETWEEN :v AND :w", v={"S": "1"}, w=_NUMBER),
        "The BETWEEN operator requires same data type",
        _CONDITION_TYPES,
    ),
    Refusal(
        "bounds of BETWEEN out of order",
        (MOTO,),
        "",
        Case(
            "Query",
            {
                "TableName": SORTED,
                "KeyConditionExpression": "pk = :p AND sk BETWEEN :v AND :w",
                **_values({"p": {"S": "p"}, "v": {"S": "2"}, "w": {"S": "1"}}),
            },
        ),
        "The BETWEEN operator requires upper bound",
    ),
    Refusal(
        "an update of a map or list and of a part of it",
        (MINISTACK, MOTO),
        "Refuses two paths of which one contains the other, or that need a value to be both a map and a list",
        _update("SET m = :m REMOVE m.x", condition="attribute_exists(a)", m={"M": {}}),
        "Two document paths",
        "aws-sdk-java-v2, pull request 6471",
    ),
    Refusal(
        "an update of a part of what is missing",
        (MINISTACK,),
        "All elements of a path but the last must exist",
        _update("REMOVE m.x"),
        "document path provided",
        _UPDATES,
    ),
    Refusal(
        "an impossible update in a transaction",
        (MINISTACK, MOTO),
        "Cancels the transaction with the reason ValidationError",
        _in_transaction(_update("REMOVE m.x")),
        "ValidationError",
        _REASONS,
    ),
    Refusal(
        "a sum of more than 38 digits",
        (MINISTACK, MOTO),
        "A number has up to 38 digits of precision, and one beyond is refused",
        _update("ADD a :v", item={"a": {"N": "1E+125"}}, v=_NUMBER),
        "more than 38 significant digits",
        _TYPES,
    ),
    Refusal(
        "an index key of another type",
        (MOTO,),
        "Refuses to write an item if an attribute that is a key of an index has another type",
        _update("ADD g :v", v={"SS": ["a"]}),
        "Type mismatch for Index Key",
        _INDEXES,
    ),
    Refusal(
        "an operand of list_append that is no list",
        (MINISTACK,),
        "Both operands are lists",
        _update("SET a = list_append(a, :v)", item={"a": _NUMBER}, v={"L": []}),
        "incorrect data type",
        _UPDATES,
    ),
    Refusal(
        "a value that no attribute can have",
        (MINISTACK, MOTO),
        "A value has exactly one type, and a set is not empty",
        _put("a = :v", v={"SS": []}),
        "contains invalid value",
        _TYPES,
    ),
    Refusal(
        "a number out of range",
        (MOTO,),
        "A positive number is from 1E-130 to 9.9999999999999999999999999999999999999E+125",
        Case("PutItem", {"TableName": PLAIN, "Item": _KEY | {"a": {"N": "1E+126"}}}),
        "Number overflow",
        _TYPES,
    ),
    Refusal(
        "an empty key",
        (MOTO,),
        "A key attribute is not empty",
        Case(
            "DeleteItem",
            {"TableName": PLAIN, "Key": {"pk": {"S": ""}}, "ConditionExpression": "attribute_exists(a)"},
        ),
        "AttributeValue for a key attribute cannot contain an empty",
        _TYPES,
    ),
    Refusal(
        "a value that no expression uses",
        (MOTO,),
        "",
        _put("attribute_exists(a)", v=_NUMBER),
        "unused in expressions",
    ),
    Refusal(
        "an empty expression",
        (MOTO,),
        "",
        _put(""),
        "The expression can not be empty",
    ),
    Refusal(
        "two writes of an item in a batch",
        (MOTO,),
        "Refuses the batch if it has several operations on one item",
        Case(
            "BatchWriteItem",
            {"RequestItems": {PLAIN: [{"PutRequest": {"Item": _KEY}}, {"DeleteRequest": {"Key": _KEY}}]}},
        ),
        "contains duplicates",
        "Amazon DynamoDB API Reference, BatchWriteItem",
    ),
)


_LONG: Final = "12345678901234567890123456789012345678"
_COPY: Final = re.compile(r"= [^:(+-]+(?:,| [A-Z]|$)")
_ELEMENTS_REMOVED: Final = re.compile(r"REMOVE [^']*\[\d\][^']*\[\d\]")
_ELEMENT: Final = re.compile(r"\[\d")


def _has(case: Case, *words: str) -> bool:
    text = str([case.request, case.items])
    return any(word in text for word in words)


def _values_of(case: Case) -> list[Any]:
    parts = [part for parts in case.request.get("TransactItems", ()) for part in parts.values()]
    return [value for part in (case.request, *parts) for value in part.get("ExpressionAttributeValues", {}).values()]


def _pages_differ_only(ours: Outcome, other: Outcome) -> bool:
    return ours.status == other.status == 200 and _items_read(ours) == _items_read(other)


def _items_read(outcome: Outcome) -> Any:
    """Return the items of all pages of a query, and how many were scanned."""
    items = [item for page in outcome.body for item in page.get("Items", ())]
    return items, sum(page["ScannedCount"] for page in outcome.body)


def _attributes_differ_only(case: Case, ours: Outcome, other: Outcome) -> bool:
    """Return whether the other answers with more of an updated item, which is the same."""
    if case.request.get("ReturnValues") not in {"UPDATED_NEW", "UPDATED_OLD"}:
        return False
    if not ours.status == other.status == 200 or ours.stored != other.stored:
        return False
    (own,), (its,) = ours.body, other.body
    return own.get("Attributes", {}).keys() <= its.get("Attributes", {}).keys()


def _has_no_size(case: Case) -> bool:
    """Return whether the attribute `a` of an item in a case is of a type for which no size is documented."""
    items = [item for items in case.items.values() for item in items]
    return any(item.get("a", {}).keys() & {"N", "BOOL", "NULL"} for item in items)


def _codes(outcome: Outcome) -> set[str]:
    return {reason["Code"] for reason in outcome.body[2]} if outcome.status == 400 else set()


DIFFERENCES: Final = (
    Difference(
        "members removed from a set below what is missing",
        (MOTO,),
        "",
        _update("DELETE m.x :v", v={"SS": ["a"]}),
        lambda case, _ours, other: _has(case, "DELETE") and "document path provided" in other.message,
    ),
    Difference(
        "new values of an item",
        (MOTO,),
        "UPDATED_NEW returns only the updated attributes",
        _update("SET a = :v", returned="UPDATED_NEW", v=_NUMBER),
        _attributes_differ_only,
        "Amazon DynamoDB API Reference, UpdateItem (ReturnValues)",
    ),
    Difference(
        "new values of a list's elements",
        (MINISTACK,),
        "UPDATED_NEW returns only the updated attributes. What of a list that is, is not documented",
        _update("SET l[0] = :v", item={"l": {"L": [_NUMBER, _NUMBER]}}, returned="UPDATED_NEW", v={"N": "2"}),
        lambda case, ours, other: (
            bool(_ELEMENT.search(case.request.get("UpdateExpression", "")))
            and _attributes_differ_only(case, ours, other)
        ),
        "Amazon DynamoDB API Reference, UpdateItem (ReturnValues)",
    ),
    Difference(
        "an update of which a later action is impossible",
        (MOTO,),
        "A write is whole or not at all",
        _update("ADD a :v, b :w", item={"b": _NUMBER}, v=_NUMBER, w={"SS": ["a"]}),
        lambda _case, ours, other: ours.status == other.status == 400 and ours.body == other.body,
        "Amazon DynamoDB API Reference, UpdateItem",
    ),
    Difference(
        "a size in a filter",
        (MOTO,),
        "",
        Case(
            "Scan",
            {"TableName": PLAIN, "FilterExpression": "size(m) < :v", **_values({"v": _NUMBER})},
            {PLAIN: [_KEY]},
        ),
        lambda _case, _ours, other: "Bad Filter Expression" in other.message,
    ),
    Difference(
        "a size in a transaction",
        (MOTO,),
        "",
        _in_transaction(_put("size(m) < :v", v=_NUMBER)),
        lambda _case, _ours, other: not _codes(other) <= {"None", "ConditionalCheckFailed", "ValidationError"},
    ),
    Difference(
        "an attribute that is a copy of another one",
        (MOTO,),
        "Operands are read before any of the actions",
        _update("SET m = l ADD l[7] :v", item={"l": {"L": []}}, v={"SS": ["a"]}),
        lambda case, ours, other: (
            bool(_COPY.search(case.request.get("UpdateExpression", ""))) and ours.status == other.status == 200
        ),
        _UPDATES,
    ),
    Difference(
        "a missing attribute in a comparison with NULL",
        (MOTO,),
        "",
        _put("m.x = :v", v={"NULL": True}),
        lambda case, _ours, _other: {"NULL": True} in _values_of(case),
    ),
    Difference(
        "an impossible update in a transaction whose condition is false",
        (MINISTACK,),
        "",
        _in_transaction(_update("SET g = :v", condition="attribute_exists(b)", v=_NUMBER)),
        lambda _case, ours, other: "ConditionalCheckFailed" in _codes(ours) and "ValidationError" in _codes(other),
    ),
    Difference(
        "a repeated transaction with a number that is not in its canonical form",
        (MINISTACK,),
        "Is written once",
        _repeated(*2 * [[{"Put": {"TableName": PLAIN, "Item": _KEY | {"a": {"N": "1E+1"}}}}]]),
        lambda case, ours, other: (
            bool(case.before) and ours.body == [{}] and other.body[0] == "IdempotentParameterMismatchException"
        ),
        _TOKENS,
    ),
    Difference(
        "an invalid transaction with the token of another",
        (MINISTACK, MOTO),
        "",
        _repeated([_PUT], [_PUT, _PUT]),
        lambda _case, ours, other: ours.status == 400 and other.body[0] == "IdempotentParameterMismatchException",
    ),
    Difference(
        "elements removed at once",
        (MINISTACK,),
        "Removes the elements that the list has before",
        _update("REMOVE l[0], l[1]", item={"l": {"L": [_NUMBER, _NUMBER, {"S": "c"}]}}),
        lambda case, ours, other: (
            bool(_ELEMENTS_REMOVED.search(str(case.request))) and ours.status == other.status == 200
        ),
        _UPDATES,
    ),
    Difference(
        "a number of more than 28 digits that is added",
        (MINISTACK,),
        "A number has up to 38 digits of precision",
        _update("ADD a :v", v={"N": _LONG}),
        lambda case, ours, other: _has(case, "ADD") and _has(case, _LONG) and ours.status == other.status == 200,
        _TYPES,
    ),
    Difference(
        "a projection of several elements of a list",
        (MOTO,),
        "Returns all of the attributes that the expression names",
        Case(
            "GetItem",
            {"TableName": PLAIN, "Key": _KEY, "ProjectionExpression": "l[1], l[0]"},
            {PLAIN: [_KEY | {"l": {"L": [_NUMBER, _NUMBER]}}]},
        ),
        lambda case, ours, other: _has(case, "l[1], l[0]") and ours.status == other.status == 200,
        "Using projection expressions in DynamoDB",
    ),
    Difference(
        "a beginning of another type than what is stored",
        (MINISTACK,),
        "",
        _put("NOT begins_with(a, :v)", item={"a": {"M": {}}}, v={"B": "AA=="}),
        lambda _case, _ours, other: "operator or function: begins_with" in other.message,
    ),
    Difference(
        "the size of a number",
        (MINISTACK,),
        "size takes texts, binary values, sets, lists and maps. What it is of others is not documented",
        _put("NOT size(a) >= :v", item={"a": _NUMBER}, v={"N": "0"}),
        lambda case, _ours, _other: _has(case, "size(a)") and _has_no_size(case),
        _CONDITIONS,
    ),
    Difference(
        "a page that ends with the last item",
        (MOTO,),
        "A page that reached its Limit has a LastEvaluatedKey, whether or not more items follow",
        Case(
            "Query",
            {"TableName": SORTED, "KeyConditionExpression": "pk = :v", "Limit": 1, **_values({"v": {"S": "p"}})},
            {SORTED: [_KEY | {"sk": {"S": "1"}}]},
        ),
        lambda case, ours, other: case.operation == "Query" and _pages_differ_only(ours, other),
        "Paginating table query results in DynamoDB",
    ),
)

ROWS: Final[tuple[Row, ...]] = (*REFUSALS, *DIFFERENCES)
