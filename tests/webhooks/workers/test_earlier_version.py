"""Deliveries and messages of the version that stored a delivery when it planned it: all are brought to their end."""

import json
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from tests.support import build
from tests.support.receiver import receiver
from tests.support.webhook_workers import DEAD, HEALTHY, SUSPECTS, WebhookWorkers, happened
from tests.webhooks.workers.conftest import Clock

EVENT = happened()
FAILED_ATTEMPT = {
    "M": {
        "number": {"N": "1"},
        "at": {"S": "2026-11-16T09:30:00.000000Z"},
        "latency_ms": {"N": "5"},
        "request_headers": {"M": {}},
        "status": {"N": "500"},
    }
}


def stored(endpoint: Endpoint, **parts: Any) -> dict[str, Any]:
    """Write an event and its delivery as that version did, attribute by attribute. Return its queue message."""
    events, deliveries = webhook_tables.event_store(), webhook_tables.deliveries()
    delivery_id, at = ids.delivery_id(EVENT.id, endpoint.id), format_timestamp(EVENT.at)
    event = {
        "event_id": {"S": EVENT.id},
        "merchant": {"S": EVENT.merchant},
        "type": {"S": EVENT.type},
        "at": {"S": at},
        "body": {"S": EVENT.body},
        "purge_at": {"N": "4102444800"},
        "merchant_key": {"S": f"{EVENT.merchant}#3"},
        "listed_at": {"S": f"{at}#{EVENT.id}"},
    }
    delivery = {
        "delivery_id": {"S": delivery_id},
        "merchant": {"S": EVENT.merchant},
        "endpoint_id": {"S": endpoint.id},
        "event_id": {"S": EVENT.id},
        "event_type": {"S": EVENT.type},
        "event_at": {"S": at},
        "generation": {"N": "1"},
        "status": {"S": "pending"},
        "attempts": {"L": []},
        "tries": {"N": "0"},
        "merchant_key": {"S": f"{EVENT.merchant}#7"},
        "listed_at": {"S": f"{at}#{delivery_id}"},
        "endpoint_key": {"S": f"{endpoint.id}#7"},
        "due_key": {"S": "due#7"},
        "purge_at": {"N": "4102444800"},
    }
    events.client.put_item(TableName=events.table, Item=event)
    deliveries.client.put_item(TableName=deliveries.table, Item=delivery | parts)
    return {
        "delivery_id": delivery_id,
        "event_id": EVENT.id,
        "merchant": EVENT.merchant,
        "endpoint_id": endpoint.id,
        "tries": int(parts.get("tries", {"N": "0"})["N"]),
    }


@pytest.mark.parametrize("answers", [[200], [500, 200]], ids=["arrives", "fails, then arrives"])
def test_a_message_in_flight_is_attempted(answers: list[Any], workers: WebhookWorkers) -> None:
    with receiver(answers) as shop:
        endpoint = workers.endpoint(1, shop.url)
        message = stored(endpoint)
        workers.deliver(workers.record(json.dumps(message), HEALTHY))
        workers.work()
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.tries) == (DeliveryStatus.DELIVERED, len(answers))
    assert [one.status for one in delivery.attempts] == answers


def test_one_that_waits_for_its_retry_is_swept(workers: WebhookWorkers, clock: Clock) -> None:
    due_at = format_timestamp(runtime.now() + timedelta(minutes=5))
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        stored(endpoint, tries={"N": "1"}, attempts={"L": [FAILED_ATTEMPT]}, due_at={"S": due_at})
        assert workers.sweep()["queued"] == 0
        clock.advance(timedelta(minutes=6))
        assert workers.sweep()["queued"] == 1
        workers.work()
    delivery = workers.delivery(EVENT, endpoint)
    assert (delivery.status, delivery.due_at) == (DeliveryStatus.DELIVERED, None)
    assert [one.status for one in delivery.attempts] == [500, 200]


def test_one_on_its_last_try_is_given_up(workers: WebhookWorkers) -> None:
    with receiver([500]) as shop:
        endpoint = workers.endpoint(1, shop.url)
        message = stored(endpoint, tries={"N": "9"}, attempts={"L": [FAILED_ATTEMPT]})
        workers.deliver(workers.record(json.dumps(message), SUSPECTS))
    assert workers.delivery(EVENT, endpoint).status is DeliveryStatus.FAILED
    assert [one["delivery_id"] for one in workers.bodies(DEAD)] == [message["delivery_id"]]


def test_a_message_of_an_expired_delivery_is_dropped(workers: WebhookWorkers) -> None:
    """Its event has no plan, so that nobody takes it for a planned one."""
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        message = stored(endpoint)
        store = webhook_tables.deliveries()
        store.client.delete_item(TableName=store.table, Key={"delivery_id": {"S": message["delivery_id"]}})
        assert workers.deliver(workers.record(json.dumps(message), HEALTHY)) == {"batchItemFailures": []}
    assert shop.received == []


def test_a_redelivered_event_keeps_its_delivery(workers: WebhookWorkers) -> None:
    with receiver() as shop:
        endpoint = workers.endpoint(1, shop.url)
        message = stored(endpoint)
        workers.plan(EVENT)
        workers.deliver(*workers.waiting(HEALTHY), workers.record(json.dumps(message), HEALTHY))
        workers.plan(EVENT)
        workers.work()
    assert len(workers.delivery(EVENT, endpoint).attempts) == 1
    assert workers.delivery(EVENT, endpoint).event_at == build.MONDAY
