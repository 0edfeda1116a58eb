"""The planning worker: each event is stored with its subscribed endpoints, and a delivery to each is queued."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause
from paysandbox.webhooks.endpoints.endpoints import endpoints_key
from paysandbox.webhooks.events.event_store import StoredEvent, store_event
from tests.support.builders import build
from tests.support.worlds.aws_transport import Wire, refused_with
from tests.support.worlds.webhook_workers import HEALTHY, PARKED, SUSPECTS, WebhookWorkers, happened, stored

URL = "https://example.com/hooks"
EVENT = replace(happened(), api_version=STRIPE_VERSION)
CAPTURED = replace(stored(None, build.lived(10_00, captures=[4_00]))[1], api_version=STRIPE_VERSION)


def as_published(workers: WebhookWorkers) -> dict[str, StoredEvent]:
    """Return the stored events without what storing them has added."""
    return {name: replace(event, stored_at=None, listed_as=None) for name, event in workers.events().items()}


def test_an_event_is_stored_and_planned_for_all_subscribers(workers: WebhookWorkers) -> None:
    every, captures = workers.endpoint(1, URL), workers.endpoint(2, URL, events=("payment_captured",))
    workers.endpoint(3, URL, merchant=build.OTHER_MERCHANT)
    assert workers.plan(EVENT, CAPTURED) == {"batchItemFailures": []}
    assert as_published(workers) == {
        EVENT.id: replace(EVENT, planned={every.id: 1}),
        CAPTURED.id: replace(CAPTURED, planned={every.id: 1, captures.id: 1}),
    }
    assert workers.stored() == {}
    planned = {(one.event_id, one.endpoint_id) for one in workers.deliveries().values()}
    assert planned == {(EVENT.id, every.id), (CAPTURED.id, every.id), (CAPTURED.id, captures.id)}
    assert {(one["event_id"], one["endpoint_id"]) for one in workers.bodies(HEALTHY)} == planned
    assert workers.waiting(SUSPECTS) == []


def test_an_event_without_subscribers_is_stored_too(workers: WebhookWorkers) -> None:
    workers.plan(EVENT)
    assert (as_published(workers), workers.deliveries()) == ({EVENT.id: EVENT}, {})


@pytest.mark.parametrize(
    "parts",
    [
        {"disabled": Disabled(build.MONDAY, DisabledBecause.REQUESTED)},
        {"listens_since": EVENT.at + timedelta(microseconds=1)},
        {"events": ("payment_captured",)},
    ],
    ids=["disabled", "later", "of another type"],
)
def test_endpoints_without_a_subscription_get_no_delivery(parts: dict[str, Any], workers: WebhookWorkers) -> None:
    workers.endpoint(1, URL, **parts)
    workers.plan(EVENT)
    assert workers.deliveries() == {}


def test_a_delivery_to_an_unhealthy_endpoint_uses_the_other_queue(workers: WebhookWorkers) -> None:
    workers.endpoint(1, URL, unhealthy_since=runtime.now())
    workers.plan(EVENT)
    assert (len(workers.waiting(HEALTHY)), len(workers.waiting(SUSPECTS))) == (0, 1)


def test_a_batch_reads_all_endpoints_at_once_and_queues_all_at_once(workers: WebhookWorkers, wire: Wire) -> None:
    workers.endpoint(1, URL)
    workers.endpoint(1, URL, merchant=build.OTHER_MERCHANT)
    with wire.record() as sent:
        workers.plan(*[happened(number, merchant=["demo", "globex"][number % 2]) for number in range(10)])
    assert sorted(one.operation for one in sent) == ["BatchGetItem"] + ["PutItem"] * 10 + ["SendMessageBatch"]


def test_a_redelivered_event_is_queued_again_and_attempted_once(workers: WebhookWorkers) -> None:
    """The worker that planned it may have died before it queued it."""
    endpoint = workers.endpoint(1, "http://127.0.0.1:1/")
    workers.plan(EVENT)
    workers.plan(EVENT)
    first, second = workers.waiting(HEALTHY)
    workers.deliver(first)
    before = workers.delivery(EVENT, endpoint)
    assert before.tries == 1
    workers.plan(EVENT)
    workers.deliver(second, *workers.waiting(HEALTHY))
    assert workers.delivery(EVENT, endpoint) == before


def test_a_redelivered_event_keeps_its_plan(workers: WebhookWorkers) -> None:
    """Under an endpoint's former generation nothing is expected any more, whoever comes late."""
    endpoint = workers.endpoint(1, URL)
    workers.plan(EVENT)
    workers.waiting(HEALTHY)
    enabled_again = workers.endpoint(1, URL, generation=2)
    workers.plan(EVENT)
    assert workers.events()[EVENT.id].planned == {endpoint.id: 1}
    workers.deliver(*workers.waiting(HEALTHY))
    assert workers.delivery(EVENT, enabled_again).status is DeliveryStatus.CANCELED


def test_an_event_that_was_stored_without_a_plan_gets_items(workers: WebhookWorkers) -> None:
    """The version before stored each delivery, and may have died between an event and its deliveries."""
    store_event(webhook_tables.event_store(), EVENT)
    endpoint = workers.endpoint(1, "http://127.0.0.1:1/")
    workers.plan(EVENT)
    assert workers.stored().keys() == {workers.delivery(EVENT, endpoint).id}
    workers.deliver(*workers.waiting(HEALTHY))
    assert workers.delivery(EVENT, endpoint).tries == 1
    workers.plan(EVENT)
    assert workers.waiting(HEALTHY) == []


def test_an_event_keeps_its_place_among_those_of_its_operation(workers: WebhookWorkers) -> None:
    workers.plan(EVENT, replace(happened(2), place=3))
    assert {event.id: event.place for event in workers.events().values()} == {EVENT.id: 0, happened(2).id: 3}


@pytest.mark.full
@pytest.mark.parametrize(
    "spoiled",
    [
        {"body": "{"},
        {"body": "7"},
        {"body": "[]"},
        {"body": "{}"},
        {"body": json.dumps({"id": "", "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z"})},
        {"body": json.dumps({"id": "e" * 200, "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "yesterday"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "2026-11-16T09:30:00"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": 7})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z", "sequence": "1"})},
        {"messageAttributes": {}},
        {"messageAttributes": {"merchant": {"stringValue": 7}}},
        {"messageAttributes": {"merchant": {"stringValue": build.MERCHANT}, "place": {"stringValue": "x"}}},
    ],
)
def test_an_unreadable_record_goes_to_the_dead_letter_queue_at_once(
    spoiled: dict[str, Any], workers: WebhookWorkers
) -> None:
    from webhooks import plan_deliveries

    workers.endpoint(1, URL)
    records = [workers.told(EVENT) | spoiled, workers.told(happened(2))]
    assert plan_deliveries.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert [one["body"] for one in workers.waiting(PARKED)] == [records[0]["body"]]
    assert len(workers.waiting(HEALTHY)) == 1


def test_a_batch_of_unreadable_records_reads_nothing(workers: WebhookWorkers, wire: Wire) -> None:
    from webhooks import plan_deliveries

    with wire.record() as sent:
        plan_deliveries.handler({"Records": [workers.record("-", "events-to-plan")]}, None)
    assert [one.operation for one in sent] == ["SendMessage"]


def test_only_the_event_that_was_not_stored_is_redelivered(workers: WebhookWorkers, wire: Wire) -> None:
    workers.endpoint(1, URL)

    def is_second(sent: Any) -> bool:
        return sent.operation == "PutItem" and CAPTURED.id in str(sent.parameters["Item"].get("event_id"))

    with wire.broken(refused_with(500, "InternalServerError"), when=is_second):
        failed = workers.plan(EVENT, CAPTURED)["batchItemFailures"]
    assert len(failed) == 1
    assert [one["event_id"] for one in workers.bodies(HEALTHY)] == [EVENT.id]


def test_a_merchant_whose_endpoints_cannot_be_read_does_not_stop_the_others(workers: WebhookWorkers) -> None:
    """Its events return to the queue, and after five failures to the dead-letter queue, without the others."""
    workers.endpoint(1, URL)
    broken = workers.endpoint(2, URL, merchant=build.OTHER_MERCHANT)
    store = webhook_tables.endpoints()
    item = {**endpoints_key(build.OTHER_MERCHANT), "endpoints": {"M": {broken.id: {"S": "?"}}}}
    store.client.put_item(TableName=store.table, Item=item)
    of_other = happened(2, merchant=build.OTHER_MERCHANT)
    assert len(workers.plan(of_other, EVENT, CAPTURED)["batchItemFailures"]) == 1
    assert workers.events().keys() == {EVENT.id, CAPTURED.id}
    assert len(workers.bodies(HEALTHY)) == 2
