"""Request bodies and query parameters of the card payment routes. Unknown fields are rejected; no types are coerced."""

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
from paysandbox.payments.attempts.return_url import MAX_LENGTH as MAX_RETURN_URL_LENGTH, fault_of
from paysandbox.payments.limits import (
    CARD_NUMBER,
    CONTROL,
    CURRENCY,
    EXPIRY_MONTHS,
    EXPIRY_YEARS,
    MAX_AMOUNT,
    MAX_METADATA_BYTES,
    MAX_METADATA_KEY,
    MAX_METADATA_KEYS,
    MAX_METADATA_VALUE,
    MAX_SHORT_TEXT,
    MAX_TEXT,
    MAX_TEXT_BYTES,
    SECURITY_CODE,
    metadata_text,
)

PaymentStatus = Literal[
    "requires_action",
    "processing",
    "reversed",
    "pending",
    "approved",
    "declined",
    "voided",
    "expired",
    "partially_captured",
    "captured",
    "partially_refunded",
    "refunded",
]


def _currency(text: str) -> str:
    code = text.upper()
    if not is_known(code):
        raise PydanticCustomError("currency_unsupported", "Use an ISO 4217 code such as USD.")
    return code


def _no_controls(text: str) -> str:
    if CONTROL.search(text):
        raise PydanticCustomError("control_character", "Control characters and line breaks are not allowed.")
    return text


def _metadata(entries: dict[str, str]) -> dict[str, str]:
    if len(metadata_text(entries).encode()) > MAX_METADATA_BYTES:
        raise PydanticCustomError("metadata_too_large", "Metadata can have at most 8,192 bytes of JSON.")
    return entries


def _at_most_1000_bytes(text: str) -> str:
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise PydanticCustomError(
            "text_too_long", "This text can have at most 500 characters and 1,000 bytes of UTF-8."
        )
    return text


Amount = Annotated[
    int,
    Field(
        gt=0,
        le=MAX_AMOUNT,
        description="Amount in minor units, the smallest unit of the currency: 1250 is 12.50 USD or 1,250 JPY.",
        examples=[1250],
    ),
]
Currency = Annotated[
    str,
    StringConstraints(pattern=rf"^{CURRENCY}$"),
    AfterValidator(_currency),
    Field(description="ISO 4217 code, in upper or lower case. Responses use upper case.", examples=["USD"]),
]
TransactionId = Annotated[str, Field(max_length=64, examples=["auth_mzxw6ytboi2gk3tbnzswc3lqnm"])]


_NO_CONTROLS: Final[dict[str, Any]] = {"pattern": rf"^[^{CONTROL.pattern[1:-1]}]*$"}
"""For OpenAPI only. `_no_controls` does the check, with a readable message."""

Text100 = Annotated[
    str, Field(min_length=1, max_length=MAX_SHORT_TEXT, json_schema_extra=_NO_CONTROLS), AfterValidator(_no_controls)
]
Text500 = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT, json_schema_extra=_NO_CONTROLS),
    AfterValidator(_no_controls),
    AfterValidator(_at_most_1000_bytes),
]
Text1000 = Annotated[
    str, Field(min_length=1, max_length=1000, json_schema_extra=_NO_CONTROLS), AfterValidator(_no_controls)
]
MetadataKey = Annotated[
    str, Field(min_length=1, max_length=MAX_METADATA_KEY, json_schema_extra=_NO_CONTROLS), AfterValidator(_no_controls)
]
MetadataValue = Annotated[str, Field(max_length=MAX_METADATA_VALUE)]


class Shape(BaseModel):
    """Base class of all request bodies."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class CardDetails(Shape):
    """Card details. The number, the security code, the name and the address are never stored."""

    number: Annotated[
        str,
        StringConstraints(pattern=rf"^{CARD_NUMBER}$"),
        Field(
            repr=False,
            description="Card number, 12 to 19 digits without spaces. Only published test cards are accepted.",
            examples=["4242424242424242"],
        ),
    ]
    exp_month: Annotated[
        int, Field(ge=EXPIRY_MONTHS[0], le=EXPIRY_MONTHS[-1], description="Expiration month.", examples=[12])
    ]
    exp_year: Annotated[
        int,
        Field(ge=EXPIRY_YEARS[0], le=EXPIRY_YEARS[-1], description="Expiration year, four digits.", examples=[2030]),
    ]
    cvc: Annotated[
        str | None,
        StringConstraints(pattern=rf"^{SECURITY_CODE}$"),
        Field(repr=False, description="Security code.", examples=["123"]),
    ] = None
    name: Annotated[Text100 | None, Field(repr=False, description="Name on the card. Not checked.")] = None
    address_line1: Annotated[Text100 | None, Field(repr=False, description="First line of the billing address.")] = None
    address_zip: Annotated[Text100 | None, Field(repr=False, description="Billing postal code.")] = None


def _return_url(url: str) -> str:
    fault = fault_of(url)
    if fault is not None:
        raise PydanticCustomError("return_url_invalid", "{fault}", {"fault": fault})
    return url


class ThreeDSecureOptions(Shape):
    """3-D Secure options."""

    request: Annotated[
        Literal["automatic", "any"],
        Field(
            description="`any`: authenticate the cardholder whenever the card supports it. `automatic`: only when the "
            "card or the bank requires it."
        ),
    ] = "automatic"
    if_unavailable: Annotated[
        Literal["proceed", "decline"],
        Field(
            description="Behavior if the issuer cannot authenticate the cardholder (result `U`): `proceed` to the "
            "authorization, without a liability shift, or `decline`."
        ),
    ] = "proceed"


class AuthorizePayment(Shape):
    """A payment to authorize with the cardholder's bank."""

    card: Annotated[CardDetails, Field(description="The card to charge.")]
    amount: Amount
    currency: Currency = "USD"
    capture_method: Annotated[
        Literal["manual", "automatic"],
        Field(description="`automatic` captures the full amount together with the authorization."),
    ] = "manual"
    allow_partial: Annotated[
        bool,
        Field(
            description="Accept a partial approval. Otherwise, a partial approval is a decline (`insufficient_funds`)."
        ),
    ] = False
    return_url: Annotated[
        Annotated[str, Field(max_length=MAX_RETURN_URL_LENGTH), AfterValidator(_return_url)] | None,
        Field(
            description="Where the cardholder returns to after a 3-D Secure challenge: an `http` or `https` URL. "
            "`auth_id` and `result` are added to its query.",
            examples=["https://shop.example/orders/1042"],
        ),
    ] = None
    three_d_secure: Annotated[ThreeDSecureOptions | None, Field(description="3-D Secure options.")] = None
    description: Annotated[
        Text500 | None, Field(description="Free text. Up to 500 characters and 1,000 bytes of UTF-8.")
    ] = None
    reference: Annotated[
        Text100 | None, Field(description="Your own reference, such as an order number. Payments can be listed by it.")
    ] = None
    metadata: Annotated[
        Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA_KEYS), AfterValidator(_metadata)]
        | None,
        Field(description="Your own key-value pairs, up to 8,192 bytes of JSON."),
    ] = None


class CapturePayment(Shape):
    """A capture to make."""

    auth_id: Annotated[TransactionId, Field(description="Id of the authorization to capture.")]
    amount: Annotated[
        Amount | None, Field(description="Amount to capture, in minor units. Default: the remaining authorized amount.")
    ] = None
    final: Annotated[bool, Field(description="Declare this the last capture: the amount that remains is released.")] = (
        False
    )
    currency: Annotated[
        Currency | None, Field(description="If sent, it must be the currency of the authorization.")
    ] = None


class CompleteChallenge(Shape):
    """The cardholder's answer to a 3-D Secure challenge."""

    result: Annotated[
        Literal["succeeded", "failed", "Y", "A", "N", "U", "R", "C", "D", "I"],
        Field(
            description="`succeeded` (Y) or `failed` (N), or another result by its letter in EMV 3-D Secure: A "
            "attempted, U unavailable, R rejected, C challenge required, D decoupled, I information only.",
            examples=["succeeded"],
        ),
    ]


class VoidPayment(Shape):
    """A void to make."""

    auth_id: Annotated[TransactionId, Field(description="Id of the authorization to void.")]


class RefundPayment(Shape):
    """A refund to make."""

    transaction_id: Annotated[
        TransactionId,
        Field(description="Id of the capture to refund, or of an authorization with exactly one capture."),
    ]
    amount: Annotated[
        Amount | None,
        Field(description="Amount to refund, in minor units. Default: the refundable amount of the capture."),
    ] = None
    reason: Annotated[
        Text500 | None, Field(description="Why you refund. Free text, up to 500 characters and 1,000 bytes of UTF-8.")
    ] = None
    currency: Annotated[
        Currency | None, Field(description="If sent, it must be the currency of the authorization.")
    ] = None


class ListPayments(Query):
    """Filters and page. `status` and `disputed` are compared with up to 5,000 payments per page."""

    card_id: Annotated[
        str | None,
        Field(
            pattern=r"^card_[a-z2-7]{26}$", description="Payments with this card, by the `card_id` of an authorization."
        ),
    ] = None
    status: Annotated[PaymentStatus | None, Field(description="Payments with this current status.")] = None
    reference: Annotated[Text100 | None, Field(description="Payments with exactly this reference.")] = None
    disputed: Annotated[
        bool | None, Field(description="`true`: payments with a dispute, open or ended. `false`: those without.")
    ] = None
    created_from: Annotated[Instant | None, Field(description="Payments created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Payments created before this time.")] = None

    @field_validator("created_to")
    @classmethod
    def _later(cls, created_to: datetime | None, info: ValidationInfo) -> datetime | None:
        created_from = info.data.get("created_from")
        if created_from and created_to and created_to <= created_from:
            raise PydanticCustomError("span_empty", "created_to must be later than created_from.")
        return created_to
