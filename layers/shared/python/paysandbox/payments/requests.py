"""Request bodies and query parameters of the card payment routes. Unknown fields are rejected; no types are coerced."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from paysandbox.core.currency import is_known
from paysandbox.http.queries import Instant, Query
from paysandbox.payments.answers import PaymentStatus
from paysandbox.payments.payment import ANNOTATIONS, Annotations

MAX_AMOUNT = 99_999_999
MAX_METADATA_KEYS = 50
MAX_METADATA_BYTES = 8_192
MAX_TEXT_BYTES = 1_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _currency(text: str) -> str:
    code = text.upper()
    if not is_known(code):
        raise PydanticCustomError("currency_unsupported", "Use an ISO 4217 code such as USD.")
    return code


def _no_controls(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "Control characters and line breaks are not allowed.")
    return text


def metadata_text(entries: dict[str, str]) -> str:
    """Encode metadata as the text that is stored. DynamoDB maps have no order, but replays must be byte-identical."""
    return json.dumps(entries, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _metadata(entries: dict[str, str]) -> dict[str, str]:
    if len(metadata_text(entries).encode()) > MAX_METADATA_BYTES:
        raise PydanticCustomError("metadata_too_large", "Metadata must not exceed 8,192 bytes of JSON in total.")
    return entries


def _at_most_1000_bytes(text: str) -> str:
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise PydanticCustomError("text_too_long", "This text must not exceed 500 characters or 1,000 bytes of UTF-8.")
    return text


Amount = Annotated[
    int,
    Field(
        gt=0,
        le=MAX_AMOUNT,
        description="Minor units (cents for USD), without a decimal point: 1250, not 1250.0.",
        examples=[1250],
    ),
]
Currency = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{3}$"),
    AfterValidator(_currency),
    Field(description="ISO 4217 code, in upper or lower case; returned in upper case.", examples=["USD"]),
]
TransactionId = Annotated[str, Field(max_length=64, examples=["auth_mzxw6ytboi2gk3tbnzswc3lqnm"])]


_NO_CONTROLS: Final[dict[str, Any]] = {"pattern": rf"^[^{_CONTROL.pattern[1:-1]}]*$"}
"""For OpenAPI only. `_no_controls` does the check, with a readable message."""

Text100 = Annotated[
    str, Field(min_length=1, max_length=100, json_schema_extra=_NO_CONTROLS), AfterValidator(_no_controls)
]
Text500 = Annotated[
    str,
    Field(min_length=1, max_length=500, json_schema_extra=_NO_CONTROLS),
    AfterValidator(_no_controls),
    AfterValidator(_at_most_1000_bytes),
]
MetadataKey = Annotated[
    str, Field(min_length=1, max_length=40, json_schema_extra=_NO_CONTROLS), AfterValidator(_no_controls)
]
MetadataValue = Annotated[str, Field(max_length=500)]


class Shape(BaseModel):
    """Base class of all request bodies."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class CardDetails(Shape):
    """Card details as the cardholder entered them. Only the brand, last four digits and expiry are stored, with a keyed
    hash of the number."""

    number: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9]{12,19}$"),
        Field(repr=False, description="12 to 19 digits, no spaces.", examples=["4242424242424242"]),
    ]
    exp_month: Annotated[int, Field(ge=1, le=12, examples=[12])]
    exp_year: Annotated[int, Field(ge=2000, le=2200, examples=[2030])]
    cvc: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{3,4}$"), Field(repr=False, examples=["123"])] = None
    name: Annotated[Text100 | None, Field(repr=False)] = None
    address_line1: Annotated[Text100 | None, Field(repr=False, description="Checked by the bank; not stored.")] = None
    address_zip: Annotated[Text100 | None, Field(repr=False, description="Checked by the bank; not stored.")] = None


class AuthorizePayment(Shape):
    """A payment to authorize with the cardholder's bank."""

    card: CardDetails
    amount: Amount
    currency: Currency = "USD"
    capture_method: Literal["manual", "automatic"] = "manual"
    allow_partial: Annotated[bool, Field(description="Accept a partial approval.")] = False
    description: Text500 | None = None
    reference: Text100 | None = None
    metadata: (
        Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA_KEYS), AfterValidator(_metadata)]
        | None
    ) = None

    def annotations(self) -> Annotations:
        """Return the annotations, as they are stored."""
        fields = {name: getattr(self, name) for name in ANNOTATIONS}
        return Annotations(**fields | {"metadata": metadata_text(self.metadata) if self.metadata is not None else None})


class CapturePayment(Shape):
    """Capture all or part of an authorization."""

    auth_id: TransactionId
    amount: Annotated[Amount | None, Field(description="Default: the remaining amount.")] = None
    final: Annotated[bool, Field(description="Release the amount that remains after this capture.")] = False
    currency: Annotated[Currency | None, Field(description="If set, must match the authorization's currency.")] = None


class VoidPayment(Shape):
    """Release the uncaptured amount of an authorization."""

    auth_id: TransactionId


class RefundPayment(Shape):
    """Refund all or part of a capture."""

    transaction_id: Annotated[
        TransactionId, Field(description="The ID of a capture, or of an authorization with exactly one capture.")
    ]
    amount: Annotated[Amount | None, Field(description="Default: the refundable amount of the capture.")] = None
    reason: Text500 | None = None
    currency: Annotated[Currency | None, Field(description="If set, must match the authorization's currency.")] = None


class ListPayments(Query):
    """Filters and pagination for payments. With `status` or `reference`, a page may be short although there is a next
    page."""

    card_id: Annotated[
        str | None, Field(pattern=r"^card_[a-z2-7]{26}$", description="The `card_id` of an authorization's response.")
    ] = None
    status: Annotated[PaymentStatus | None, Field(description="The current status.")] = None
    reference: Annotated[Text100 | None, Field(description="The exact reference of the authorization.")] = None
    created_from: Annotated[Instant | None, Field(description="Created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Created before this time.")] = None

    @field_validator("created_to")
    @classmethod
    def _later(cls, created_to: datetime | None, info: ValidationInfo) -> datetime | None:
        created_from = info.data.get("created_from")
        if created_from and created_to and created_to <= created_from:
            raise PydanticCustomError("span_empty", "created_to must be later than created_from.")
        return created_to
