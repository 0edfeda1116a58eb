"""Every event by its type, for the document and the tests: each feature renders its own."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.donations import events as of_donations
from paysandbox.http.event_envelope import EventShown
from paysandbox.payments import events as of_payments
from paysandbox.settlement import events as of_settlement
from paysandbox.webhooks import events as of_endpoints

EVENTS: Final[Mapping[EventType, type[EventShown]]] = {
    EventType.PAYMENT_OPENED: of_payments.PaymentOpenedEvent,
    EventType.PAYMENT_REVISED: of_payments.PaymentRevisedEvent,
    EventType.PAYMENT_AUTHORIZED: of_payments.PaymentAuthorizedEvent,
    EventType.PAYMENT_DECLINED: of_payments.PaymentDeclinedEvent,
    EventType.PAYMENT_CAPTURED: of_payments.PaymentCapturedEvent,
    EventType.PAYMENT_VOIDED: of_payments.PaymentVoidedEvent,
    EventType.PAYMENT_REFUNDED: of_payments.PaymentRefundedEvent,
    EventType.PAYMENT_EXPIRED: of_payments.PaymentExpiredEvent,
    EventType.ENDPOINT_PING: of_endpoints.EndpointPingEvent,
    EventType.ENDPOINT_DISABLED: of_endpoints.EndpointDisabledEvent,
    EventType.TRANSACTION_SETTLED: of_payments.TransactionSettledEvent,
    EventType.SETTLEMENT_COMPLETED: of_settlement.SettlementCompletedEvent,
    EventType.DONATION_SUCCEEDED: of_donations.DonationSucceededEvent,
    EventType.DONATION_FAILED: of_donations.DonationFailedEvent,
    EventType.DONATION_REFUNDED: of_donations.DonationRefundedEvent,
}
