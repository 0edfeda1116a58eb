"""Answers of the routes that look at events and deliveries and repeat them: shapes, and how they are rendered."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.event_queries import DeliveryStatusShown

_NEXT: Any = Field(description="When it is tried again at the latest, in the sandbox's time.")


class EventSummary(Answer):
    """An event as it was published, and as it is sent. The shape of `data` follows from `type`."""

    id: str
    type: str
    timestamp: str
    sequence: int
    data: dict[str, Any]


class EventList(Answer):
    """A page of events, newest first. `next_cursor` is null on the last page; under a filter, a page may be empty.

    An event appears within seconds of its operation and stays for as long as the environment keeps events.
    """

    data: list[EventSummary]
    next_cursor: str | None


class DeliverySummary(Answer):
    """An event on its way to an endpoint, in short. The `last_` fields are of its last attempt."""

    delivery_id: str
    event_id: str
    event_type: str
    event_timestamp: str
    endpoint_id: str
    status: DeliveryStatusShown
    attempts: Annotated[int, Field(description="How many there were.")]
    last_attempt_at: str | None = None
    last_status: Annotated[int | None, Field(description="The HTTP status that it was answered with.")] = None
    last_error: Annotated[str | None, Field(description="What came instead of an answer.")] = None
    next_attempt_at: Annotated[str | None, _NEXT] = None


class DeliveryList(Answer):
    """A page of deliveries, the newest event's first. Under a filter a page may be empty and have a next one."""

    data: list[DeliverySummary]
    next_cursor: str | None


class EventBody(EventSummary):
    """An event as it was published, and its ways to the endpoints, deleted ones too."""

    deliveries: list[DeliverySummary]


class DeliveryAttempt(Answer):
    """One POST to the endpoint. `status` is the answer's, or `error` says what came instead of one.

    The body that was sent is the event's, the same on each attempt. Latency is in milliseconds of wall time.
    """

    number: int
    at: str
    latency_ms: int
    request_headers: dict[str, str]
    status: int | None = None
    error: str | None = None
    response: Annotated[str | None, Field(description="The beginning of the answer's body.")] = None


class DeliveryBody(Answer):
    """An event on its way to an endpoint, attempt by attempt. `resends` is how often it was asked for again."""

    delivery_id: str
    event_id: str
    event_type: str
    event_timestamp: str
    endpoint_id: str
    status: DeliveryStatusShown
    attempts: list[DeliveryAttempt]
    resends: int
    next_attempt_at: Annotated[str | None, _NEXT] = None


class ResentDelivery(Answer):
    """A delivery that was opened anew. What becomes of it, the delivery itself says."""

    delivery_id: str
    endpoint_id: str
    status: Literal["pending"]


class ResentEvent(Answer):
    """The deliveries by which the event is sent again. None: no enabled endpoint listens to its type."""

    event_id: str
    deliveries: list[ResentDelivery]


class EndpointReplay(Answer):
    """How many deliveries are sent again, oldest event first. A call looks at 200 events at most.

    Where `next_since` is not null there are more: ask again with it as `since`, under another idempotency key.
    """

    endpoint_id: str
    planned: int
    left_out: Annotated[int, Field(description="Deliveries that were sent again as often as one may be.")]
    next_since: str | None


def render_event_listed(body: str) -> Body:
    """An event, of its text as it was published."""
    return json.loads(body)


def render_event_details(body: str, deliveries: Iterable[Delivery], endpoints: Mapping[str, Endpoint]) -> Body:
    """An event and its deliveries. `endpoints` are the merchant's, by id."""
    listed = [render_delivery_listed(one, endpoints.get(one.endpoint_id)) for one in deliveries]
    return render_event_listed(body) | {"deliveries": sorted(listed, key=lambda one: one["endpoint_id"])}


def render_delivery_listed(delivery: Delivery, endpoint: Endpoint | None) -> Body:
    """A delivery in short. `endpoint` is its own, or None where it was deleted."""
    last = delivery.attempts[-1] if delivery.attempts else None
    told = {
        "last_attempt_at": format_timestamp(last.at) if last else None,
        "last_status": last.status if last else None,
        "last_error": last.error if last else None,
    }
    facts = _of_every_delivery(delivery, endpoint) | {"attempts": len(delivery.attempts)}
    return facts | {name: value for name, value in told.items() if value is not None}


def render_delivery(delivery: Delivery, endpoint: Endpoint | None) -> Body:
    """A delivery with all its attempts. `endpoint` is its own, or None where it was deleted."""
    return _of_every_delivery(delivery, endpoint) | {
        "attempts": [_attempt(attempt) for attempt in delivery.attempts],
        "resends": len(delivery.resends),
    }


def render_resent(event_id: str, deliveries: Iterable[Delivery]) -> Body:
    """What a resend opened. The status is that of then, so that a repeat says the same."""
    return {
        "event_id": event_id,
        "deliveries": [
            {"delivery_id": one.id, "endpoint_id": one.endpoint_id, "status": str(DeliveryStatus.PENDING)}
            for one in deliveries
        ],
    }


def render_replayed(endpoint_id: str, planned: int, left_out: int, next_since: datetime | None) -> Body:
    """What a replay opened."""
    return {
        "endpoint_id": endpoint_id,
        "planned": planned,
        "left_out": left_out,
        "next_since": format_timestamp(next_since) if next_since else None,
    }


def _of_every_delivery(delivery: Delivery, endpoint: Endpoint | None) -> Body:
    status = delivery.status_for(endpoint)
    body: Body = {
        "delivery_id": delivery.id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "event_timestamp": format_timestamp(delivery.event_at),
        "endpoint_id": delivery.endpoint_id,
        "status": str(status),
    }
    if status is DeliveryStatus.PENDING and delivery.due_at is not None:
        body["next_attempt_at"] = format_timestamp(delivery.due_at)
    return body


def _attempt(attempt: Attempt) -> Body:
    told = {"status": attempt.status, "error": attempt.error, "response": attempt.response or None}
    return {
        "number": attempt.number,
        "at": format_timestamp(attempt.at),
        "latency_ms": attempt.latency_ms,
        "request_headers": dict(attempt.request_headers),
    } | {name: value for name, value in told.items() if value is not None}
