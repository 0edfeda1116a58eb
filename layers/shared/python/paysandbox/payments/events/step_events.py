"""Events of what a bank, the network or the cardholder does to a payment later: the shapes of their data.

They are rendered as all events of payments (`payments/events.py`).
"""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer
from paysandbox.payments.disputes.schemas import DisputeBody
from paysandbox.payments.events.rendering import PaymentCounters
from paysandbox.payments.schemas import CardBody, ThreeDSecureBody, with_annotations

_AUTH_ID = Field(description="Id of the authorization, which is also the payment's id.")
_CURRENCY = Field(description="ISO 4217 code, upper case.")
_CREATED_AT = Field(description="When the operation was recorded (RFC 3339, UTC).")
_PAYMENT = Field(description="The payment right after the operation.")


class UnansweredAttemptFacts(Answer):
    """An attempt without a bank response yet, without the merchant's annotations."""

    status: Annotated[Literal["requires_action", "processing"], Field(description="Status of the payment.")]
    transaction_id: Annotated[str, Field(description="Id of the attempt.")]
    auth_id: Annotated[str, _AUTH_ID]
    amount: Annotated[int, Field(description="Requested amount in minor units.")]
    currency: Annotated[str, _CURRENCY]
    capture_method: Annotated[Literal["manual", "automatic"], Field(description="As it was requested.")]
    card: Annotated[CardBody, Field(description="Stored details of the card.")]
    created_at: Annotated[str, _CREATED_AT]


class UnansweredAttemptData(with_annotations(UnansweredAttemptFacts)):
    """An attempt without a bank response yet."""

    three_d_secure: Annotated[
        ThreeDSecureBody | None, Field(description="The authentication that is required (3-D Secure), if any.")
    ] = None
    metadata: Annotated[dict[str, str] | None, Field(description="Your key-value pairs, as sent.")] = None
    payment: Annotated[PaymentCounters, _PAYMENT]


class StepData(Answer):
    """A step of the bank, the network or the cardholder."""

    status: Annotated[Literal["completed"], Field(description="Always `completed`.")]
    transaction_id: Annotated[str, Field(description="Id of the operation.")]
    auth_id: Annotated[str, _AUTH_ID]
    amount: Annotated[int, Field(description="Amount of the step, in minor units.")]
    currency: Annotated[str, _CURRENCY]
    created_at: Annotated[str, _CREATED_AT]
    payment: Annotated[PaymentCounters, _PAYMENT]


class AuthenticationData(StepData):
    """The result of a 3-D Secure challenge."""

    challenge_id: Annotated[str, Field(description="Id of the attempt that waited for it.")]
    result: Annotated[str, Field(description="Y, A, N, U, R, C, D, I (EMV 3-D Secure), or `abandoned`.")]


class CaptureStepData(StepData):
    """A network event of a capture."""

    capture_id: Annotated[str, Field(description="Id of the capture.")]


class DelayedPresentmentData(CaptureStepData):
    """A capture that is presented to the network late."""

    presented_at: Annotated[str, Field(description="When it is presented to the network.")]


class RefundData(Answer):
    """A refund that has not succeeded, or has failed after succeeding."""

    status: Annotated[Literal["pending", "requires_action", "failed", "canceled"], Field(description="Its status.")]
    transaction_id: Annotated[str, Field(description="Id of the refund.")]
    auth_id: Annotated[str, _AUTH_ID]
    capture_id: Annotated[str, Field(description="Id of the capture. If there are several, the first.")]
    amount: Annotated[int, Field(description="Amount of the refund in minor units.")]
    currency: Annotated[str, _CURRENCY]
    refundable: Annotated[int, Field(description="Amount of the capture that can still be refunded.")]
    reason: Annotated[str | None, Field(description="Your reason, as it was sent.")] = None
    failure_reason: Annotated[str | None, Field(description="Why it failed, such as `lost_or_stolen_card`.")] = None
    created_at: Annotated[str, Field(description="When the refund was recorded (RFC 3339, UTC).")]
    payment: Annotated[PaymentCounters, _PAYMENT]


class DisputeData(DisputeBody):
    """A dispute right after a step."""

    transaction_id: Annotated[str, Field(description="Id of the step.")]
    payment: Annotated[PaymentCounters, _PAYMENT]
