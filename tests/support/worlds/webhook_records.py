"""Webhooks in a sandbox's tables and queues, stored with the product's own writes: one keyword per part.

first, second = hooks.keep(build.lived(10_00, captures=[4_00]))
hooks.put(hooks.endpoint(1), hooks.endpoint(2, events=("payment_captured",)))
hooks.deliver(first, hooks.endpoint(1), status=DeliveryStatus.FAILED)
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import DeliveryQueuesSettings
from paysandbox.core import ids
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import render_event
from paysandbox.payments.payment import Payment
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import put_delivery
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoint_entry, endpoints_key
from paysandbox.webhooks.events.event_store import StoredEvent, store_event
from tests.support.builders import build

GONE: Final = Disabled(build.MONDAY, DisabledBecause.GONE)


def endpoint_id(number: int = 1, merchant: str = build.MERCHANT) -> str:
    """Return the ID of the merchant's endpoint `number`."""
    return ids.endpoint_id(merchant, str(number))


def endpoint(
    number: int = 1, *, merchant: str = build.MERCHANT, since: datetime = build.MONDAY, **parts: Any
) -> Endpoint:
    """Return an endpoint for all events, created on Monday. `parts`: events, generation, disabled, trouble_at, …"""
    made = Endpoint(
        id=endpoint_id(number, merchant),
        merchant=merchant,
        url=f"https://hooks.invalid/{number}",
        events=("*",),
        created_at=since,
        listens_since=since,
        request_id="request-of-create",
    )
    return replace(made, **parts)


def put(*endpoints: Endpoint) -> None:
    """Store these as all endpoints of their merchants."""
    store = webhook_tables.endpoints()
    for merchant in {one.merchant for one in endpoints}:
        entries = {one.id: endpoint_entry(one) for one in endpoints if one.merchant == merchant}
        store.client.put_item(TableName=store.table, Item={**endpoints_key(merchant), "endpoints": {"M": entries}})


def keep(*payments: Payment, planned: Iterable[Endpoint] = (), stored_at: datetime | None = None) -> list[StoredEvent]:
    """Store the events of these payments, as the planner does for the endpoints `planned`.

    Without `stored_at` (UTC), lists hold none of them back.
    """
    plan = {one.id: one.generation for one in planned}
    events = [
        StoredEvent(
            id=event.id,
            merchant=event.merchant,
            type=str(event.type),
            at=event.at,
            body=render_event(event),
            planned=plan,
            place=event.place,
            stored_at=stored_at,
        )
        for payment in payments
        for event in events_of(None, payment)
    ]
    for event in events:
        store_event(webhook_tables.event_store(), event)
    return events


def happened(number: int, at: datetime | None = None, *, planned: Iterable[Endpoint] = (), **parts: Any) -> StoredEvent:
    """Store the event of an authorization of payment `number`, that many seconds after Monday or at `at`."""
    payment_id = ids.payment_id("happened", str(number))
    at = at or build.MONDAY + timedelta(seconds=number)
    return keep(build.authorized(payment_id=payment_id, now=at, **parts), planned=planned)[0]


def attempt(number: int = 1, **parts: Any) -> Attempt:
    """Return an attempt with a 500 response."""
    made = Attempt(
        number=number,
        at=build.MONDAY,
        latency_ms=12,
        request_headers={"webhook-attempt": str(number)},
        status=500,
        error=None,
        response="not now",
    )
    return replace(made, **parts)


def deliver(event: StoredEvent, to: Endpoint, **parts: Any) -> Delivery:
    """Store a delivery of an event: pending and without attempts, unless `parts` differ."""
    planned = Delivery(
        id=ids.delivery_id(event.id, to.id),
        merchant=event.merchant,
        endpoint_id=to.id,
        event_id=event.id,
        event_type=event.type,
        event_at=event.at,
        generation=to.generation,
    )
    return put_delivery(webhook_tables.deliveries(), replace(planned, **parts))


def failed(event: StoredEvent, to: Endpoint, **parts: Any) -> Delivery:
    """Store a delivery that failed after two tries."""
    tried = {"attempts": (attempt(1), attempt(2)), "tries": 2}
    return deliver(event, to, **({"status": DeliveryStatus.FAILED} | tried | parts))


def make_queues() -> None:
    """Create the queues, empty."""
    for url in _urls():
        runtime.sqs().create_queue(QueueName=url.rpartition("/")[2])
    queued()


def queued() -> dict[str, list[dict[str, Any]]]:
    """Return the messages queued since the last call, by the queue's name."""
    return {url.rpartition("/")[2]: list(_taken(url)) for url in _urls()}


def _urls() -> tuple[str, str]:
    settings = runtime.settings_of(DeliveryQueuesSettings)
    return settings.deliveries_queue, settings.unhealthy_queue


def _taken(url: str) -> Iterable[dict[str, Any]]:
    sqs: Any = runtime.sqs()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])
