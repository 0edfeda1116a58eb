"""Query parameters and request bodies of the event and delivery routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.event_type import EventType
from paysandbox.http.queries import Instant, Query
from paysandbox.payments.requests import Shape, TransactionId

DeliveryStatusShown = Literal["pending", "delivered", "failed", "cancelled"]


def _event_type(text: str) -> str:
    if text not in set(EventType):
        raise PydanticCustomError("event_type_unknown", "Use one of {types}.", {"types": ", ".join(EventType)})
    return text


EventTypeName = Annotated[
    str, AfterValidator(_event_type), WithJsonSchema({"type": "string", "enum": [str(kind) for kind in EventType]})
]
EventId = Annotated[str, Field(pattern=r"^evt_[a-z2-7]{26}$")]
EndpointId = Annotated[str, Field(pattern=r"^we_[a-z2-7]{26}$")]


class ListEvents(Query):
    """Filters and paging of events. With `type` or `transaction_id`, a page may be short and still have a next page."""

    type: Annotated[EventTypeName | None, Field(description="Event type.")] = None
    since: Annotated[Instant | None, Field(alias="from", description="Start of the period, inclusive.")] = None
    until: Annotated[Instant | None, Field(alias="to", description="End of the period, exclusive.")] = None
    transaction_id: Annotated[
        TransactionId | None,
        Field(description="Any ID of a payment. Returns all events of that payment."),
    ] = None

    @field_validator("until")
    @classmethod
    def _later(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if since and until and until <= since:
            raise PydanticCustomError("span_empty", "to must be later than from.")
        return until


class ListDeliveries(Query):
    """Filters and paging of deliveries. With `event` or `status`, a page may be short and still have a next page."""

    endpoint: Annotated[EndpointId | None, Field(description="Deliveries to this endpoint, even if deleted.")] = None
    event: Annotated[EventId | None, Field(description="Deliveries of this event.")] = None
    status: Annotated[DeliveryStatusShown | None, Field(description="Current status of the delivery.")] = None


class ResendEvent(Shape):
    """Resend an event."""

    endpoint_id: Annotated[
        EndpointId | None,
        Field(
            description="Endpoint to resend to, regardless of its subscriptions. Default: every enabled endpoint that "
            "subscribes to the event's type."
        ),
    ] = None


class ReplayEndpoint(Shape):
    """Replay events to one endpoint."""

    since: Annotated[Instant, Field(description="First event to replay, or `next_since` of the previous response.")]
    only_failed: Annotated[
        bool,
        Field(
            description="Only events that were never delivered and will not be retried: failed, cancelled, or recorded "
            "while the endpoint was disabled. Default: all events, including delivered ones."
        ),
    ] = False
