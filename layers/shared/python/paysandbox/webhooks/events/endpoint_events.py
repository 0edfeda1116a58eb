"""Events about webhook endpoints, and their rendering."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from paysandbox.core.event_type import EventType
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered
from paysandbox.webhooks.endpoint import Endpoint


class EndpointPingData(Answer):
    """A webhook endpoint."""

    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    url: Annotated[str, Field(description="Where its events are sent.")]
    description: Annotated[str | None, Field(description="Your own description.")] = None


class EndpointDisabledData(EndpointPingData):
    """A webhook endpoint that was disabled."""

    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"],
        Field(description="`gone`: it answered 410. `failing`: every attempt failed for five days."),
    ]
    disabled_at: Annotated[str, Field(description="When it was disabled.")]
    failing_since: Annotated[
        str | None, Field(description="Time of the first failed attempt after the last success.")
    ] = None


def render_endpoint_event(kind: EventType, endpoint: Endpoint, event_id: str, at: datetime, sequence: int) -> str:
    """Render an event about an endpoint (`endpoint_ping`, `endpoint_disabled`), byte for byte as it is sent.

    `sequence` is the endpoint's generation. Raises AssertionError for `endpoint_disabled` of an enabled endpoint.
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
