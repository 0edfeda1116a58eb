"""Webhooks on the deployed stacks: real receivers on this machine get the events of real payments.

Each move of the clock restarts every function, so the tests that need one share it. No test measures time: a delivery
that must not wait for another one arrives while the other is still blocked.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
import stripe
from standardwebhooks import Webhook

from paysandbox.core.ids import event_id
from paysandbox.core.signature import STRIPE_HEADER
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.terminal import in_terminal
from tests.support.fakes.receiver import Answer, Received, Receiver, Says, receiver

HEARD_WITHIN_S = 30
HOLD_S = 8  # less than the timeout of a delivery attempt
LAST_TRY = 9
LISTEN = ("listen", "--merchant", "webhooks", "--events", "payment_authorized")

Json = dict[str, Any]


@dataclass
class Shop:
    """A receiver and its endpoint."""

    receiver: Receiver
    made: Json
    api: Api

    @property
    def id(self) -> str:
        return self.made["endpoint_id"]

    def attempts(self, event: str) -> list[Received]:
        """Return the requests that delivered an event."""
        return [one for one in self.receiver.received if one.headers["webhook-id"] == event]

    def heard(self, event: str, times: int = 1) -> Received:
        """Wait until an event has arrived `times` times, and return the last request."""
        until(lambda: len(self.attempts(event)) >= times, f"{event}, {times} times")
        return self.attempts(event)[times - 1]

    def told(self) -> Json:
        """Return the endpoint from the API."""
        return self.api.http.get(f"/webhooks/endpoints/{self.id}").raise_for_status().json()

    def deliveries(self, event: str) -> list[Json]:
        """Return the deliveries of an event to this endpoint."""
        query = {"endpoint": self.id, "event": event}
        return self.api.http.get("/webhooks/deliveries", params=query).raise_for_status().json()["data"]


@dataclass
class Street:
    """A set of shops, closed together with their endpoints."""

    api: Api
    stack: ExitStack
    shops: list[Shop] = field(default_factory=list[Shop])

    def open(self, answer: Answer = 200, *events: str) -> Shop:
        """Open a receiver with this answer, and an endpoint for all event types or only these."""
        it = self.stack.enter_context(receiver([answer]))
        body = {"url": it.url, "events": [*events] or ["*"]}
        shop = Shop(it, self.api.post("/webhooks/endpoints", body).raise_for_status().json(), self.api)
        self.stack.callback(self.api.http.delete, f"/webhooks/endpoints/{shop.id}")
        self.shops.append(shop)
        return shop

    def pay(self) -> str:
        """Authorize a payment, and return its event's id."""
        return event_id(self.api.authorize().raise_for_status().json()["auth_id"])


@pytest.fixture
def street(api: Api) -> Iterator[Street]:
    """Provide this test's own street."""
    with ExitStack() as stack:
        yield Street(api, stack)


def until(holds: Callable[[], Any], what: str) -> None:
    """Poll until a condition holds, or a generous timeout has passed."""
    deadline = time.monotonic() + HEARD_WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)


def verify(request: Received, *secrets: str) -> Json:
    """Return the event after both libraries have verified it with each of these secrets."""
    for secret in secrets:
        Webhook(secret).verify(request.body, dict(request.headers))
        stripe.Webhook.construct_event(request.body, request.headers[STRIPE_HEADER.lower()], secret)
    return json.loads(request.body)


def test_deliveries_are_signed_with_both_secrets_after_a_rotation(street: Street, api: Api) -> None:
    shop, captures = street.open(), street.open(200, "payment_captured")
    old = shop.made["secret"]
    auth = api.authorize(10_00, capture_method="automatic").json()
    heard = verify(shop.heard(event_id(auth["auth_id"])), old)
    assert (heard["type"], heard["data"]["amount"]) == ("payment_authorized", 10_00)
    (capture,) = [one for one in api.payment(auth["auth_id"])["operations"] if one["type"] == "capture"]
    assert verify(captures.heard(event_id(capture["transaction_id"])), captures.made["secret"])["sequence"] == 2
    assert captures.receiver.ids() == [event_id(capture["transaction_id"])]

    new = api.post(f"/webhooks/endpoints/{shop.id}/rotate", None).raise_for_status().json()["secret"]
    assert new != old
    verify(shop.heard(street.pay()), old, new)

    # A resend has the same bytes and the same id.
    first = event_id(auth["auth_id"])
    api.post(f"/events/{first}/resend", {"endpoint_id": shop.id}).raise_for_status()
    again = shop.heard(first, times=2)
    assert (again.body, again.headers["webhook-attempt"]) == (shop.attempts(first)[0].body, "2")
    verify(again, old, new)


@pytest.mark.full
def test_a_slow_endpoint_does_not_delay_others(street: Street) -> None:
    released = Event()

    def slow(_: Received) -> int:
        released.wait(HOLD_S)
        return 200

    held, other = street.open(slow), street.open()
    try:
        first = street.pay()
        held.heard(first)
        for later in [street.pay(), street.pay()]:
            other.heard(later)
        assert not released.is_set()
        assert len(held.attempts(first)) == 1
    finally:
        released.set()


@pytest.mark.full
def test_a_gone_endpoint_is_disabled_and_another_gets_the_event(street: Street) -> None:
    gone, other = street.open(410), street.open(200, "endpoint_disabled")
    event = street.pay()
    gone.heard(event)
    until(lambda: other.receiver.received, "endpoint_disabled")
    told = verify(other.receiver.received[0], other.made["secret"])
    assert (told["type"], told["data"]["endpoint_id"]) == ("endpoint_disabled", gone.id)
    assert (gone.told()["status"], gone.told()["disabled_reason"]) == ("disabled", "gone")
    street.pay()
    assert len(gone.receiver.received) == 1


@pytest.mark.full
def test_listen_shows_deliveries_and_leaves_no_endpoint(
    api: Api, sandbox: Sandbox, refused: Callable[[], list[str]]
) -> None:
    with in_terminal(*LISTEN, env={"PAYSANDBOX_HOME": str(sandbox.home)}) as terminal:
        terminal.until("Press Ctrl-C to stop.")
        terminal.until(event_id(api.authorize().raise_for_status().json()["auth_id"]))
        terminal.press("\x03")
        terminal.until("The endpoint is deleted.")
        assert terminal.ended() == 0
    assert api.http.get("/webhooks/endpoints").json()["data"] == []
    assert refused() == []


@pytest.mark.full
def test_failed_deliveries_are_retried_unless_the_endpoint_is_deleted(
    street: Street, api: Api, sandbox: Sandbox
) -> None:
    mended = Event()
    trap = street.stack.enter_context(receiver())
    failing = street.open(lambda _: 200 if mended.is_set() else 500)
    redirected, deleted = street.open(Says(307, {"Location": trap.url})), street.open(503)
    event, last = street.pay(), street.pay()
    for shop in (failing, redirected, deleted):
        for one in (event, last):
            shop.heard(one)
    until(
        lambda: all(shop.deliveries(one) for shop in (failing, deleted) for one in (event, last)),
        "the attempts' records",
    )
    assert api.http.delete(f"/webhooks/endpoints/{deleted.id}").status_code == 200
    make_it_the_last_try(sandbox, failing.deliveries(last)[0]["delivery_id"])
    before = len(deleted.receiver.received)
    try:
        sandbox.json("clock", "advance", "6m")
        verify(failing.heard(event, times=2), failing.made["secret"])
        failing.heard(last, times=2)
        redirected.heard(event, times=2)
        until(lambda: failing.deliveries(last)[0]["status"] == "failed", "the end of the last try")
        assert [one["status"] for one in deleted.deliveries(event)] == ["canceled"]
        mended.set()
        sandbox.run("redrive", "webhooks")
        assert failing.heard(last, times=3).body == failing.attempts(last)[0].body
        until(lambda: failing.deliveries(last)[0]["status"] == "delivered", "the end of it")
        replay = {"since": failing.made["created_at"]}
        assert api.post(f"/webhooks/endpoints/{failing.id}/replay", replay).raise_for_status().json()["planned"] >= 1
        failing.heard(last, times=4)
    finally:
        assert sandbox.json("clock", "reset")["offset_s"] == 0
    assert trap.received == []
    assert len(deleted.receiver.received) == before


def make_it_the_last_try(sandbox: Sandbox, delivery_id: str) -> None:
    """Record nine failed attempts: making them would take nine moves of the clock."""
    sandbox.target.client("dynamodb").update_item(
        TableName="paysandbox-local-Deliveries",
        Key={"delivery_id": {"S": delivery_id}},
        UpdateExpression="SET tries = :last",
        ExpressionAttributeValues={":last": {"N": str(LAST_TRY)}},
    )
