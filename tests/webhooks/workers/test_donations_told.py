"""A donation's events take the same way as all others: from the stream to an endpoint, signed, listed, and resent."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from donations import publish_donation_events
from paysandbox.aws import runtime
from paysandbox.core.signature import fault
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.donations.donation import MERCHANT, Donation
from paysandbox.webhooks.endpoints.secrets import secret_of_version
from paysandbox.webhooks.events.event_store import StoredEvent
from paysandbox.webhooks.routes import GET_EVENT, LIST_EVENTS, RESEND_EVENT
from tests.support.builders import build
from tests.support.builders.donations import heard, opened, record
from tests.support.clients.call import Reply, send
from tests.support.fakes.receiver import Receiver, receiver
from tests.support.worlds.webhook_workers import WebhookWorkers

OPENED = opened()
PAID = heard(OPENED, paid=50_00)
PART = heard(PAID, paid=50_00, refunded=20_00)
KEY = build.api_key(MERCHANT)


def published(workers: WebhookWorkers, *lived: Donation) -> list[StoredEvent]:
    """Return the topic's messages for these successive states of a donation."""
    records = [record(before, after) for before, after in pairwise(lived)]
    publish_donation_events.handler({"Records": records}, None)
    return [stored(message["body"]) for message in workers.waiting("events-to-plan")]


def stored(body: str) -> StoredEvent:
    told = json.loads(body)
    return StoredEvent(
        id=told["id"], merchant=MERCHANT, type=told["type"], at=parse_timestamp(told["timestamp"]), body=body
    )


def asked(*route: Any, **parts: Any) -> Reply:
    reply = send(*route, api_key=KEY, **parts)
    assert reply.status in (200, 202), reply.text
    return reply


@pytest.fixture
def charity() -> Iterator[Receiver]:
    """Return the receiver of donation events."""
    with receiver() as receiving:
        yield receiving


def test_it_arrives_as_it_was_published_and_signed(workers: WebhookWorkers, charity: Receiver) -> None:
    endpoint = workers.endpoint(1, charity.url, merchant=MERCHANT)
    workers.endpoint(2, charity.url)  # another merchant's
    events = published(workers, OPENED, PAID, PART)
    assert workers.plan(*events) == {"batchItemFailures": []}
    workers.work()
    assert {request.body.decode() for request in charity.received} == {event.body for event in events}
    assert len(charity.received) == 2
    now = int(runtime.wall_now().timestamp())
    secret = secret_of_version(workers.held(endpoint), 1)
    assert [fault(secret, request.headers, request.body, now=now) for request in charity.received] == [None, None]


@pytest.mark.parametrize(
    "parts, heard_of",
    [
        ({}, {"donation_succeeded", "donation_refunded"}),
        ({"events": ("donation_refunded", "payment_refunded")}, {"donation_refunded"}),
        ({"events": ("payment_refunded",)}, set()),
        # Stripe has no corresponding event: its own events are about the payment behind a donation.
        ({"stripe": True}, set()),
        ({"stripe": True, "events": ("charge.refunded",)}, set()),
    ],
)
def test_endpoints_that_get_the_event(parts: dict[str, Any], heard_of: set[str], workers: WebhookWorkers) -> None:
    workers.endpoint(1, "https://example.com/hooks", merchant=MERCHANT, **parts)
    workers.plan(*published(workers, OPENED, PAID, PART))
    assert {one.event_type for one in workers.deliveries().values()} == heard_of


def test_planned_again_it_is_the_same_event(workers: WebhookWorkers) -> None:
    workers.endpoint(1, "https://example.com/hooks", merchant=MERCHANT)
    for _ in range(2):
        workers.plan(*published(workers, OPENED, PAID, PART))
    assert (len(workers.events()), len(workers.deliveries())) == (2, 2)


def test_it_is_listed_shown_and_sent_again(workers: WebhookWorkers, charity: Receiver) -> None:
    workers.endpoint(1, charity.url, merchant=MERCHANT)
    succeeded, refunded = published(
        workers, OPENED, PAID, heard(PAID, PAID.created_at + build.DAY, refunded=1, paid=50_00)
    )
    workers.plan(succeeded, refunded)
    workers.work()
    told = [json.loads(refunded.body), json.loads(succeeded.body)]
    assert asked(LIST_EVENTS).json["data"] == told
    assert asked(LIST_EVENTS, query={"type": "donation_refunded"}).json["data"] == told[:1]
    assert asked(LIST_EVENTS, query={"transaction_id": build.PAYMENT_ID}).json["data"] == []
    shown = asked(GET_EVENT, path={"event_id": succeeded.id}).json
    assert [one["status"] for one in shown.pop("deliveries")] == ["delivered"]
    assert shown == told[1]
    asked(RESEND_EVENT, path={"event_id": succeeded.id}, body={}, key="again")
    workers.work()
    assert charity.received[-1].body.decode() == succeeded.body
    assert len(charity.received) == 3
