"""Query and answer shapes of the feed, and how an entry is rendered."""

from dataclasses import fields
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from paysandbox.core.timestamps import format_timestamp
from paysandbox.feed.entry import DeliveryAttempt, RecordedEntry
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer

MAX_ENTRIES: Final = 1_000
NEWEST: Final = 100
"""How many entries a first read returns, unless its `limit` says otherwise."""

_SHOWN: Final = ("payment_id", "amount", "currency", "reference")


class ReadFeed(BaseModel):
    """Where to read on or back, and how much."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    after: Annotated[
        str | None,
        Field(
            max_length=400,
            description="`next_cursor` of the previous answer: returns everything after it. Without it, the newest "
            "entries of the last 24 hours are returned.",
        ),
    ] = None
    before: Annotated[
        str | None,
        Field(
            max_length=400,
            description="`previous_cursor` of an earlier answer: returns the entries that precede it, back to 24 hours "
            "ago. Not with `after`.",
        ),
    ] = None
    limit: Annotated[
        int | None,
        Field(
            ge=1,
            le=MAX_ENTRIES,
            description=f"Maximum number of entries. Default: {NEWEST}, or {MAX_ENTRIES:,} with `after`.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.after is not None and self.before is not None:
            raise PydanticCustomError("two_directions", "Send after or before, not both.")
        return self


class FeedCard(Answer):
    """A card, as far as it is shown."""

    brand: Annotated[str, Field(description="Brand, such as `visa`, or `unknown`.")]
    last4: Annotated[str, Field(description="Last four digits.")]


class FeedRequest(Answer):
    """A request and its response. `GET /requests/{id}` has the bodies."""

    method: Annotated[str, Field(description="HTTP method.")]
    path: Annotated[str, Field(description="The request's own path, without its query.")]
    route: Annotated[str, Field(description="Operation id of the route.")]
    status: Annotated[int, Field(description="HTTP status of the response.")]
    outcome: Annotated[str, Field(description="Result in one word, such as `approved`, `declined` or `refused`.")]
    code: Annotated[str | None, Field(description="Error code, or null.")]
    detail: Annotated[str | None, Field(description="Explanation of the error, or null.")]
    duration_ms: Annotated[int, Field(description="Processing time in milliseconds.")]
    replayed: Annotated[
        bool, Field(description="Whether the response repeats an earlier one with the same idempotency key.")
    ]
    transaction_id: Annotated[str | None, Field(description="Id of the payment or operation, or null.")]


class FeedEvent(Answer):
    """A published event. `GET /events/{id}` has its body."""

    type: Annotated[str, Field(description="Event type, such as `payment_captured`.")]
    object_id: Annotated[str, Field(description="Id of the operation or object that it is about.")]


class FeedDeliveryAttempt(Answer):
    """One POST of an event to an endpoint. `GET /deliveries/{delivery_id}` has the request and the response."""

    delivery_id: Annotated[str, Field(description="Id of the delivery.")]
    event_id: Annotated[str, Field(description="Id of the event.")]
    event_type: Annotated[str, Field(description="Event type.")]
    endpoint_id: Annotated[str, Field(description="Id of the endpoint.")]
    url: Annotated[str, Field(description="The endpoint's URL. Its query, if any, is masked.")]
    attempt: Annotated[int, Field(description="Number of the attempt, from 1.")]
    status: Annotated[int | None, Field(description="HTTP status of the endpoint's response, or null.")]
    error: Annotated[str | None, Field(description="Why there was no response, or null.")]
    latency_ms: Annotated[int, Field(description="Time until the response, in milliseconds.")]
    succeeded: Annotated[bool, Field(description="Whether the status is 2xx.")]


class FeedItem(Answer):
    """An entry of the feed. Exactly one of `request`, `event` and `delivery_attempt` is present, as `kind` says."""

    id: Annotated[
        str, Field(description="Id of the request or event; of an attempt, the delivery's id and the attempt's number.")
    ]
    kind: Annotated[Literal["request", "event", "delivery_attempt"], Field(description="What it is.")]
    at: Annotated[
        str,
        Field(
            description="When it happened (RFC 3339, UTC). Events: by the sandbox's clock. Others: wall-clock time, in "
            "milliseconds."
        ),
    ]
    recorded_at: Annotated[str, Field(description="When it was recorded: wall-clock time.")]
    payment_id: Annotated[str | None, Field(description="Id of the payment or disbursement that it is about, or null.")]
    amount: Annotated[int | None, Field(description="Amount in minor units, or null.")]
    currency: Annotated[str | None, Field(description="ISO 4217 code, upper case, or null.")]
    reference: Annotated[str | None, Field(description="Your own reference, or null.")]
    card: Annotated[FeedCard | None, Field(description="The card, or null.")]
    request: Annotated[FeedRequest | None, Field(description="The request.")] = None
    event: Annotated[FeedEvent | None, Field(description="The event.")] = None
    delivery_attempt: Annotated[FeedDeliveryAttempt | None, Field(description="The attempt.")] = None


class Feed(Answer):
    """Requests, events and delivery attempts of the last 24 hours, in the order in which they were recorded.

    Poll with `after` to follow it, and page back with `before`. Entries of the last minute are returned again until no
    writer can still add one in between: ignore an `id` that you have. An answer of which nothing is new has status 304
    if you send its `ETag` as `If-None-Match`; keep the cursor then. Requests that the request log leaves out are not in
    the feed either.
    """

    data: Annotated[list[FeedItem], Field(description="Entries, in the order of recording, each id once.")]
    next_cursor: Annotated[str, Field(description="Pass it as `after` to read on. Valid for 24 hours.")]
    previous_cursor: Annotated[
        str | None,
        Field(
            description="Pass it as `before` to get older entries. Null if the last 24 hours have none, and in answers "
            "to `after`."
        ),
    ]
    has_more: Annotated[
        bool, Field(description="Whether more entries follow: ask again at once. Always true in answers to `before`.")
    ]


def render_entry(recorded: RecordedEntry) -> Body:
    """Render an entry."""
    entry, subject = recorded.entry, recorded.entry.subject
    own: Body = {field.name: getattr(subject, field.name) for field in fields(subject)}
    if isinstance(subject, DeliveryAttempt):
        own["succeeded"] = subject.succeeded
    return {
        "id": entry.id,
        "kind": entry.kind,
        "at": format_timestamp(entry.at),
        "recorded_at": format_timestamp(recorded.recorded_at),
        **{name: getattr(entry, name) for name in _SHOWN},
        "card": {"brand": entry.card.brand, "last4": entry.card.last4} if entry.card else None,
        entry.kind: own,
    }
