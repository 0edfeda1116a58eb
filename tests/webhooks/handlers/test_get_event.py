"""GET /events/{event_id}: get an event and its deliveries."""

import json

import pytest

from paysandbox.core import ids
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_key
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.routes import GET_EVENT
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.worlds import webhook_records


def shown(event_id: str, merchant: str = build.MERCHANT) -> Reply:
    return send(GET_EVENT, path={"event_id": event_id}, api_key=build.api_key(merchant))


def test_an_event_without_subscribers_has_no_deliveries() -> None:
    event = webhook_records.happened(1)
    assert shown(event.id).json == {**json.loads(event.body), "deliveries": []}


def test_the_delivery_status_at_each_endpoint() -> None:
    """Includes a deleted endpoint, and excludes deliveries of another event of the same instant."""
    first, second = webhook_records.keep(build.authorized(automatic=True))
    there, deleted = webhook_records.endpoint(1), webhook_records.endpoint(2)
    webhook_records.put(there)
    webhook_records.failed(first, there)
    webhook_records.deliver(first, deleted)
    webhook_records.deliver(second, there)
    deliveries = {one.pop("endpoint_id"): one for one in shown(first.id).json["deliveries"]}
    assert set(deliveries) == {there.id, deleted.id}
    assert deliveries[there.id] | {"delivery_id": ""} == {
        "delivery_id": "",
        "event_id": first.id,
        "event_type": "payment_authorized",
        "event_timestamp": "2026-11-16T09:30:00.000000Z",
        "status": "failed",
        "attempts": 2,
        "last_attempt_at": "2026-11-16T09:30:00.000000Z",
        "last_status": 500,
    }
    assert deliveries[deleted.id]["status"] == "canceled"


def test_a_delivery_without_an_attempt_is_pending() -> None:
    """It has no item: the event says to whom it was planned."""
    there, deleted, anew = webhook_records.endpoint(1), webhook_records.endpoint(2), webhook_records.endpoint(3)
    event = webhook_records.happened(1, planned=[there, deleted, anew])
    webhook_records.put(there, webhook_records.endpoint(3, generation=2), webhook_records.endpoint(4))
    deliveries = {one.pop("endpoint_id"): one for one in shown(event.id).json["deliveries"]}
    assert deliveries[there.id] == {
        "delivery_id": ids.delivery_id(event.id, there.id),
        "event_id": event.id,
        "event_type": "payment_authorized",
        "event_timestamp": "2026-11-16T09:30:01.000000Z",
        "status": "pending",
        "attempts": 0,
    }
    assert {name: one["status"] for name, one in deliveries.items()} == {
        there.id: "pending",
        deleted.id: "canceled",
        anew.id: "canceled",
    }


def test_one_that_the_index_does_not_list_yet_is_read_by_its_id() -> None:
    to = webhook_records.endpoint(1)
    event = webhook_records.happened(1, planned=[to])
    webhook_records.put(to)
    made = webhook_records.failed(event, to, status=DeliveryStatus.DELIVERED)
    store = webhook_tables.deliveries()
    store.client.update_item(
        TableName=store.table, Key=delivery_key(made.id), UpdateExpression="REMOVE merchant_key, listed_at"
    )
    assert [one["status"] for one in shown(event.id).json["deliveries"]] == ["delivered"]


def test_the_id_of_one_of_stripes_events_names_ours() -> None:
    """As an endpoint in Stripe's format receives it, with a letter more."""
    event = webhook_records.happened(1)
    assert shown(f"{event.id}d").json == shown(event.id).json


def test_deliveries_include_resent_ones() -> None:
    planned, asked = webhook_records.endpoint(1), webhook_records.endpoint(2)
    event = webhook_records.happened(1, planned=[planned])
    webhook_records.put(planned, asked)
    webhook_records.failed(event, planned)
    webhook_records.deliver(event, asked)
    listed = {one["endpoint_id"]: one["status"] for one in shown(event.id).json["deliveries"]}
    assert listed == {planned.id: "failed", asked.id: "pending"}


def test_the_time_of_the_next_attempt() -> None:
    event, to = webhook_records.happened(1), webhook_records.endpoint(1)
    webhook_records.put(to)
    broken = webhook_records.attempt(status=None, error="connect_timeout", response="")
    webhook_records.deliver(event, to, attempts=(broken,), tries=1, due_at=build.MONDAY + build.HOUR)
    (delivery,) = shown(event.id).json["deliveries"]
    assert (delivery["status"], delivery["next_attempt_at"]) == ("pending", "2026-11-16T10:30:00.000000Z")
    assert (delivery["last_error"], "last_status" in delivery) == ("connect_timeout", False)


@pytest.mark.parametrize("event_id", ["", "evt_1", "evt_" + "z" * 26, "EVT_" + "z" * 26, "evt_" + "z" * 27, "ünï"])
def test_an_unknown_id_is_not_found(event_id: str) -> None:
    reply = shown(event_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_object_is_not_found() -> None:
    event = webhook_records.happened(1, merchant=build.OTHER_MERCHANT)
    assert shown(event.id, build.OTHER_MERCHANT).status == 200
    theirs, nobodys = shown(event.id).json, shown("evt_" + "z" * 26).json
    assert {**theirs, "request_id": ""} == {**nobodys, "request_id": ""}


def test_of_every_status() -> None:
    event = webhook_records.happened(1)
    endpoints = [webhook_records.endpoint(number) for number in range(4)]
    webhook_records.put(*endpoints)
    for to, status in zip(endpoints, DeliveryStatus, strict=True):
        webhook_records.deliver(event, to, status=status)
    listed = {one["endpoint_id"]: one["status"] for one in shown(event.id).json["deliveries"]}
    assert listed == {to.id: str(status) for to, status in zip(endpoints, DeliveryStatus, strict=True)}
