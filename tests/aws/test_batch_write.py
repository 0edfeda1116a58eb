"""Batches of writes: 25 in a call, and what DynamoDB leaves is sent again."""

from typing import Any

import pytest

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.batch_write import delete_request, put_request, write_in_batches
from paysandbox.core.errors import Code, Refused


class Table:
    """A client that leaves the last request of each of its first calls unprocessed."""

    def __init__(self, busy_calls: int) -> None:
        self.busy_calls = busy_calls
        self.sent: list[list[Any]] = []

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        ((table, wanted),) = RequestItems.items()
        self.sent.append(wanted)
        is_busy = len(self.sent) <= self.busy_calls
        return {"UnprocessedItems": {table: wanted[-1:]} if is_busy else {}}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The attempts that were waited for."""
    waited: list[int] = []
    monkeypatch.setattr(backoff, "wait", waited.append)
    return waited


def write(client: Any, count: int) -> None:
    requests = [put_request({"id": {"S": str(number)}}) for number in range(count - 1)]
    write_in_batches(client, "table", [*requests, delete_request({"id": {"S": "gone"}})], busy="Busy.")


@pytest.mark.parametrize("count, calls", [(1, [1]), (25, [25]), (26, [25, 1]), (60, [25, 25, 10])])
def test_25_requests_are_sent_in_a_call(count: int, calls: list[int]) -> None:
    client = Table(busy_calls=0)
    write(client, count)
    assert [len(sent) for sent in client.sent] == calls
    assert client.sent[-1][-1] == {"DeleteRequest": {"Key": {"id": {"S": "gone"}}}}


def test_what_is_left_is_sent_again_after_a_pause(pauses: list[int]) -> None:
    client = Table(busy_calls=2)
    write(client, 3)
    assert [len(sent) for sent in client.sent] == [3, 1, 1]
    assert pauses == [1, 2]


def test_a_busy_table_is_an_error_after_five_calls() -> None:
    client = Table(busy_calls=9)
    with pytest.raises(Refused) as refused:
        write(client, 1)
    assert (refused.value.code, refused.value.detail, len(client.sent)) == (Code.SERVICE_UNAVAILABLE, "Busy.", 5)


def test_nothing_to_write_is_no_call() -> None:
    client = Table(busy_calls=0)
    unused: Any = client
    write_in_batches(unused, "table", [], busy="Busy.")
    assert client.sent == []
