"""Request bodies and query parameters of the card payment routes. Unknown fields are rejected; no types are coerced."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from paysandbox.http.parameter_shape import Shape, constraints, model_of
from paysandbox.http.queries import Instant, OrderedQuery, later_than
from paysandbox.payments import authorization_body, limits

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


Amount = Annotated[int, *constraints(limits.AMOUNT)]
Currency = Annotated[str, *constraints(limits.CURRENCY)]
TransactionId = Annotated[str, Field(max_length=64, examples=["auth_mzxw6ytboi2gk3tbnzswc3lqnm"])]
Text100 = Annotated[str, *constraints(limits.TEXT_100)]
Text500 = Annotated[str, *constraints(limits.TEXT_500)]
Text1000 = Annotated[str, *constraints(limits.TEXT_1000)]
MetadataKey = Annotated[str, *constraints(limits.METADATA_KEY)]
MetadataValue = Annotated[str, *constraints(limits.METADATA_VALUE)]

AuthorizePayment = model_of(authorization_body.AuthorizePayment)


class IncrementPayment(Shape):
    """An increment to make."""

    auth_id: Annotated[TransactionId, Field(description="Id of the authorization to increment.")]
    amount: Annotated[Amount, Field(description="Amount to hold in addition, in minor units.")]
    currency: Annotated[
        Currency | None, Field(description="If sent, it must be the currency of the authorization.")
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


class ListPayments(OrderedQuery):
    """Filters, page and order.

    `status`, `customer`, `last4` and `disputed` are compared with up to 2,000 payments per page.
    """

    card_id: Annotated[
        str | None,
        Field(
            pattern=r"^card_[a-z2-7]{26}$", description="Payments with this card, by the `card_id` of an authorization."
        ),
    ] = None
    last4: Annotated[
        str | None, Field(pattern="^[0-9]{4}$", description="Payments whose card ends in these digits.")
    ] = None
    customer: Annotated[
        str | None,
        Field(max_length=64, description="Payments of this customer of the Stripe-compatible API (`cus_…`)."),
    ] = None
    status: Annotated[PaymentStatus | None, Field(description="Payments with this current status.")] = None
    reference: Annotated[
        Text100 | None,
        Field(
            description="Payments with exactly this reference, value of metadata, description or number in it, or of a "
            "Checkout session with this client reference ID."
        ),
    ] = None
    disputed: Annotated[
        bool | None, Field(description="`true`: payments with a dispute, open or ended. `false`: those without.")
    ] = None
    created_from: Annotated[Instant | None, Field(description="Payments created at or after this time.")] = None
    created_to: Annotated[Instant | None, Field(description="Payments created before this time.")] = None

    _later = field_validator("created_to")(later_than("created_from", "created_to must be later than created_from."))
