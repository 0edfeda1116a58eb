"""Response bodies of the webhook endpoint routes, and their rendering."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.webhooks.endpoint import ROTATION_OVERLAP, Endpoint


class EndpointBody(Answer):
    """A webhook endpoint."""

    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    url: Annotated[str, Field(description="Where events are sent.")]
    events: Annotated[list[str], Field(description="Subscribed event types. `*` is all of them.")]
    format: Annotated[
        Literal["native", "stripe"],
        Field(description="`stripe`: created through the Stripe-compatible API. It receives Stripe's event format."),
    ] = "native"
    status: Annotated[Literal["enabled", "disabled"], Field(description="Whether events are sent.")]
    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"] | None,
        Field(
            description="`asked`: disabled by PATCH. `gone`: it answered 410. `failing`: every attempt failed for "
            "five days."
        ),
    ] = None
    disabled_at: Annotated[str | None, Field(description="When it was disabled.")] = None
    failing_since: Annotated[
        str | None, Field(description="Time of the first failed attempt after the last success.")
    ] = None
    description: Annotated[str | None, Field(description="Your own description.")] = None
    created_at: Annotated[str, Field(description="When it was created.")]
    listens_since: Annotated[str, Field(description="Events recorded from this time on are sent.")]
    previous_secret_valid_until: Annotated[
        str | None, Field(description="Until then, deliveries are signed with the previous secret too.")
    ] = None


class EndpointWithSecret(EndpointBody):
    """An endpoint with its signing secret, which is shown only at creation and rotation."""

    secret: Annotated[str, Field(description="Signing secret (`whsec_` and Base64). Verify every delivery with it.")]


class EndpointList(Answer):
    """All webhook endpoints of the merchant, oldest first."""

    data: Annotated[list[EndpointBody], Field(description="Endpoints, oldest first.")]


class DeletedEndpoint(Answer):
    """The endpoint is deleted and its pending deliveries are canceled."""

    endpoint_id: Annotated[str, Field(description="Id of the deleted endpoint.")]
    deleted: Annotated[Literal[True], Field(description="Always `true`.")]


class EndpointTest(Answer):
    """A test event (`endpoint_ping`) is being delivered, regardless of the endpoint's event types."""

    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    event_id: Annotated[str, Field(description="Id of the test event.")]
    delivery_id: Annotated[str, Field(description="Id of its delivery.")]
    created_at: Annotated[str, Field(description="When the test event was created.")]


def render_endpoint(endpoint: Endpoint, now: datetime) -> Body:
    """Render an endpoint as of now, without its secret."""
    disabled = endpoint.disabled
    optional: dict[str, Any] = {
        "disabled_reason": str(disabled.because) if disabled else None,
        "disabled_at": format_timestamp(disabled.at) if disabled else None,
        "failing_since": format_timestamp(endpoint.failing.since) if endpoint.failing else None,
        "description": endpoint.description,
        "format": "stripe" if endpoint.stripe else None,
        "previous_secret_valid_until": _text_of(endpoint.both_sign_until(now)),
    }
    return {
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "events": [*endpoint.events],
        "status": "enabled" if endpoint.enabled else "disabled",
        "created_at": format_timestamp(endpoint.created_at),
        "listens_since": format_timestamp(endpoint.listens_since),
    } | {name: value for name, value in optional.items() if value is not None}


def render_endpoints(endpoints: Iterable[Endpoint], now: datetime) -> Body:
    """Render all endpoints, oldest first."""
    by_age = sorted(endpoints, key=lambda endpoint: (endpoint.created_at, endpoint.id))
    return {"data": [render_endpoint(endpoint, now) for endpoint in by_age]}


def render_rotated(endpoint: Endpoint, rotation_id: str, secret: str, now: datetime) -> Body:
    """Render an endpoint as of now, with the secret that a rotation created."""
    rotated_at = (endpoint.rotations or {})[rotation_id]
    until = format_timestamp(rotated_at + ROTATION_OVERLAP)
    return render_endpoint(endpoint, now) | {"secret": secret, "previous_secret_valid_until": until}


def render_pinged(endpoint_id: str, event_id: str, delivery_id: str, at: datetime) -> Body:
    """Render the test event that was sent to an endpoint."""
    return {
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "delivery_id": delivery_id,
        "created_at": format_timestamp(at),
    }


def _text_of(instant: datetime | None) -> str | None:
    return format_timestamp(instant) if instant else None
