"""Response bodies of the event and delivery routes, and their rendering."""

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

_NEXT: Any = Field(description="Latest time of the next attempt, in the sandbox's time.")


class EventSummary(Answer):
    """An event as it was published and is sent. The shape of `data` depends on `type`."""

    id: str
    type: str
    timestamp: str
    sequence: int
    data: dict[str, Any]


class EventList(Answer):
    """A page of events, newest first. `next_cursor` is null on the last page; with a filter, a page may be empty.

    An event appears within seconds of its operation and is available for the environment's event retention period.
    """

    data: list[EventSummary]
    next_cursor: str | None


class DeliverySummary(Answer):
    """A delivery of an event to an endpoint. The `last_` fields describe its most recent attempt."""

    delivery_id: str
    event_id: str
    event_type: str
    event_timestamp: str
    endpoint_id: str
    status: DeliveryStatusShown
    attempts: Annotated[int, Field(description="Number of attempts so far.")]
    last_attempt_at: str | None = None
    last_status: Annotated[int | None, Field(description="HTTP status of the last attempt.")] = None
    last_error: Annotated[str | None, Field(description="Error of the last attempt, if there was no response.")] = None
    next_attempt_at: Annotated[str | None, _NEXT] = None


class DeliveryList(Answer):
    """A page of deliveries, newest event first. With a filter, a page may be empty and still have a next page."""

    data: list[DeliverySummary]
    next_cursor: str | None


class EventBody(EventSummary):
    """An event as it was published, with its deliveries to all endpoints, including deleted ones."""

    deliveries: list[DeliverySummary]


class DeliveryAttempt(Answer):
    """One POST to the endpoint. `status` is the HTTP status, or `error` says why there is none.

    The request body is the event's and is the same for each attempt. Latency is in milliseconds of wall time.
    """

    number: int
    at: str
    latency_ms: int
    request_headers: dict[str, str]
    status: int | None = None
    error: str | None = None
    response: Annotated[str | None, Field(description="The beginning of the response body.")] = None


class DeliveryBody(Answer):
    """A delivery of an event to an endpoint, with all attempts. `resends` is how often it was resent."""

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
    """A delivery that was reopened. Get the delivery to see its outcome."""

    delivery_id: str
    endpoint_id: str
    status: Literal["pending"]


class ResentEvent(Answer):
    """The deliveries that resend the event. Empty if no enabled endpoint subscribes to its type."""

    event_id: str
    deliveries: list[ResentDelivery]


class EndpointReplay(Answer):
    """Number of deliveries to resend, oldest event first. A call covers at most 200 events.

    If `next_since` is not null, there are more: repeat the request with it as `since` and a new idempotency key.
    """

    endpoint_id: str
    planned: int
    left_out: Annotated[int, Field(description="Deliveries skipped at the maximum number of resends.")]
    next_since: str | None


def render_event_listed(body: str) -> Body:
    """Render an event from its published JSON."""
    return json.loads(body)


def render_event_details(body: str, deliveries: Iterable[Delivery], endpoints: Mapping[str, Endpoint]) -> Body:
    """Render an event and its deliveries. `endpoints` are the merchant's, by ID."""
    listed = [render_delivery_listed(one, endpoints.get(one.endpoint_id)) for one in deliveries]
    return render_event_listed(body) | {"deliveries": sorted(listed, key=lambda one: one["endpoint_id"])}


def render_delivery_listed(delivery: Delivery, endpoint: Endpoint | None) -> Body:
    """Render a delivery for a list. `endpoint` is None if it was deleted."""
    last = delivery.attempts[-1] if delivery.attempts else None
    optional = {
        "last_attempt_at": format_timestamp(last.at) if last else None,
        "last_status": last.status if last else None,
        "last_error": last.error if last else None,
    }
    body = _delivery_fields(delivery, endpoint) | {"attempts": len(delivery.attempts)}
    return body | {name: value for name, value in optional.items() if value is not None}


def render_delivery(delivery: Delivery, endpoint: Endpoint | None) -> Body:
    """Render a delivery with all its attempts. `endpoint` is None if it was deleted."""
    return _delivery_fields(delivery, endpoint) | {
        "attempts": [_attempt(attempt) for attempt in delivery.attempts],
        "resends": len(delivery.resends),
    }


def render_resent(event_id: str, deliveries: Iterable[Delivery]) -> Body:
    """Render the deliveries that a resend reopened, as pending, so that an idempotent replay is identical."""
    return {
        "event_id": event_id,
        "deliveries": [
            {"delivery_id": one.id, "endpoint_id": one.endpoint_id, "status": str(DeliveryStatus.PENDING)}
            for one in deliveries
        ],
    }


def render_replayed(endpoint_id: str, planned: int, left_out: int, next_since: datetime | None) -> Body:
    """Render the result of a replay."""
    return {
        "endpoint_id": endpoint_id,
        "planned": planned,
        "left_out": left_out,
        "next_since": format_timestamp(next_since) if next_since else None,
    }


def _delivery_fields(delivery: Delivery, endpoint: Endpoint | None) -> Body:
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
    optional = {"status": attempt.status, "error": attempt.error, "response": attempt.response or None}
    return {
        "number": attempt.number,
        "at": format_timestamp(attempt.at),
        "latency_ms": attempt.latency_ms,
        "request_headers": dict(attempt.request_headers),
    } | {name: value for name, value in optional.items() if value is not None}
