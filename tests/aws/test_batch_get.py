"""Batch reads: all items by their ids, however many, even if DynamoDB returns unprocessed keys."""

from contextlib import suppress
from typing import Any

import pytest

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.core.errors import Code, Refused


class Table:
    """Answers the first `at_once` keys of each call and returns the others as unprocessed."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.asked: list[dict[str, Any]] = []

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        self.asked.append(RequestItems["table"])
        keys = RequestItems["table"]["Keys"]
        left = keys[self.at_once :]
        return {
            "Responses": {"table": [{**key, "n": {"N": "1"}} for key in keys[: self.at_once]]},
            "UnprocessedKeys": {"table": {"Keys": left}} if left else {},
        }


def read(table: Table, count: int, **parts: Any) -> dict[str, Any]:
    client: Any = table
    return items_by_id(client, "table", "id", [str(number) for number in range(count)], **parts)


@pytest.mark.parametrize("count, calls", [(0, 0), (1, 1), (100, 1), (101, 2), (250, 3)])
def test_a_call_has_at_most_100_keys(count: int, calls: int) -> None:
    table = Table(at_once=100)
    assert set(read(table, count)) == {str(number) for number in range(count)}
    assert len(table.asked) == calls
    assert all(one["ConsistentRead"] for one in table.asked)


def test_unprocessed_keys_are_requested_again() -> None:
    table = Table(at_once=40)
    assert len(read(table, 150)) == 150
    assert [len(one["Keys"]) for one in table.asked] == [100, 60, 20, 50, 10]


@pytest.mark.parametrize(
    "at_once, count, waits", [(100, 250, []), (100, 100, []), (40, 100, [1, 2]), (0, 1, [1, 2, 3, 4])]
)
def test_unprocessed_keys_are_retried_with_backoff(
    at_once: int, count: int, waits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(backoff, "wait", waited.append)
    with suppress(Refused):
        read(Table(at_once=at_once), count)
    assert waited == waits


def test_a_response_without_items_raises_contention() -> None:
    with pytest.raises(Refused) as refused:
        read(Table(at_once=0), 1)
    assert refused.value.code is Code.SERVICE_UNAVAILABLE


def test_duplicate_ids_are_requested_once() -> None:
    table = Table(at_once=100)
    client: Any = table
    assert set(items_by_id(client, "table", "id", ["a", "b", "a"])) == {"a", "b"}
    assert [len(one["Keys"]) for one in table.asked] == [2]


@pytest.mark.parametrize("only, names", [((), ["id"]), (("n", "status"), ["id", "n", "status"])])
def test_reading_stops_at_the_limit(only: tuple[str, ...], names: list[str]) -> None:
    table = Table(at_once=100)
    read(table, 1, only=only)
    (asked,) = table.asked
    shown = [asked["ExpressionAttributeNames"][name] for name in asked["ProjectionExpression"].split(", ")]
    assert shown == names
