"""Receiving from a standard queue of the engine: groups that occupy its consumers wait behind those that do not."""

import time
from itertools import chain, count
from types import SimpleNamespace
from typing import Any

import pytest

from engine.corrections.fair_queues import next_messages, receive_fairly
from engine.ministack import view

NOW = 1_000.0


def waiting(body: str, group: str | None = None) -> dict[str, Any]:
    return {"body": body, "group_id": group, "visible_at": NOW, "receive_count": 0}


def in_flight(group: str | None) -> dict[str, Any]:
    return {"body": "received", "group_id": group, "visible_at": NOW + 360, "receive_count": 1}


def delayed(group: str) -> dict[str, Any]:
    return {"body": "delayed", "group_id": group, "visible_at": NOW + 5, "receive_count": 0}


HOG = [waiting(f"hog {number}", "hog") for number in range(30)]
QUIET = [waiting("quiet 0", "quiet"), waiting("quiet 1", "quiet")]


@pytest.mark.parametrize(
    "messages, count, received",
    [
        ([], 10, []),
        (HOG, 2, ["hog 0", "hog 1"]),
        # However long a backlog is, a quiet group is served in its turn, and first if the other one is in flight.
        ([*HOG, *QUIET], 4, ["hog 0", "quiet 0", "hog 1", "quiet 1"]),
        ([in_flight("hog"), *HOG, *QUIET], 3, ["quiet 0", "hog 0", "quiet 1"]),
        ([*[in_flight("hog")] * 20, *HOG, *QUIET], 3, ["quiet 0", "quiet 1", "hog 0"]),
        # Of groups that occupy equally many, the oldest message is first.
        ([waiting("b", "b"), waiting("a", "a")], 2, ["b", "a"]),
        # A delayed message is not in flight, and is not received.
        ([*[delayed("hog")] * 20, waiting("hog", "hog"), waiting("quiet", "quiet")], 3, ["hog", "quiet"]),
        # Messages of an earlier version have no group, and one in flight holds up no other.
        ([in_flight(None), waiting("a"), waiting("b"), waiting("c", "c")], 3, ["a", "b", "c"]),
        ([in_flight("hog"), waiting("hog", "hog"), waiting("old")], 2, ["old", "hog"]),
    ],
)
def test_order_of_receipt(messages: list[dict[str, Any]], count: int, received: list[str]) -> None:
    assert [one["body"] for one in next_messages(messages, count, NOW)] == received


def test_each_of_ten_groups_gets_one_of_ten() -> None:
    backlog = [waiting(f"{group} {number}", str(group)) for group in range(10) for number in range(100)]
    assert [one["body"] for one in next_messages(backlog, 10, NOW)] == [f"{group} 0" for group in range(10)]


def test_without_groups_the_rest_of_a_backlog_is_not_looked_at() -> None:
    backlog = chain([in_flight(None)], (waiting(str(number)) for number in count()))
    assert [one["body"] for one in next_messages(backlog, 3, NOW)] == ["0", "1", "2"]


def _service(fifo: list[Any]) -> Any:
    def complete(message: dict[str, Any]) -> None:
        message.setdefault("receive_count", 0)
        message.setdefault("first_receive_at", None)
        message.setdefault("visible_at", 0.0)

    def collect_fifo(*told: Any) -> list[Any]:
        fifo.append(told[:3])
        return []

    service = SimpleNamespace(_ensure_msg_fields=complete, _collect_fifo=collect_fifo)
    receive_fairly(view("sqs", service))
    return service


def test_a_received_message_is_invisible_and_counted() -> None:
    service, began = _service([]), time.time()
    queue = {"is_fifo": False, "messages": [{"body": "a message of the topic, which has no more fields"}]}
    (first,) = service._collect_msgs(queue, 10, 360)
    assert service._collect_msgs(queue, 10, 360) == []
    assert (first["receive_count"], first["visible_at"] >= began + 360) == (1, True)
    handle, received_at = first["receipt_handle"], first["first_receive_at"]
    first["visible_at"] = 0.0
    (again,) = service._collect_msgs(queue, 10, 360)
    assert again["receive_count"] == 2
    assert again["receipt_handle"] != handle
    assert again["first_receive_at"] == received_at


def test_a_fifo_queue_keeps_its_own_order() -> None:
    fifo: list[Any] = []
    queue = {"is_fifo": True, "messages": []}
    assert _service(fifo)._collect_msgs(queue, 10, 360) == []
    assert fifo == [(queue, 10, 360)]
