"""Event types, which webhook endpoints subscribe to."""

from enum import StrEnum


class EventType(StrEnum):
    """The type of an event.

    Payment events and `transaction_settled` correspond to operations in the ledger. Events of endpoints, settlement
    batches and donations do not: `events_of` never returns them.
    """

    PAYMENT_OPENED = "payment_opened"
    PAYMENT_REVISED = "payment_revised"
    PAYMENT_AUTHORIZED = "payment_authorized"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_CAPTURED = "payment_captured"
    PAYMENT_VOIDED = "payment_voided"
    PAYMENT_REFUNDED = "payment_refunded"
    PAYMENT_EXPIRED = "payment_expired"
    PAYMENT_REQUIRES_ACTION = "payment_requires_action"
    PAYMENT_PROCESSING = "payment_processing"
    PAYMENT_AUTHENTICATED = "payment_authenticated"
    PAYMENT_AUTHENTICATION_FAILED = "payment_authentication_failed"
    PAYMENT_CAPTURE_FAILED = "payment_capture_failed"
    PAYMENT_PRESENTMENT_DELAYED = "payment_presentment_delayed"
    PAYMENT_REVERSED = "payment_reversed"
    PAYMENT_FRAUD_WARNING = "payment_fraud_warning"
    REFUND_CREATED = "refund_created"
    REFUND_REQUIRES_ACTION = "refund_requires_action"
    REFUND_FAILED = "refund_failed"
    REFUND_CANCELED = "refund_canceled"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_INQUIRY_OPENED = "dispute_inquiry_opened"
    DISPUTE_INQUIRY_CLOSED = "dispute_inquiry_closed"
    DISPUTE_EVIDENCE_SUBMITTED = "dispute_evidence_submitted"
    DISPUTE_ESCALATED = "dispute_escalated"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    ENDPOINT_PING = "endpoint_ping"
    ENDPOINT_DISABLED = "endpoint_disabled"
    TRANSACTION_SETTLED = "transaction_settled"
    SETTLEMENT_COMPLETED = "settlement_completed"
    DONATION_SUCCEEDED = "donation_succeeded"
    DONATION_FAILED = "donation_failed"
    DONATION_REFUNDED = "donation_refunded"
