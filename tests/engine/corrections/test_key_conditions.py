"""Key conditions are read once for each query, with the same results."""

from types import SimpleNamespace

import pytest

from engine.corrections.key_conditions import read_once, test_of as condition_of
from engine.ministack import view

NAMES = {"#0": "shard", "#1": "at"}
VALUES = {":0": {"S": "a"}, ":1": {"S": "2"}, ":2": {"S": "4"}}


def item(shard, at):
    return {"shard": {"S": shard}, "at": {"S": at}}


@pytest.mark.parametrize(
    "expression, met",
    [
        ("#0 = :0", "12345"),
        ("shard = :0 AND at = :1", "2"),
        ("#0 = :0 AND #1 <= :1", "12"),
        ("#0=:0 and #1<:1", "1"),
        ("#0 = :0 AND #1 >= :2", "45"),
        ("#0 = :0 AND #1 > :2", "5"),
        ("#0 = :0 AND #1 BETWEEN :1 AND :2", "234"),
    ],
)
def test_a_condition_selects_by_its_keys(expression, met):
    test = condition_of(expression, VALUES, NAMES)

    assert test is not None
    assert "".join(at for at in "12345" if test(item("a", at))) == met
    assert not test(item("b", "2"))


@pytest.mark.parametrize(
    "expression, values",
    [
        ("#0 = :0 AND begins_with(#1, :1)", VALUES),
        ("#0 = :0 AND #1 <= :1", VALUES | {":1": {"N": "2"}}),
        ("#0 = :0", {":0": {"B": "YQ=="}}),
        ("#0 = :9", VALUES),
    ],
)
def test_other_conditions_are_left_to_the_engine(expression, values):
    assert condition_of(expression, values, NAMES) is None


@pytest.mark.parametrize("at", [{"N": "1"}, {"S": None}, None])
def test_an_item_whose_key_is_no_text_does_not_meet_a_condition_on_text(at):
    test = condition_of("#0 = :0 AND #1 <= :1", VALUES, NAMES)
    assert test is not None
    found = {"shard": {"S": "a"}} | ({} if at is None else {"at": at})
    assert not test(found)


@pytest.fixture
def evaluated():
    return []


@pytest.fixture
def tables(evaluated):
    def evaluate(expression, item, values, names, slot="ConditionExpression"):
        evaluated.append((expression, item, slot))
        return True

    found = SimpleNamespace(_evaluate_condition=evaluate)
    read_once(view("dynamodb", found))
    return found


def test_a_query_is_read_with_its_first_item(tables, evaluated):
    values = {**VALUES}
    found = [
        tables._evaluate_condition("#0 = :0 AND #1 <= :1", item("a", at), values, NAMES, slot="KeyConditionExpression")
        for at in "123"
    ]

    assert found == [True, True, False]
    assert len(evaluated) == 1


@pytest.mark.parametrize("changed", ["expression", "values", "names"])
def test_the_condition_of_another_query_is_read_again(tables, evaluated, changed):
    about = {"expression": "#0 = :0", "values": {**VALUES}, "names": {**NAMES}}
    tables._evaluate_condition(item=item("a", "1"), slot="KeyConditionExpression", **about)
    other = {"expression": "#0 = :1", "values": {**VALUES}, "names": {**NAMES}}[changed]
    tables._evaluate_condition(item=item("a", "1"), slot="KeyConditionExpression", **(about | {changed: other}))

    assert len(evaluated) == 2


def test_other_conditions_are_evaluated_for_each_item(tables, evaluated):
    for at in "123":
        tables._evaluate_condition("#0 = :0", item("a", at), VALUES, NAMES)

    assert [slot for _, _, slot in evaluated] == ["ConditionExpression"] * 3
