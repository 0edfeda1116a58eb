"""A guard is said once and read twice: by DynamoDB as a condition, by Python on the item that came back.

Were the two readings to differ, a refusal would name the wrong reason, or none.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, strategies as st

from paysandbox.domain.guard import Comparison, Facts, Guard, Held, Path, Size
from paysandbox.table.expressions import Expression
from paysandbox.table.items import Item, key, number, text
from paysandbox.table.ledger import Ledger, refused_by_condition
from tests.support import tables

ID = "auth_under_test"

# Few names and few values, so that they meet; "" is not among the names, which DynamoDB takes for no name.
FIELDS = ("remaining", "currency", "captures", "size", "a.b")
ENTRIES = ("cap_1", "cap_2", "#0", "size")
NUMBERS = (-1, 0, 1, 2, 9, 10, 99_999_999)
TEXTS = ("", "9", "10", "USD", "usd", "2026-11-16T09:30:00.000000Z", "\u00e9", "\U0001f4b6", "\uffff")

scalars = st.sampled_from(NUMBERS) | st.sampled_from(TEXTS)
maps = st.dictionaries(st.sampled_from(ENTRIES), st.sampled_from(NUMBERS), max_size=3)
facts = st.dictionaries(st.sampled_from(FIELDS), st.none() | scalars | maps)

fields = st.sampled_from(FIELDS).map(lambda name: (name,))
entries = st.tuples(st.sampled_from(FIELDS), st.sampled_from(ENTRIES))
paths: st.SearchStrategy[Path] = fields | entries
comparisons = st.sampled_from(get_args(Comparison))


@st.composite
def guards(draw: st.DrawFn) -> Guard:
    """Any guard that the types admit."""
    field = draw(paths | paths.map(Size))
    comparison = draw(comparisons)
    if comparison in ("exists", "not_exists"):
        return Guard(draw(paths), comparison, None, None)
    return Guard(field, comparison, draw(scalars | paths.map(Held)), None)


def typed(value: Any) -> Item:
    if isinstance(value, Mapping):
        return {"M": {name: typed(entry) for name, entry in value.items()}}
    return number(value) if isinstance(value, int) else text(value)


def dynamodb_says(ledger: Ledger, item: Item, guard: Guard) -> bool:
    expression = Expression()
    condition = expression.guard(guard)
    request: dict[str, Any] = {"ExpressionAttributeNames": expression.names}
    if expression.values:
        request["ExpressionAttributeValues"] = expression.values
    try:
        ledger.client.put_item(TableName=ledger.table, Item=item, ConditionExpression=condition, **request)
    except ClientError as error:
        if not refused_by_condition(error):
            raise
        return False
    return True


@pytest.fixture(scope="module")
def one_ledger() -> Iterator[Ledger]:
    """One for all examples: each overwrites the item of the one before."""
    with tables.sandbox() as ledger:
        yield ledger


def read(place: Path, facts: Facts) -> Any:
    held: Any = facts
    for name in place:
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def answerable(guard: Guard, facts: Facts) -> bool:
    """Whether moto answers as AWS does. It raises where an order between types or the size of nothing is asked for
    (AWS: the guard fails), and takes two absent fields for equal (AWS: the guard fails); the table of
    tests/unit/domain/test_guard.py holds those."""
    if guard.comparison in ("exists", "not_exists"):
        return True
    if isinstance(guard.field, Size):
        left = read(guard.field.path, facts)
        if not isinstance(left, Mapping):
            return False
        left = len(left)
    else:
        left = read(guard.field, facts)
    right = read(guard.value.path, facts) if isinstance(guard.value, Held) else guard.value
    if left is None or right is None:
        return left is not right
    if guard.comparison == "=":
        return not (isinstance(left, Mapping) and isinstance(right, Mapping))  # has a test of its own
    return type(left) is type(right) and not isinstance(left, Mapping)


@given(facts=facts, tried=st.lists(guards(), min_size=1, max_size=6))
@example(facts={"currency": "\U0001f4b6"}, tried=[Guard(("currency",), ">", "\uffff", None)])  # UTF-8, not UTF-16
def test_dynamodb_and_python_read_a_guard_alike(one_ledger: Ledger, facts: Facts, tried: list[Guard]) -> None:
    agree(one_ledger, facts, [guard for guard in tried if answerable(guard, facts)])


@pytest.mark.parametrize("amounts", [{"cap_1": 1}, {"cap_1": 2}, {}])
def test_maps_are_compared_whole(one_ledger: Ledger, amounts: Mapping[str, int]) -> None:
    agree(
        one_ledger,
        {"captures": {"cap_1": 1}, "amounts": amounts},
        [Guard(("captures",), "=", Held(("amounts",)), None)],
    )


def agree(ledger: Ledger, facts: Facts, tried: Iterable[Guard]) -> None:
    item = key(ID) | {name: typed(value) for name, value in facts.items() if value is not None}
    ledger.client.put_item(TableName=ledger.table, Item=item)
    for guard in tried:
        assert dynamodb_says(ledger, item, guard) == guard.holds(facts), guard
