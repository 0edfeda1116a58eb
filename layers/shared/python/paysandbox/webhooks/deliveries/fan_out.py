"""Fan out an event: store it with the endpoints that are subscribed, and queue one delivery for each of them.

The event's item is the plan: a delivery has an item of its own from its first attempt on.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.batch_get_tables import batch_get_tables
from paysandbox.aws.events.topic import MERCHANT, place_in, trace_in
from paysandbox.aws.queue_batch import Answer, answer, each, readable
from paysandbox.aws.schema import ENDPOINTS_KEY
from paysandbox.aws.trace_context import xray_id_in
from paysandbox.core.merchant import is_connected
from paysandbox.core.record import replace
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.deliveries import delivery_of, planned_delivery, put_delivery, subscribers
from paysandbox.webhooks.deliveries.queue import queue
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoints_from, endpoints_key
from paysandbox.webhooks.events.annotations import annotate_event
from paysandbox.webhooks.events.event_store import StoredEvent, listed_at, store_event
from paysandbox.webhooks.events.log import log_event

Planned = tuple[Delivery, Endpoint]

_MAX_KEY: Final = 128


OtherShape = Callable[[StoredEvent, Collection[Endpoint]], list[StoredEvent]]
"""Converts an event to another API's format, in its own version of that API and in those of the merchant's endpoints
for that API. One operation may yield several events."""

PlatformOf = Callable[[str], str | None]
"""Returns the platform of the merchant of a connected account, or None if no account has that merchant."""

_Endpoints = Mapping[str, Mapping[str, Endpoint]]
"""Endpoints by ID, by their merchant."""


def fan_out(event: Mapping[str, Any], *, as_stripe: OtherShape, api_version: str, platform_of: PlatformOf) -> Answer:
    """Process one batch of events from the topic. Idempotent.

    `as_stripe` is called if a merchant has an endpoint created through the Stripe-compatible API. `api_version` is the
    version of that API for endpoints that name none. An event of a connected account also goes to the endpoints that
    its platform has for such events.

    The deliveries of an event that comes again are queued again, because the process may have died before queueing
    them. Whoever makes the attempts drops what has been tried.
    """
    messages = readable(event, event_in)
    if not messages:
        return answer([])
    merchants = {message.content.merchant for message in messages}
    platforms = {name: platform for name in merchants if is_connected(name) and (platform := platform_of(name))}
    endpoints = _endpoints_of({*merchants, *platforms.values()})
    planned, failed = each(
        messages,
        lambda message: _planned(
            message,
            _for_events_of(message.merchant, platforms.get(message.merchant), endpoints),
            as_stripe,
            api_version,
        ),
    )
    _queue([found for deliveries in planned for found in deliveries], runtime.now())
    return failed


def event_in(record: Mapping[str, Any]) -> StoredEvent:
    """Parse a message of the topic. Raises ValueError, TypeError or LookupError if it is malformed.

    The topic uses raw delivery: the message body is the event as it was published, and its merchant is a message
    attribute.
    """
    body = record["body"]
    parsed = json.loads(body)
    merchant, event_id, kind = record["messageAttributes"][MERCHANT]["stringValue"], parsed["id"], parsed["type"]
    if not all(isinstance(text, str) and 0 < len(text) <= _MAX_KEY for text in (merchant, event_id, kind)):
        raise ValueError("an event has an id, a type and a merchant")
    at = parse_timestamp(parsed["timestamp"])
    if at.utcoffset() != timedelta(0):
        raise ValueError("an event happened at a time in UTC")
    trace, place = trace_in(record), place_in(record)
    event = StoredEvent(id=event_id, merchant=merchant, type=kind, at=at, body=body, trace=trace, place=place)
    listed_at(event)  # raises for an event that could not be stored
    return event


def _endpoints_of(merchants: set[str]) -> _Endpoints:
    endpoints = webhook_tables.endpoints()
    found = batch_get_tables(
        endpoints.client, {endpoints.table: [endpoints_key(merchant) for merchant in sorted(merchants)]}
    )
    return {item[ENDPOINTS_KEY]["S"]: endpoints_from(item) for item in found[endpoints.table]}


def _for_events_of(merchant: str, platform: str | None, endpoints: _Endpoints) -> dict[str, Endpoint]:
    """Return the endpoints that events of a merchant can go to: its own, and its platform's for connected accounts."""
    own = {name: each for name, each in endpoints.get(merchant, {}).items() if not each.connect}
    if platform is None:
        return own
    return own | {name: each for name, each in endpoints.get(platform, {}).items() if each.connect}


def _planned(
    event: StoredEvent, endpoints: Mapping[str, Endpoint], as_stripe: OtherShape, api_version: str
) -> list[Planned]:
    """Store an event and plan its deliveries. Returns those to queue."""
    if xray_id_in(event.trace) is not None:
        annotate_event(event, outcome=event.type)
    event = replace(event, api_version=api_version, stored_at=runtime.now())
    planned = _stored_with_plan(event, endpoints, api_version)
    theirs = [endpoint for endpoint in endpoints.values() if endpoint.stripe]
    if theirs:
        for converted in as_stripe(event, theirs):
            planned += _stored_with_plan(converted, endpoints, api_version)
    return planned


def _stored_with_plan(event: StoredEvent, endpoints: Mapping[str, Endpoint], default: str) -> list[Planned]:
    subscribed = subscribers(event, endpoints.values(), default)
    plan = {endpoint.id: endpoint.generation for endpoint in subscribed}
    others = {endpoint.id: endpoint.merchant for endpoint in subscribed if endpoint.merchant != event.merchant}
    platform = next(iter(others.values()), None)
    event = replace(event, planned=plan, of_platform=frozenset(others), platform=platform)
    stored = store_event(webhook_tables.event_store(), event)
    log_event(event)
    planned: list[Planned] = []
    for endpoint in subscribed:
        delivery = planned_delivery(stored, endpoint.id)
        if delivery is None:
            # The event was stored before, by a version without plans or when this endpoint was not in sight yet.
            delivery = put_delivery(webhook_tables.deliveries(), delivery_of(event, endpoint))
        if delivery.status is DeliveryStatus.PENDING and delivery.tries == 0:
            planned.append((replace(delivery, trace=event.trace), endpoint))
    return planned


def _queue(planned: list[Planned], now: datetime) -> None:
    for unhealthy in (False, True):
        queue(
            [delivery for delivery, endpoint in planned if endpoint.is_unhealthy(now) is unhealthy], unhealthy=unhealthy
        )
