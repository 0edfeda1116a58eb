"""Response bodies of the webhook endpoint routes, and their rendering."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.webhooks.endpoint import ROTATION_OVERLAP, Endpoint


class EndpointBody(Answer):
    """A webhook endpoint and its status."""

    endpoint_id: str
    url: str
    events: list[str]
    format: Annotated[
        Literal["native", "stripe"],
        Field(description="`stripe`: created through the Stripe-compatible API; receives Stripe-shaped events."),
    ] = "native"
    status: Literal["enabled", "disabled"]
    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"] | None,
        Field(
            description="`asked`: disabled through the API. `gone`: the endpoint returned 410. "
            "`failing`: no delivery succeeded for too long."
        ),
    ] = None
    disabled_at: str | None = None
    failing_since: Annotated[
        str | None, Field(description="Time of the first failed attempt since the last success.")
    ] = None
    description: str | None = None
    created_at: str
    listens_since: Annotated[str, Field(description="The endpoint receives events recorded at or after this time.")]
    previous_secret_valid_until: Annotated[
        str | None,
        Field(description="Until this time, deliveries are signed with both the new and the previous secret."),
    ] = None


class EndpointWithSecret(EndpointBody):
    """An endpoint and its signing secret, returned on creation, on rotation and on idempotent replays of these."""

    secret: Annotated[
        str, Field(description="Signing secret (`whsec_` followed by Base64). Use it to verify each delivery.")
    ]


class EndpointList(Answer):
    """All webhook endpoints of the merchant, oldest first."""

    data: list[EndpointBody]


class DeletedEndpoint(Answer):
    """The endpoint was deleted, and its pending deliveries were cancelled."""

    endpoint_id: str
    deleted: Literal[True]


class EndpointTest(Answer):
    """The `endpoint_ping` event queued for this endpoint, regardless of the event types it subscribes to."""

    endpoint_id: str
    event_id: str
    delivery_id: str
    created_at: str


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
