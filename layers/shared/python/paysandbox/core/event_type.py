"""The types of events: the words that subscribers filter by."""

from enum import StrEnum


class EventType(StrEnum):
    """What happened, in one word; subscribers filter by it.

    Of a payment each is an operation in the ledger. Those of an endpoint, of a batch and of a donation are none:
    `events_of` never makes them.
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
