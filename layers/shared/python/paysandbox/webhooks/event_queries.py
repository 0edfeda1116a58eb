"""Queries and bodies of the routes that look at events and deliveries, and repeat them."""

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
    """Which events, and which page of them. With `type` or `transaction_id` a page may be short and have a next one."""

    type: Annotated[EventTypeName | None, Field(description="What happened.")] = None
    since: Annotated[Instant | None, Field(alias="from", description="Happened then or later.")] = None
    until: Annotated[Instant | None, Field(alias="to", description="Happened before then.")] = None
    transaction_id: Annotated[
        TransactionId | None,
        Field(description="Any id of a payment: all events of that payment."),
    ] = None

    @field_validator("until")
    @classmethod
    def _later(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if since and until and until <= since:
            raise PydanticCustomError("span_empty", "to must be later than from.")
        return until


class ListDeliveries(Query):
    """Which deliveries, and which page of them. With `event` or `status` a page may be short and have a next one."""

    endpoint: Annotated[EndpointId | None, Field(description="To that endpoint, also one that was deleted.")] = None
    event: Annotated[EventId | None, Field(description="Of that event.")] = None
    status: Annotated[DeliveryStatusShown | None, Field(description="As it stands when it is read.")] = None


class ResendEvent(Shape):
    """Send an event again."""

    endpoint_id: Annotated[
        EndpointId | None,
        Field(
            description="Where to, whatever it listens to. Default: every enabled endpoint that listens to its type."
        ),
    ] = None


class ReplayEndpoint(Shape):
    """Send again what happened since then, to one endpoint."""

    since: Annotated[Instant, Field(description="Of the first event, or of `next_since` of the answer before.")]
    only_failed: Annotated[
        bool,
        Field(
            description="Only what never arrived and is not tried any more: given up, cancelled, or recorded while the "
            "endpoint was disabled. Default: everything, also what arrived."
        ),
    ] = False
