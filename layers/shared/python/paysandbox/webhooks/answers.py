"""Answers of the routes of webhook endpoints: their shapes, and how they are rendered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.webhooks.endpoint import ROTATION_OVERLAP, Endpoint


class EndpointBody(Answer):
    """Where events are sent, and whether they are."""

    endpoint_id: str
    url: str
    events: list[str]
    format: Annotated[
        Literal["native", "stripe"], Field(description="`stripe`: made through the Stripe-compatible API, and told so.")
    ] = "native"
    status: Literal["enabled", "disabled"]
    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"] | None,
        Field(description="`asked`: by PATCH. `gone`: it answered 410. `failing`: nothing arrived for long."),
    ] = None
    disabled_at: str | None = None
    failing_since: Annotated[
        str | None, Field(description="Of the attempts that failed since one succeeded, the first.")
    ] = None
    description: str | None = None
    created_at: str
    listens_since: Annotated[str, Field(description="Receives events recorded from then on.")]
    previous_secret_valid_until: Annotated[
        str | None, Field(description="Until then the secret before signs too, beside the new one.")
    ] = None


class EndpointWithSecret(EndpointBody):
    """An endpoint and its secret, which is shown at creation and rotation only; a replay shows the same."""

    secret: Annotated[str, Field(description="`whsec_` and Base64: verify each delivery with it.")]


class EndpointList(Answer):
    """All endpoints of the merchant, oldest first."""

    data: list[EndpointBody]


class DeletedEndpoint(Answer):
    """The endpoint is gone; what was pending for it is cancelled."""

    endpoint_id: str
    deleted: Literal[True]


class EndpointTest(Answer):
    """An `endpoint_ping` is on its way to this endpoint, whatever it listens to."""

    endpoint_id: str
    event_id: str
    delivery_id: str
    created_at: str


def render_endpoint(endpoint: Endpoint, now: datetime) -> Body:
    """An endpoint as it is shown now, without its secret."""
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
    """All of them."""
    by_age = sorted(endpoints, key=lambda endpoint: (endpoint.created_at, endpoint.id))
    return {"data": [render_endpoint(endpoint, now) for endpoint in by_age]}


def render_rotated(endpoint: Endpoint, rotation_id: str, secret: str, now: datetime) -> Body:
    """An endpoint as it is now, and what a rotation of it made."""
    rotated_at = (endpoint.rotations or {})[rotation_id]
    until = format_timestamp(rotated_at + ROTATION_OVERLAP)
    return render_endpoint(endpoint, now) | {"secret": secret, "previous_secret_valid_until": until}


def render_pinged(endpoint_id: str, event_id: str, delivery_id: str, at: datetime) -> Body:
    """An event to one endpoint."""
    return {
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "delivery_id": delivery_id,
        "created_at": format_timestamp(at),
    }


def _text_of(instant: datetime | None) -> str | None:
    return format_timestamp(instant) if instant else None
