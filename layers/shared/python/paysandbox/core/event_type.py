"""Event types, which webhook endpoints subscribe to."""

from enum import StrEnum
from typing import Self


class EventType(StrEnum):
    """The type of an event: its name, the shape of its data, and what happened.

    Payment events and `transaction_settled` correspond to operations in the ledger. Events of endpoints, settlement
    batches, donations, disbursements and objects of the Stripe-compatible API do not: `events_of` never returns them.
    """

    data_shape: str
    """The name of the shape, in the `events` module of the feature that renders the event (`step_events` for later
    steps of a payment). By name, because the functions that publish events do not need the shapes."""
    meaning: str

    def __new__(cls, name: str, data_shape: str, meaning: str) -> Self:
        """Make the member for a row below. Its value is its name: `EventType("payment_captured")`."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.data_shape = data_shape
        member.meaning = meaning
        return member

    PAYMENT_OPENED = (
        "payment_opened",
        "PaymentOpenedData",
        "A payment intent was created through the Stripe-compatible API.",
    )
    PAYMENT_REVISED = (
        "payment_revised",
        "PaymentOpenedData",
        "A payment intent, the description or metadata of a payment, or one of its charges or refunds was updated.",
    )
    PAYMENT_AUTHORIZED = ("payment_authorized", "PaymentAttemptData", "The bank approved an authorization.")
    PAYMENT_DECLINED = ("payment_declined", "PaymentAttemptData", "The bank declined an authorization.")
    PAYMENT_AUTHORIZATION_INCREMENTED = (
        "payment_authorization_incremented",
        "PaymentIncrementedData",
        "The bank holds more for an authorization: its amount was raised.",
    )
    PAYMENT_INCREMENT_DECLINED = (
        "payment_increment_declined",
        "PaymentIncrementedData",
        "The bank declined to raise the amount of an authorization, which is unchanged.",
    )
    PAYMENT_CAPTURED = ("payment_captured", "PaymentCapturedData", "All or part of an authorization was captured.")
    PAYMENT_VOIDED = (
        "payment_voided",
        "PaymentVoidedData",
        "The merchant voided the uncaptured part of an authorization.",
    )
    PAYMENT_REFUNDED = ("payment_refunded", "PaymentRefundedData", "All or part of a capture was refunded.")
    PAYMENT_EXPIRED = (
        "payment_expired",
        "PaymentExpiredData",
        "An authorization expired and its uncaptured part was released.",
    )
    PAYMENT_REQUIRES_ACTION = (
        "payment_requires_action",
        "UnansweredAttemptData",
        "The cardholder must be authenticated (3-D Secure) before the bank is asked.",
    )
    PAYMENT_PROCESSING = (
        "payment_processing",
        "UnansweredAttemptData",
        "The bank was asked to authorize and has not answered yet.",
    )
    PAYMENT_AUTHENTICATED = (
        "payment_authenticated",
        "AuthenticationData",
        "The cardholder answered a challenge, and the attempt proceeds or waits for the issuer.",
    )
    PAYMENT_AUTHENTICATION_FAILED = (
        "payment_authentication_failed",
        "AuthenticationData",
        "The cardholder was not authenticated. The bank is not asked to authorize.",
    )
    PAYMENT_CAPTURE_FAILED = (
        "payment_capture_failed",
        "CaptureStepData",
        "The network rejected a capture. Its amount can be captured again, unless the authorization has ended.",
    )
    PAYMENT_PRESENTMENT_DELAYED = (
        "payment_presentment_delayed",
        "DelayedPresentmentData",
        "A capture is presented to the network late, so it is in a later settlement batch.",
    )
    PAYMENT_REVERSED = (
        "payment_reversed",
        "StepData",
        "The card's bank released all or part of the uncaptured amount.",
    )
    PAYMENT_FRAUD_WARNING = (
        "payment_fraud_warning",
        "CaptureStepData",
        "The card's bank suspects that a payment was fraudulent. No money moves.",
    )
    REFUND_CREATED = (
        "refund_created",
        "RefundData",
        "A refund was accepted and is pending. Until it ends, its amount cannot be refunded again.",
    )
    REFUND_REQUIRES_ACTION = ("refund_requires_action", "RefundData", "A pending refund waits for the cardholder.")
    REFUND_FAILED = (
        "refund_failed",
        "RefundData",
        "A refund failed, while it was pending or after it had succeeded. Its amount can be refunded again.",
    )
    REFUND_CANCELED = (
        "refund_canceled",
        "RefundData",
        "A pending refund was canceled. Its amount can be refunded again.",
    )
    DISPUTE_OPENED = (
        "dispute_opened",
        "DisputeData",
        "A chargeback, including an escalated inquiry: the card's bank took the disputed amount, and a fee is charged.",
    )
    DISPUTE_INQUIRY_OPENED = (
        "dispute_inquiry_opened",
        "DisputeData",
        "The card's bank requests information about a payment. No money moves.",
    )
    DISPUTE_INQUIRY_CLOSED = (
        "dispute_inquiry_closed",
        "DisputeData",
        "An inquiry ended without a chargeback. No money moves.",
    )
    DISPUTE_EVIDENCE_SUBMITTED = (
        "dispute_evidence_submitted",
        "DisputeData",
        "The merchant submitted evidence. The bank reviews it.",
    )
    DISPUTE_ESCALATED = (
        "dispute_escalated",
        "DisputeData",
        "The card's bank contests a dispute that the merchant had won, and has taken the amount again.",
    )
    DISPUTE_WITHDRAWN = (
        "dispute_withdrawn",
        "DisputeData",
        "The cardholder withdrew the dispute. It is won only if evidence is submitted.",
    )
    DISPUTE_WON = ("dispute_won", "DisputeData", "The bank decided for the merchant. The amount is returned.")
    DISPUTE_LOST = (
        "dispute_lost",
        "DisputeData",
        "The merchant lost the dispute: the bank decided, the merchant accepted, or no evidence was submitted in time.",
    )
    ENDPOINT_PING = (
        "endpoint_ping",
        "EndpointPingData",
        "Sent on request to test one endpoint, regardless of its event types. Not published on the topic.",
    )
    ENDPOINT_DISABLED = (
        "endpoint_disabled",
        "EndpointDisabledData",
        "An endpoint was disabled because it answered 410 or failed for days. Sent to the merchant's other endpoints.",
    )
    TRANSACTION_SETTLED = (
        "transaction_settled",
        "TransactionSettledData",
        "A capture, refund or refund reversal was settled. Events of the same settlement share a `sequence`.",
    )
    SETTLEMENT_COMPLETED = ("settlement_completed", "SettlementCompletedData", "A batch was settled for the merchant.")
    DONATION_SUCCEEDED = (
        "donation_succeeded",
        "DonationSucceededData",
        "A donation was paid. Published once per donation.",
    )
    DONATION_FAILED = (
        "donation_failed",
        "DonationFailedData",
        "The payment of a donation failed or was abandoned. It can still succeed later.",
    )
    DONATION_REFUNDED = ("donation_refunded", "DonationRefundedData", "All or part of a donation was refunded.")
    DISBURSEMENT_CREATED = (
        "disbursement_created",
        "DisbursementData",
        "A disbursement was accepted, and its amount and fee were taken from your funds.",
    )
    DISBURSEMENT_PROCESSING = (
        "disbursement_processing",
        "DisbursementData",
        "A disbursement is about to be sent to the provider, or continues after a review.",
    )
    DISBURSEMENT_PAID = ("disbursement_paid", "DisbursementData", "The provider paid the customer.")
    DISBURSEMENT_FAILED = (
        "disbursement_failed",
        "DisbursementData",
        "The provider refused a disbursement. Its amount and fee are back in your funds.",
    )
    DISBURSEMENT_UNCLAIMED = (
        "disbursement_unclaimed",
        "DisbursementData",
        "The customer has no account with the provider. After 30 days the money is returned.",
    )
    DISBURSEMENT_HELD = ("disbursement_held", "DisbursementData", "The provider holds a disbursement for a review.")
    DISBURSEMENT_BLOCKED = (
        "disbursement_blocked",
        "DisbursementData",
        "The provider blocked a disbursement. The money has not been returned yet.",
    )
    DISBURSEMENT_RETURNED = (
        "disbursement_returned",
        "DisbursementData",
        "The money was returned. If the disbursement had been paid, its fee is not returned.",
    )
    DISBURSEMENT_DESTINATION_CORRECTED = (
        "disbursement_destination_corrected",
        "DisbursementData",
        "The bank corrected the account that a disbursement was paid to, by a notification of change (`code`).",
    )
    DISBURSEMENT_CANCELED = (
        "disbursement_canceled",
        "DisbursementData",
        "A disbursement was canceled before it was paid. Its amount and fee are back in your funds.",
    )
    DISBURSEMENT_REQUIRES_ATTENTION = (
        "disbursement_requires_attention",
        "DisbursementData",
        "The outcome is unknown, and the provider can no longer be queried safely. Nothing is sent again.",
    )
    STRIPE_OBJECT_CHANGED = (
        "stripe_object_changed",
        "StripeObjectData",
        "An object of the Stripe-compatible API, such as a product, was created, updated or deleted.",
    )
