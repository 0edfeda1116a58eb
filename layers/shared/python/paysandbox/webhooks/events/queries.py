"""Query parameters and request bodies of the event and delivery routes."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.event_type import EventType
from paysandbox.core.suggestion import did_you_mean
from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Instant, OrderedQuery, Query, later_than
from paysandbox.payments.requests import TransactionId

DeliveryStatusShown = Literal["pending", "delivered", "failed", "canceled"]
DeliveryStatusFilter = Literal["pending", "delivered", "failed", "canceled", "failing"]
FAILING: Final = "failing"
"""A filter of deliveries beside their statuses: those that are pending because an attempt failed."""


def _event_type(text: str) -> str:
    if text not in set(EventType):
        raise PydanticCustomError(
            "event_type_unknown",
            "{suggestion}Use one of {types}.",
            {"suggestion": did_you_mean(text, EventType), "types": ", ".join(EventType)},
        )
    return text


EventTypeName = Annotated[
    str, AfterValidator(_event_type), WithJsonSchema({"type": "string", "enum": [str(kind) for kind in EventType]})
]
EventId = Annotated[str, Field(pattern=r"^evt_[a-z2-7]{26}[a-z]?$")]
"""An event's ID, or that of one of Stripe's events for it, which has a letter more."""
EndpointId = Annotated[str, Field(pattern=r"^we_[a-z2-7]{26}$")]


class ListEvents(OrderedQuery):
    """Filters and page. `type` and `transaction_id` are compared with up to 2,000 events per page."""

    type: Annotated[EventTypeName | None, Field(description="Event type.")] = None
    since: Annotated[Instant | None, Field(alias="from", description="Events at or after this time.")] = None
    until: Annotated[Instant | None, Field(alias="to", description="Events before this time.")] = None
    transaction_id: Annotated[
        TransactionId | None,
        Field(description="Events of one payment. Any of its ids."),
    ] = None

    _later = field_validator("until")(later_than("since", "to must be later than from."))


class ListDeliveries(Query):
    """Filters and page. Filters are compared with up to 2,000 deliveries and events per page."""

    endpoint: Annotated[EndpointId | None, Field(description="Deliveries to this endpoint. It may be deleted.")] = None
    event: Annotated[EventId | None, Field(description="Deliveries of this event.")] = None
    status: Annotated[
        DeliveryStatusFilter | None,
        Field(
            description="Deliveries with this current status. `failing`: those of the pending ones whose last attempt "
            "failed."
        ),
    ] = None


class ResendEvent(Shape):
    """An event to resend."""

    endpoint_id: Annotated[
        EndpointId | None,
        Field(
            description="Endpoint to send to, regardless of its event types. Default: every enabled endpoint that "
            "subscribes to the type."
        ),
    ] = None


class ReplayEndpoint(Shape):
    """Past events to send to an endpoint again."""

    since: Annotated[
        Instant, Field(description="Time of the first event to replay, or `next_since` of the previous response.")
    ]
    only_failed: Annotated[
        bool,
        Field(
            description="Only events that were never delivered: failed, canceled, recorded while the endpoint was "
            "disabled, or still without a first attempt. Default: all events."
        ),
    ] = False
