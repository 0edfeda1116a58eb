"""A guard is defined once and interpreted twice: by DynamoDB as a condition, by Python on the returned item.

If the two differed, a refusal would give the wrong reason, or none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, strategies as st

from paysandbox.aws.dynamodb.conditional_write import Ledger, is_condition_failure
from paysandbox.core.guard import Comparison, Facts, Guard, Path, Size, StoredValue
from paysandbox.payments.ledger.expressions import Expression
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.records import Item
from tests.support.worlds import tables

ID = "auth_under_test"

# Few values, so that equal ones occur: only there does "<=" differ from "<".
NUMBERS = (-1, 0, 1, 9, 10)
TEXTS = ("9", "10", "USD", "usd", "2026-11-16T09:30:00.000000Z", "\u00e9", "\U0001f4b6", "\uffff")
ENTRIES = ("cap_1", "#0", "size", "a.b")
NOTHING = None

numbers, texts = st.sampled_from(NUMBERS), st.sampled_from(TEXTS)
values = {"numbers": numbers, "texts": texts, "mixed": numbers | texts | st.just(NOTHING)}
maps = st.dictionaries(st.sampled_from(ENTRIES), numbers | texts, max_size=3)
comparisons = st.sampled_from(get_args(Comparison))


@dataclass
class Case:
    """An item and guards on it, generated together, so that most guards find the fields they refer to."""

    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    guards: list[Guard] = field(default_factory=list[Guard])

    def place(self, value: Any, within: str | None) -> Path:
        """Put a value in a field of its own, or in an entry of a map."""
        name = f"field_{len(self.facts)}"
        self.facts[name] = value if within is None else {} if value is NOTHING else {within: value}
        return (name,) if within is None else (name, within)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Generate items of a few fields, and any guards that the types allow."""
    case = Case()
    within = st.none() | st.sampled_from(ENTRIES)
    for _ in range(draw(st.integers(3, 6))):
        comparison, kind = draw(comparisons), draw(st.sampled_from(["numbers", "texts", "mixed", "size"]))
        if comparison in ("exists", "not_exists"):
            held = draw(values["mixed"] | maps)
            case.guards.append(Guard(case.place(held, draw(within)), comparison, None, None))
            continue
        if comparison == "not_in":
            left = case.place(draw(texts), draw(within))
            case.guards.append(Guard(left, comparison, tuple(draw(st.lists(texts, min_size=1, max_size=3))), None))
            continue
        if kind == "size":
            left, right = Size(case.place(draw(maps), None)), draw(st.integers(0, 3))
        else:
            left, right = case.place(draw(values[kind]), draw(within)), draw(values[kind])
        by_name = right is NOTHING or draw(st.booleans())
        case.guards.append(
            Guard(left, comparison, StoredValue(case.place(right, draw(within))) if by_name else right, None)
        )
    return case


def typed(value: Any) -> Item:
    if isinstance(value, Mapping):
        return {"M": {name: typed(entry) for name, entry in value.items()}}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def evaluate_in_dynamodb(ledger: Ledger, item: Item, guard: Guard) -> bool:
    expression = Expression()
    condition = expression.guard(guard)
    request: dict[str, Any] = {"ExpressionAttributeNames": expression.names}
    if expression.values:
        request["ExpressionAttributeValues"] = expression.values
    try:
        ledger.client.put_item(TableName=ledger.table, Item=item, ConditionExpression=condition, **request)
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


@pytest.fixture(scope="module")
def one_ledger() -> Iterator[Ledger]:
    """One ledger for all examples: each overwrites the item of the previous one."""
    with tables.sandbox() as ledger:
        yield ledger


def read(place: Path, facts: Facts) -> Any:
    held: Any = facts
    for name in place:
        held = held.get(name) if isinstance(held, Mapping) else None
    return held


def answerable(guard: Guard, facts: Facts) -> bool:
    """Return whether moto answers as AWS does.

    Moto raises on a comparison between types and on the size of an absent value (AWS: the guard fails), and treats two
    absent fields as equal (AWS: the guard fails); the table of tests/core/test_guard.py covers those cases.
    """
    if guard.comparison in ("exists", "not_exists", "not_in"):
        return True
    if isinstance(guard.field, Size):
        left = read(guard.field.path, facts)
        if not isinstance(left, Mapping):
            return False
        left = len(left)
    else:
        left = read(guard.field, facts)
    right = read(guard.value.path, facts) if isinstance(guard.value, StoredValue) else guard.value
    if left is None or right is None:
        return left is not right
    if guard.comparison == "=":
        return not (isinstance(left, Mapping) and isinstance(right, Mapping))  # covered by its own test
    return type(left) is type(right) and not isinstance(left, Mapping)


@given(case=cases())
@example(Case({"currency": "\U0001f4b6"}, [Guard(("currency",), ">", "\uffff", None)]))  # in UTF-8, not UTF-16 order
def test_dynamodb_and_python_evaluate_guards_alike(one_ledger: Ledger, case: Case) -> None:
    agree(one_ledger, case.facts, case.guards)


@pytest.mark.full
def test_all_comparisons_of_all_pairs_of_values(one_ledger: Ledger) -> None:
    facts = {f"field_{place}": value for place, value in enumerate([*NUMBERS, *TEXTS])}
    pairs = [(left, right) for left in facts for right in facts if type(facts[left]) is type(facts[right])]
    orders: list[Comparison] = ["<", "<=", ">", ">="]

    agree(one_ledger, facts, [Guard((left,), order, facts[right], None) for left, right in pairs for order in orders])
    agree(one_ledger, facts, [Guard((left,), "=", StoredValue((right,)), None) for left in facts for right in facts])


@pytest.mark.parametrize("amounts", [{"cap_1": 1}, {"cap_1": 2}, {}])
def test_maps_are_compared_whole(one_ledger: Ledger, amounts: Mapping[str, int]) -> None:
    agree(
        one_ledger,
        {"captures": {"cap_1": 1}, "amounts": amounts},
        [Guard(("captures",), "=", StoredValue(("amounts",)), None)],
    )


def agree(ledger: Ledger, facts: Facts, tried: Iterable[Guard]) -> None:
    item = key(ID) | {name: typed(value) for name, value in facts.items() if value is not None}
    ledger.client.put_item(TableName=ledger.table, Item=item)
    for guard in (guard for guard in tried if answerable(guard, facts)):
        assert evaluate_in_dynamodb(ledger, item, guard) == guard.holds(facts), guard
