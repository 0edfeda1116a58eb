"""Query and answer of the search, and how what was found is rendered."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.search.query import MAX_TEXT


class Kind(StrEnum):
    """What is found."""

    PAYMENT = "payment"
    DISPUTE = "dispute"
    SETTLEMENT = "settlement"
    DISBURSEMENT = "disbursement"
    CUSTOMER = "customer"
    EVENT = "event"
    ENDPOINT = "endpoint"
    DELIVERY = "delivery"
    REQUEST = "request"
    STRIPE_OBJECT = "stripe_object"
    """An object that only the Stripe-compatible API has."""


class Matched(StrEnum):
    """What of an object the text is."""

    ID = "id"
    REFERENCE = "reference"
    CLIENT_REFERENCE_ID = "client_reference_id"
    METADATA = "metadata"
    DESCRIPTION = "description"
    NAME = "name"
    EMAIL = "email"
    CUSTOMER = "customer"
    NUMBER = "number"
    LAST4 = "last4"
    IDEMPOTENCY_KEY = "idempotency_key"
    PATH = "path"


@record(kw_only=True)
class Found:
    """An object of a merchant, and the path that retrieves it.

    `stripe_id` is the ID of a payment that the Stripe-compatible API made there. `type` is Stripe's name of an object,
    or the type of an event. Amounts are in minor units.
    """

    kind: Kind
    id: str
    path: str
    matched: Matched
    stripe_id: str | None = None
    type: str | None = None
    text: str | None = None
    payment_id: str | None = None
    status: str | None = None
    amount: int | None = None
    currency: str | None = None
    at: datetime | None = None


class SearchObjects(BaseModel):
    """What to search for."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    q: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_TEXT,
            description="An ID of either API, a request ID, a reference, a value of metadata, a client reference ID, a "
            "description or the number in it, an invoice's number, the beginning of a name, an e-mail address, the "
            "last four digits of a card, an idempotency key, or a path that contains an ID.",
            examples=["order-2001"],
        ),
    ]


class FoundObject(Answer):
    """An object that was found. What it does not have is null."""

    object: Annotated[Kind, Field(description="What was found. `stripe_object`: only the /v1 API has it.")]
    id: Annotated[str, Field(description="Its ID: of a payment, that of the native API (`auth_…`).")]
    path: Annotated[str, Field(description="Path of the GET request that retrieves it.")]
    matched: Annotated[Matched, Field(description="What of the object the text is.")]
    stripe_id: Annotated[
        str | None, Field(description="Of a payment that the /v1 API made, its ID there (`pi_…`, `ch_…`).")
    ] = None
    type: Annotated[str | None, Field(description="The type of an event, or Stripe's name of an object.")] = None
    text: Annotated[str | None, Field(description="A reference, an address or a path, to tell objects apart.")] = None
    payment_id: Annotated[str | None, Field(description="The payment that it belongs to.")] = None
    status: Annotated[str | None, Field(description="Its current status; of a request, that of the response.")] = None
    amount: Annotated[int | None, Field(description="In minor units.")] = None
    currency: Annotated[str | None, Field(description="ISO 4217, upper case.")] = None
    created_at: Annotated[str | None, Field(description="When it was created.")] = None


class SearchResult(Answer):
    """What was found, best matches first."""

    data: Annotated[list[FoundObject], Field(description="At most 50 objects: those that the text names by ID first.")]
    searched: Annotated[
        int,
        Field(
            description="How many of the newest payments, customers, disbursements or requests were compared, because "
            "no index has what was searched for. 0: all was found by its key."
        ),
    ]


def render_found(found: Sequence[Found], searched: int) -> Body:
    """Render the result of a search."""
    return {"data": [_object(each) for each in found], "searched": searched}


def _object(found: Found) -> Body:
    return {
        "object": str(found.kind),
        "id": found.id,
        "path": found.path,
        "matched": str(found.matched),
        "stripe_id": found.stripe_id,
        "type": found.type,
        "text": found.text,
        "payment_id": found.payment_id,
        "status": found.status,
        "amount": found.amount,
        "currency": found.currency,
        "created_at": format_timestamp(found.at) if found.at is not None else None,
    }
