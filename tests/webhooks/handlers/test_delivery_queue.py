"""The delivery queues: each delivery is queued, or the caller gets an error."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.webhooks.deliveries.queue import queue
from paysandbox.webhooks.delivery import Delivery
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Fault, Wire, answered_with


def deliveries(count: int) -> list[Delivery]:
    return [
        webhook_records.deliver(webhook_records.happened(number), webhook_records.endpoint(1), tries=number)
        for number in range(count)
    ]


@pytest.mark.parametrize("count, calls", [(0, 0), (1, 1), (10, 1), (23, 3)])
def test_ten_to_a_call(count: int, calls: int, wire: Wire) -> None:
    wanted = deliveries(count)
    with wire.record() as sent:
        queue(wanted, unhealthy=False)
    assert [call.operation for call in sent] == ["SendMessageBatch"] * calls
    assert [(one["delivery_id"], one["tries"]) for one in webhook_records.queued()["deliveries"]] == [
        (delivery.id, delivery.tries) for delivery in wanted
    ]


def test_after_a_while(wire: Wire) -> None:
    wanted = deliveries(1)
    with wire.record() as sent:
        queue(wanted, unhealthy=True, delay_s=5)
    (call,) = sent
    assert [entry["DelaySeconds"] for entry in call.parameters["Entries"]] == [5]
    assert call.parameters["QueueUrl"].endswith("/suspects")


def test_a_message_is_of_its_merchants_group(wire: Wire) -> None:
    """SQS's fair queues and the engine's serve the groups in turn."""
    event, endpoint = webhook_records.happened(1), webhook_records.endpoint(1)
    wanted = [replace(webhook_records.deliver(event, endpoint), merchant=name) for name in ("acme", "globex", "acme")]
    with wire.record() as sent:
        queue(wanted, unhealthy=False)
    (call,) = sent
    assert [entry["MessageGroupId"] for entry in call.parameters["Entries"]] == ["acme", "globex", "acme"]


def leaving(left: Callable[[list[str]], list[str]]) -> Fault:
    """SQS accepts the batch except for these entries."""

    def answer(request: Any, _: Any) -> Any:
        names = [entry["Id"] for entry in json.loads(request.body)["Entries"]]
        over = left(names)
        taken = [{"Id": name, "MessageId": "m", "MD5OfMessageBody": "x"} for name in names if name not in over]
        failed = [{"Id": name, "Code": "InternalError", "SenderFault": False} for name in over]
        return answered_with(request, 200, {"Successful": taken, "Failed": failed})

    return answer


def test_only_messages_that_sqs_rejected_are_sent_again(wire: Wire) -> None:
    wanted = deliveries(3)
    with wire.broken(leaving(lambda names: names[1:]), when=lambda sent: sent.operation == "SendMessageBatch") as sent:
        queue(wanted, unhealthy=False)
    assert [[entry["Id"] for entry in call.parameters["Entries"]] for call in sent] == [
        ["0", "1", "2"],
        ["1", "2"],
        ["2"],
    ]


def test_messages_that_sqs_keeps_rejecting_are_refused(wire: Wire) -> None:
    wanted = deliveries(2)
    with (
        wire.broken(leaving(lambda names: names), when=lambda sent: sent.operation == "SendMessageBatch"),
        pytest.raises(Refused) as refused,
    ):
        queue(wanted, unhealthy=False)
    assert refused.value.code is Code.SERVICE_UNAVAILABLE
