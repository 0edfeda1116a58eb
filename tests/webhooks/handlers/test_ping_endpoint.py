"""POST /webhooks/endpoints/{endpoint_id}/test: send a test event to an endpoint."""

import json
from dataclasses import replace
from typing import Any

import pytest

from api_reference.events import EVENTS
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_from, delivery_item
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import DisabledBecause
from paysandbox.webhooks.events.event_store import get_event
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds.aws_transport import Killed, Wire, killed_after, killed_before
from tests.webhooks.handlers.conftest import Queues


def _deliveries() -> list[Delivery]:
    table = webhook_tables.deliveries()
    return [delivery_from({**item}) for item in table.client.scan(TableName=table.table)["Items"]]


def _event(event_id: str) -> dict[str, Any]:
    kept = get_event(webhook_tables.event_store(), build.MERCHANT, event_id)
    assert kept is not None
    EVENTS[EventType.ENDPOINT_PING].model_validate_json(kept.body)
    return json.loads(kept.body)


def test_a_ping_is_an_event_a_delivery_and_a_message(acme: Subscriber, queues: Queues) -> None:
    """To this endpoint alone, whatever its event types."""
    endpoint_id = acme.created(events=["payment_voided"], description="shop")
    acme.created()
    answer = acme.at(MONDAY).ping(endpoint_id).json
    assert (answer["endpoint_id"], answer["created_at"]) == (endpoint_id, format_timestamp(MONDAY))
    assert _event(answer["event_id"]) == {
        "id": answer["event_id"],
        "type": "endpoint_ping",
        "timestamp": format_timestamp(MONDAY),
        "sequence": 1,
        "data": {"endpoint_id": endpoint_id, "url": "https://example.com/webhooks", "description": "shop"},
    }
    (delivery,) = _deliveries()
    assert (delivery.id, delivery.endpoint_id, delivery.event_id) == (
        answer["delivery_id"],
        endpoint_id,
        answer["event_id"],
    )
    assert (delivery.generation, delivery.status, delivery.tries) == (1, DeliveryStatus.PENDING, 0)
    (message,) = queues.take("deliveries")
    assert message == {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "merchant": build.MERCHANT,
        "endpoint_id": endpoint_id,
        "tries": 0,
    }
    assert queues.take("unhealthy") == []


def test_a_recently_failing_endpoint_uses_the_other_queue(acme: Subscriber, queues: Queues) -> None:
    endpoint_id = acme.at(MONDAY).created()
    acme.fails(endpoint_id, MONDAY)
    acme.at(MONDAY).ping(endpoint_id)
    acme.at(MONDAY + HOUR).ping(endpoint_id)
    assert (len(queues.take("unhealthy")), len(queues.take("deliveries"))) == (1, 1)


def test_a_repeated_ping_is_the_same_one(acme: Subscriber, queues: Queues) -> None:
    endpoint_id = acme.created()
    first = acme.at(MONDAY).ping(endpoint_id, "a-key")
    again = acme.at(MONDAY + HOUR).ping(endpoint_id, "a-key")
    assert (again.text, again.replayed) == (first.text, True)
    assert len(_deliveries()) == 1
    assert acme.at(MONDAY).ping(endpoint_id).json["event_id"] != first.json["event_id"]


@pytest.mark.parametrize(
    "changes", [{"tries": 1}, {"status": DeliveryStatus.DELIVERED, "tries": 1}, {"status": DeliveryStatus.CANCELED}]
)
def test_an_attempted_ping_is_not_queued_again(changes: dict[str, Any], acme: Subscriber, queues: Queues) -> None:
    endpoint_id = acme.created()
    acme.ping(endpoint_id, "a-key")
    assert len(queues.take("deliveries")) == 1
    (delivery,) = _deliveries()
    table = webhook_tables.deliveries()
    table.client.put_item(TableName=table.table, Item=delivery_item(replace(delivery, **changes), table.retention_s))
    assert acme.ping(endpoint_id, "a-key").status == 200
    assert queues.take("deliveries") == []


def test_a_disabled_endpoint_is_not_attempted(acme: Subscriber, queues: Queues) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, MONDAY, because=DisabledBecause.GONE)
    refused = acme.ping(endpoint_id, "a-key")
    assert (refused.status, refused.code, refused.json["disabled_reason"]) == (409, "endpoint_disabled", "gone")
    assert (_deliveries(), queues.take("deliveries")) == ([], [])
    acme.enable(endpoint_id)
    assert acme.ping(endpoint_id, "a-key").status == 200, "a 409 is judged anew"


@pytest.mark.full
@pytest.mark.parametrize("fault", [killed_before, killed_after])
def test_a_retry_continues_after_a_failure_at_any_call(
    fault: Any, acme: Subscriber, queues: Queues, wire: Wire, ledger: Ledger
) -> None:
    endpoint_id = acme.created()
    with wire.record() as recorded:
        acme.ping(endpoint_id)
    assert [one.operation for one in recorded] == ["PutItem", "GetItem", "PutItem", "PutItem", "SendMessageBatch"]
    queues.take("deliveries")
    for number in range(len(recorded)):
        key = f"key-{number}"
        with wire.broken(fault, when=lambda sent, n=number: sent.call == n), pytest.raises(Killed):
            acme.ping(endpoint_id, key)
        done = acme.ping(endpoint_id, key)
        assert done.status == 200
        messages = queues.take("deliveries")
        assert {message["delivery_id"] for message in messages} == {done.json["delivery_id"]}
        assert _event(done.json["event_id"])["id"] == done.json["event_id"]
    assert len(_deliveries()) == 1 + len(recorded)
