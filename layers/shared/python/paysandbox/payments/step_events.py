"""Events of what a bank, the network or the cardholder does to a payment later: their shapes.

They are rendered as all events of payments (`payments/events.py`).
"""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import EventEnvelope
from paysandbox.payments.dispute_schemas import DisputeBody
from paysandbox.payments.events import PaymentCounters
from paysandbox.payments.schemas import CardBody, ThreeDSecureBody

_AUTH_ID = Field(description="Id of the authorization, which is also the payment's id.")
_CURRENCY = Field(description="ISO 4217 code, upper case.")
_CREATED_AT = Field(description="When the operation was recorded (RFC 3339, UTC).")
_PAYMENT = Field(description="The payment right after the operation.")


class UnansweredAttemptData(Answer):
    """An attempt without a bank response yet."""

    status: Annotated[Literal["requires_action", "processing"], Field(description="Status of the payment.")]
    transaction_id: Annotated[str, Field(description="Id of the attempt.")]
    auth_id: Annotated[str, _AUTH_ID]
    amount: Annotated[int, Field(description="Requested amount in minor units.")]
    currency: Annotated[str, _CURRENCY]
    capture_method: Annotated[Literal["manual", "automatic"], Field(description="As it was requested.")]
    card: Annotated[CardBody, Field(description="Stored details of the card.")]
    created_at: Annotated[str, _CREATED_AT]
    description: Annotated[str | None, Field(description="Your description, as sent.")] = None
    reference: Annotated[str | None, Field(description="Your reference, as sent.")] = None
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


class PaymentRequiresActionEvent(EventEnvelope):
    """The cardholder must be authenticated (3-D Secure) before the bank is asked."""

    type: Literal["payment_requires_action"]
    data: UnansweredAttemptData


class PaymentProcessingEvent(EventEnvelope):
    """The bank was asked to authorize and has not answered yet."""

    type: Literal["payment_processing"]
    data: UnansweredAttemptData


class PaymentAuthenticatedEvent(EventEnvelope):
    """The cardholder answered a challenge, and the attempt proceeds or waits for the issuer."""

    type: Literal["payment_authenticated"]
    data: AuthenticationData


class PaymentAuthenticationFailedEvent(EventEnvelope):
    """The cardholder was not authenticated. The bank is not asked to authorize."""

    type: Literal["payment_authentication_failed"]
    data: AuthenticationData


class PaymentCaptureFailedEvent(EventEnvelope):
    """The network rejected a capture. Its amount can be captured again, unless the authorization has ended."""

    type: Literal["payment_capture_failed"]
    data: CaptureStepData


class PaymentPresentmentDelayedEvent(EventEnvelope):
    """A capture is presented to the network late, so it is in a later settlement batch."""

    type: Literal["payment_presentment_delayed"]
    data: DelayedPresentmentData


class PaymentReversedEvent(EventEnvelope):
    """The card's bank released all or part of the uncaptured amount."""

    type: Literal["payment_reversed"]
    data: StepData


class PaymentFraudWarningEvent(EventEnvelope):
    """The card's bank suspects that a payment was fraudulent. No money moves."""

    type: Literal["payment_fraud_warning"]
    data: CaptureStepData


class RefundCreatedEvent(EventEnvelope):
    """A refund was accepted and is pending. Until it ends, its amount cannot be refunded again."""

    type: Literal["refund_created"]
    data: RefundData


class RefundRequiresActionEvent(EventEnvelope):
    """A pending refund waits for the cardholder."""

    type: Literal["refund_requires_action"]
    data: RefundData


class RefundFailedEvent(EventEnvelope):
    """A refund failed, while it was pending or after it had succeeded. Its amount can be refunded again."""

    type: Literal["refund_failed"]
    data: RefundData


class RefundCanceledEvent(EventEnvelope):
    """A pending refund was canceled. Its amount can be refunded again."""

    type: Literal["refund_canceled"]
    data: RefundData


class DisputeOpenedEvent(EventEnvelope):
    """A chargeback, including an escalated inquiry: the card's bank took the disputed amount, and a fee is charged."""

    type: Literal["dispute_opened"]
    data: DisputeData


class DisputeInquiryOpenedEvent(EventEnvelope):
    """The card's bank requests information about a payment. No money moves."""

    type: Literal["dispute_inquiry_opened"]
    data: DisputeData


class DisputeInquiryClosedEvent(EventEnvelope):
    """An inquiry ended without a chargeback. No money moves."""

    type: Literal["dispute_inquiry_closed"]
    data: DisputeData


class DisputeEvidenceSubmittedEvent(EventEnvelope):
    """The merchant submitted evidence. The bank reviews it."""

    type: Literal["dispute_evidence_submitted"]
    data: DisputeData


class DisputeEscalatedEvent(EventEnvelope):
    """The card's bank contests a dispute that the merchant had won, and has taken the amount again."""

    type: Literal["dispute_escalated"]
    data: DisputeData


class DisputeWithdrawnEvent(EventEnvelope):
    """The cardholder withdrew the dispute. It is won only if evidence is submitted."""

    type: Literal["dispute_withdrawn"]
    data: DisputeData


class DisputeWonEvent(EventEnvelope):
    """The bank decided for the merchant. The amount is returned."""

    type: Literal["dispute_won"]
    data: DisputeData


class DisputeLostEvent(EventEnvelope):
    """The merchant lost the dispute: the bank decided, the merchant accepted, or no evidence was submitted in time."""

    type: Literal["dispute_lost"]
    data: DisputeData
