"""Events of webhook endpoints: their shapes, and how they are rendered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.http.event_envelope import EventEnvelope, rendered
from paysandbox.webhooks.endpoint import Endpoint


class EndpointPingData(Answer):
    """A webhook endpoint."""

    endpoint_id: str
    url: str
    description: str | None = None


class EndpointDisabledData(EndpointPingData):
    """A webhook endpoint to which nothing is sent any longer."""

    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"],
        Field(description="`gone`: it answered 410. `failing`: nothing arrived for long."),
    ]
    disabled_at: str
    failing_since: str | None = None


class EndpointPingEvent(EventEnvelope):
    """Somebody tries this endpoint. Sent to it alone, whatever it listens to, and not published."""

    type: Literal["endpoint_ping"]
    data: EndpointPingData


class EndpointDisabledEvent(EventEnvelope):
    """An endpoint was disabled, because it asked for that or failed for long."""

    type: Literal["endpoint_disabled"]
    data: EndpointDisabledData


def render_endpoint_event(kind: EventType, endpoint: Endpoint, event_id: str, at: datetime, sequence: int) -> str:
    """An event about an endpoint (`endpoint_ping`, `endpoint_disabled`) as it is sent, byte for byte.

    `sequence` is the endpoint's generation. Raises AssertionError for the second one of an endpoint that is enabled.
    """
    data: Body = {"endpoint_id": endpoint.id, "url": endpoint.url}
    if endpoint.description is not None:
        data["description"] = endpoint.description
    if kind is EventType.ENDPOINT_DISABLED:
        if endpoint.disabled is None:
            raise AssertionError(f"{endpoint.id} is not disabled")
        data |= {
            "disabled_reason": str(endpoint.disabled.because),
            "disabled_at": format_timestamp(endpoint.disabled.at),
        }
        if endpoint.failing:
            data["failing_since"] = format_timestamp(endpoint.failing.since)
    return rendered(kind, data, event_id, at, sequence)
