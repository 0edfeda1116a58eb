"""GET /webhooks/deliveries/{delivery_id}: get a delivery with its attempts."""

import pytest

from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.routes import GET_DELIVERY
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.worlds import webhook_records

TO = webhook_records.endpoint(1)


def shown(delivery_id: str, merchant: str = build.MERCHANT) -> Reply:
    return send(GET_DELIVERY, path={"delivery_id": delivery_id}, api_key=build.api_key(merchant))


def test_each_attempt_shows_its_request_and_response() -> None:
    webhook_records.put(TO)
    attempts = (
        webhook_records.attempt(1, status=None, error="connect_timeout", response="", latency_ms=10_000),
        webhook_records.attempt(2),
        webhook_records.attempt(3, status=204, response="", at=build.MONDAY + build.HOUR),
    )
    made = webhook_records.deliver(
        webhook_records.happened(1),
        TO,
        attempts=attempts,
        tries=1,
        status=DeliveryStatus.DELIVERED,
        resends=frozenset({"a"}),
    )
    assert shown(made.id).json == {
        "delivery_id": made.id,
        "event_id": made.event_id,
        "event_type": "payment_authorized",
        "event_timestamp": "2026-11-16T09:30:01.000000Z",
        "endpoint_id": TO.id,
        "status": "delivered",
        "resends": 1,
        "attempts": [
            {
                "number": 1,
                "at": "2026-11-16T09:30:00.000000Z",
                "latency_ms": 10_000,
                "request_headers": {"webhook-attempt": "1"},
                "error": "connect_timeout",
            },
            {
                "number": 2,
                "at": "2026-11-16T09:30:00.000000Z",
                "latency_ms": 12,
                "request_headers": {"webhook-attempt": "2"},
                "status": 500,
                "response": "not now",
            },
            {
                "number": 3,
                "at": "2026-11-16T10:30:00.000000Z",
                "latency_ms": 12,
                "request_headers": {"webhook-attempt": "3"},
                "status": 204,
            },
        ],
    }


@pytest.mark.parametrize(
    "endpoints, status",
    [
        ([webhook_records.endpoint(1)], "pending"),
        ([webhook_records.endpoint(1, disabled=webhook_records.GONE)], "canceled"),
        ([webhook_records.endpoint(1, generation=2)], "canceled"),
        ([webhook_records.endpoint(2)], "canceled"),
        ([], "canceled"),
    ],
)
def test_a_pending_delivery_depends_on_its_endpoint(endpoints: list[Endpoint], status: str) -> None:
    webhook_records.put(*endpoints)
    made = webhook_records.deliver(webhook_records.happened(1), TO, due_at=build.MONDAY)
    reply = shown(made.id).json
    assert reply["status"] == status
    assert ("next_attempt_at" in reply) is (status == "pending")


@pytest.mark.parametrize("delivery_id", ["", "wd_1", "wd_" + "z" * 26, "evt_" + "z" * 26, "ünï"])
def test_an_unknown_id_is_not_found(delivery_id: str) -> None:
    reply = shown(delivery_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_object_is_not_found() -> None:
    made = webhook_records.deliver(webhook_records.happened(1), TO)
    assert shown(made.id).status == 200
    assert shown(made.id, build.OTHER_MERCHANT).code == "resource_not_found"
