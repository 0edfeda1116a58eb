"""The inbox on the deployed stacks: an endpoint that sends to it, its answers, and requests beside one that hangs."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from select import select
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from standardwebhooks import Webhook

from paysandbox.core.ids import event_id
from tests.support.clients.api import Api
from tests.support.tools.waiting import PATIENCE_S, until

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def emptied(api: Api) -> Iterator[None]:
    """Start with an empty inbox that answers 200, and leave no endpoint."""
    api.http.patch("/sandbox/inbox", json={"answer": "200"}).raise_for_status()
    api.http.delete("/sandbox/inbox").raise_for_status()
    yield
    api.http.patch("/sandbox/inbox", json={"answer": "200"}).raise_for_status()
    for endpoint in api.http.get("/webhooks/endpoints").raise_for_status().json()["data"]:
        api.http.delete(f"/webhooks/endpoints/{endpoint['endpoint_id']}").raise_for_status()


def inbox(api: Api) -> Json:
    return api.http.get("/sandbox/inbox").raise_for_status().json()


def endpoint_to_inbox(api: Api) -> Json:
    """Create an endpoint that sends all events to the merchant's inbox."""
    body = {"url": inbox(api)["url"], "events": ["*"]}
    return api.post("/webhooks/endpoints", body).raise_for_status().json()


def webhook_of(api: Api, event: str) -> Json:
    """Wait for an event in the inbox."""
    return until(lambda: [one for one in inbox(api)["data"] if one["event_id"] == event], f"{event} in the inbox")[0]


def attempt_of(api: Api, event: str) -> Json:
    """Wait for the first attempt to deliver an event, as the deliveries record it."""

    def attempts() -> list[Json]:
        listed = api.http.get("/webhooks/deliveries", params={"event": event}).raise_for_status().json()["data"]
        paths = [f"/webhooks/deliveries/{one['delivery_id']}" for one in listed]
        return [attempt for path in paths for attempt in api.http.get(path).raise_for_status().json()["attempts"]]

    return until(attempts, f"an attempt to deliver {event}")[0]


def pay(api: Api) -> str:
    """Authorize a payment, and return its event's id."""
    return event_id(api.authorize().raise_for_status().json()["auth_id"])


def test_events_arrive_verified(api: Api) -> None:
    made = endpoint_to_inbox(api)
    ping = api.post(f"/webhooks/endpoints/{made['endpoint_id']}/test", None).raise_for_status().json()
    for event, kind in ((ping["event_id"], "endpoint_ping"), (pay(api), "payment_authorized")):
        webhook = webhook_of(api, event)
        assert (webhook["status"], webhook["event_type"]) == (200, kind)
        assert webhook["headers"]["webhook-attempt"] == "1"
        for signature in (webhook["signature"], webhook["stripe_signature"]):
            assert (signature["valid"], signature["endpoint_id"]) == (True, made["endpoint_id"])
        # Byte for byte: the library of a receiver verifies what is shown.
        Webhook(made["secret"]).verify(webhook["body"], webhook["headers"])


def test_a_500_is_recorded_as_a_failed_attempt(api: Api) -> None:
    endpoint_to_inbox(api)
    api.http.patch("/sandbox/inbox", json={"answer": "500"}).raise_for_status()
    event = pay(api)
    assert webhook_of(api, event)["status"] == 500
    assert attempt_of(api, event)["status"] == 500


def test_a_410_disables_the_endpoint(api: Api) -> None:
    made = endpoint_to_inbox(api)
    api.http.patch("/sandbox/inbox", json={"answer": "410"}).raise_for_status()
    assert webhook_of(api, pay(api))["status"] == 410
    path = f"/webhooks/endpoints/{made['endpoint_id']}"
    reason = until(lambda: api.http.get(path).raise_for_status().json().get("disabled_reason"), "disabled")
    assert reason == "gone"


@pytest.mark.full
def test_other_requests_do_not_wait_for_webhooks_that_hang(api: Api) -> None:
    """More of them than the functions have workers, and each until its sender hangs up."""
    url = inbox(api)["url"]
    api.http.patch("/sandbox/inbox", json={"answer": "hang"}).raise_for_status()
    address, hanging = urlsplit(url), 24
    with ExitStack() as senders:
        waiting = [
            senders.enter_context(closing(HTTPConnection(address.netloc, timeout=PATIENCE_S))) for _ in range(hanging)
        ]
        for number, sender in enumerate(waiting):
            sender.request("POST", address.path, str(number))
        until(lambda: len(api.http.get("/sandbox/inbox?limit=100").json()["data"]) == hanging, "all of them are stored")
        assert api.authorize().status_code == 200
        answered, *_ = select([sender.sock for sender in waiting], [], [], 0)
        assert answered == [], "the payment was answered while they were held"
    assert {one["status"] for one in inbox(api)["data"]} == {None}


def test_strangers_cannot_use_it(api: Api) -> None:
    url = inbox(api)["url"]
    wrong = url[:-1] + ("a" if url[-1] != "a" else "b")
    assert httpx.post(wrong, content=b"{}").status_code == 404
    assert httpx.post(url, content=b"x" * 65_537).status_code == 413
    assert httpx.get(url).status_code in {403, 404, 405}
    assert inbox(api)["data"] == []
