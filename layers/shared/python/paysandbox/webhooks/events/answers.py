"""Response bodies of the event and delivery routes, and their rendering."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.webhooks.delivery import Attempt, Delivery, DeliveryStatus
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.events.queries import DeliveryStatusShown

_NEXT: Any = Field(description="Latest time of the next attempt, by the sandbox's clock.")


class EventSummary(Answer):
    """An event, as it was published and as it is delivered. The fields of `data` depend on `type`."""

    id: Annotated[str, Field(description="Id of the event, and the `webhook-id` header of its deliveries.")]
    type: Annotated[str, Field(description="Event type.")]
    timestamp: Annotated[str, Field(description="When the operation happened.")]
    sequence: Annotated[int, Field(description="Position of the operation in its payment, from 1.")]
    data: Annotated[dict[str, Any], Field(description="Details. Their fields depend on `type`.")]


class EventList(Answer):
    """A page of events, newest first. `next_cursor` is null on the last page.

    An event appears within seconds of its operation and is kept for 30 days by default.
    """

    data: Annotated[list[EventSummary], Field(description="Events, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None, Field(description="With a filter that no index has: how many events this page was compared with.")
    ] = None


class DeliverySummary(Answer):
    """The delivery of an event to an endpoint. The `last_` fields describe the last attempt."""

    delivery_id: Annotated[str, Field(description="Id of the delivery.")]
    event_id: Annotated[str, Field(description="Id of the event.")]
    event_type: Annotated[str, Field(description="Type of the event.")]
    event_timestamp: Annotated[str, Field(description="When the event happened.")]
    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    status: Annotated[DeliveryStatusShown, Field(description="Current status.")]
    attempts: Annotated[int, Field(description="Number of attempts so far.")]
    last_attempt_at: Annotated[str | None, Field(description="When the last attempt was made.")] = None
    last_status: Annotated[int | None, Field(description="HTTP status of the last response.")] = None
    last_error: Annotated[str | None, Field(description="Why there was no response, such as a timeout.")] = None
    next_attempt_at: Annotated[str | None, _NEXT] = None


class DeliveryList(Answer):
    """A page of deliveries, newest event first.

    A delivery is listed from its first attempt on. `GET /events/{event_id}` also shows those that wait for it.
    """

    data: Annotated[list[DeliverySummary], Field(description="Deliveries, newest event first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]


class EventBody(EventSummary):
    """An event and its deliveries."""

    deliveries: Annotated[
        list[DeliverySummary],
        Field(
            description="Its deliveries, one per endpoint, including deleted endpoints and deliveries that wait for "
            "their first attempt."
        ),
    ]


class DeliveryAttempt(Answer):
    """One request to the endpoint. Either `status` or `error` is set.

    The body is the event, identical on every attempt.
    """

    number: Annotated[int, Field(description="Number of the attempt, from 1.")]
    at: Annotated[str, Field(description="When the request was sent.")]
    latency_ms: Annotated[int, Field(description="Time until the response, in milliseconds.")]
    request_headers: Annotated[dict[str, str], Field(description="Headers that were sent, for the first 50 attempts.")]
    status: Annotated[int | None, Field(description="HTTP status of the response.")] = None
    error: Annotated[str | None, Field(description="Why there was no response, such as a timeout.")] = None
    response: Annotated[str | None, Field(description="Beginning of the response body.")] = None
    fault: Annotated[str | None, Field(description="Fault that a rule has injected into it.")] = None


class DeliveryBody(Answer):
    """The delivery of an event to an endpoint, with every attempt."""

    delivery_id: Annotated[str, Field(description="Id of the delivery.")]
    event_id: Annotated[str, Field(description="Id of the event.")]
    event_type: Annotated[str, Field(description="Type of the event.")]
    event_timestamp: Annotated[str, Field(description="When the event happened.")]
    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    status: Annotated[DeliveryStatusShown, Field(description="Current status.")]
    attempts: Annotated[list[DeliveryAttempt], Field(description="Every attempt, oldest first.")]
    resends: Annotated[int, Field(description="How often it was resent.")]
    next_attempt_at: Annotated[str | None, _NEXT] = None


class ResentDelivery(Answer):
    """A delivery that is sent again. Retrieve it to see the result."""

    delivery_id: Annotated[str, Field(description="Id of the delivery.")]
    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    status: Annotated[Literal["pending"], Field(description="Always `pending`.")]


class ResentEvent(Answer):
    """The deliveries that are sent again."""

    event_id: Annotated[str, Field(description="Id of the event.")]
    deliveries: Annotated[
        list[ResentDelivery],
        Field(description="One per endpoint. Empty if no enabled endpoint subscribes to the type."),
    ]


class EndpointReplay(Answer):
    """A replay, oldest event first. One request covers at most 200 events.

    If `next_since` is not null, send another request with it as `since` and a new idempotency key.
    """

    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    planned: Annotated[int, Field(description="Number of deliveries that are sent again.")]
    left_out: Annotated[int, Field(description="Deliveries that were skipped because they have been resent 20 times.")]
    next_since: Annotated[
        str | None, Field(description="Pass it as `since` to continue. `null` if there is nothing more to replay.")
    ]


def render_event_listed(body: str) -> Body:
    """Render an event from its published JSON."""
    return json.loads(body)


def render_event_details(body: str, deliveries: Iterable[Delivery], endpoints: Mapping[str, Endpoint]) -> Body:
    """Render an event and its deliveries. `endpoints` are the merchant's, by ID."""
    listed = [render_delivery_listed(delivery, endpoints.get(delivery.endpoint_id)) for delivery in deliveries]
    return render_event_listed(body) | {"deliveries": sorted(listed, key=lambda rendered: rendered["endpoint_id"])}


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
            {"delivery_id": delivery.id, "endpoint_id": delivery.endpoint_id, "status": str(DeliveryStatus.PENDING)}
            for delivery in deliveries
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
    optional["fault"] = attempt.fault
    return {
        "number": attempt.number,
        "at": format_timestamp(attempt.at),
        "latency_ms": attempt.latency_ms,
        "request_headers": dict(attempt.request_headers),
    } | {name: value for name, value in optional.items() if value is not None}
