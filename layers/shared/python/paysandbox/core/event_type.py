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
    ENDPOINT_PING = "endpoint_ping"
    ENDPOINT_DISABLED = "endpoint_disabled"
    TRANSACTION_SETTLED = "transaction_settled"
    SETTLEMENT_COMPLETED = "settlement_completed"
    DONATION_SUCCEEDED = "donation_succeeded"
    DONATION_FAILED = "donation_failed"
    DONATION_REFUNDED = "donation_refunded"
