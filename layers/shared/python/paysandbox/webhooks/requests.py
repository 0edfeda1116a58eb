"""Request bodies of the webhook endpoint routes."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.event_type import EventType
from paysandbox.core.suggestion import did_you_mean
from paysandbox.http.parameter_shape import Shape
from paysandbox.payments.requests import Text500
from paysandbox.webhooks.endpoint import EVERY_EVENT
from paysandbox.webhooks.outbound.target import MAX_URL_LENGTH

EVENT_NAMES: Final = (EVERY_EVENT, *map(str, EventType))


def _known(name: str) -> str:
    if name not in EVENT_NAMES:
        hint = did_you_mean(name, EVENT_NAMES)
        raise PydanticCustomError("event_unknown", f"{hint}Choose from {', '.join(EVENT_NAMES)}.")  # pyright: ignore[reportArgumentType] - pydantic wants a literal; the names are the enum's
    return name


def _once_each(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("event_twice", "An event type is repeated.")
    return names


Url = Annotated[
    str,
    Field(
        max_length=MAX_URL_LENGTH,
        description="HTTPS URL of a public host. Locally also HTTP to this machine: on the sandbox's port, only the "
        "URL of your inbox.",
        examples=["https://example.com/webhooks"],
    ),
]
EventName = Annotated[str, Field(json_schema_extra={"enum": [*EVENT_NAMES]}), AfterValidator(_known)]
EventNames = Annotated[
    list[EventName],
    Field(
        min_length=1,
        max_length=len(EVENT_NAMES),
        json_schema_extra={"uniqueItems": True},
        description="Event types to subscribe to. `*` subscribes to all types, including future ones.",
        examples=[["*"]],
    ),
    AfterValidator(_once_each),
]


class CreateEndpoint(Shape):
    """A webhook endpoint to create."""

    url: Url
    events: EventNames
    description: Annotated[Text500 | None, Field(description="Free text for your own use.")] = None


class UpdateEndpoint(Shape):
    """Fields of the endpoint to change. Send at least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    url: Annotated[Url | None, Field(description="New URL.")] = None
    events: Annotated[EventNames | None, Field(description="New list of event types.")] = None
    description: Annotated[Text500 | None, Field(description="New text. `null` removes it.")] = None
    status: Annotated[
        Literal["enabled", "disabled"] | None,
        Field(description="`disabled` stops deliveries; `enabled` resumes with events recorded from then on."),
    ] = None

    @property
    def forgets_description(self) -> bool:
        """Whether the description is to be removed."""
        return "description" in self.model_fields_set and self.description is None

    @model_validator(mode="after")
    def _something(self) -> Self:
        given = (self.url, self.events, self.description, self.status)
        if not self.forgets_description and all(part is None for part in given):
            raise PydanticCustomError("nothing_to_change", "Send url, events, description or status.")
        return self
