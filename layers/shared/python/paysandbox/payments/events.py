"""Events of payments: their shapes, and how they are rendered.

A payment's event has as its `data` what the request that made the operation was answered, and the payment's counters
right after it. So it is the same whenever it is rendered, and it is small: the list of operations is never in it. A
settlement answers nobody, and tells of each capture and refund by itself.
"""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.aws.topic import Message
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.http.event_envelope import EventEnvelope, rendered
from paysandbox.payments.answers import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentOpened,
    PaymentRefunded,
    PaymentStatus,
    PaymentVoided,
    render_step,
)
from paysandbox.payments.event import Event
from paysandbox.payments.operation import Settled


class PaymentCounters(Answer):
    """A payment's counters right after an operation. Amounts are minor units of the operation's currency."""

    status: PaymentStatus
    authorized: int
    captured: int
    refunded: int
    released: Annotated[int, Field(description="Given back without being captured.")]
    remaining: Annotated[int, Field(description="May still be captured or given back.")]


class PaymentAttemptData(PaymentAuthorized):
    """The bank's answer, as the request was answered."""

    payment: PaymentCounters


class PaymentOpenedData(PaymentOpened):
    """An intent to pay, or its new terms."""

    payment: PaymentCounters


class PaymentCapturedData(PaymentCaptured):
    """A capture, as the request was answered. `released` is what this one gave back."""

    payment: PaymentCounters


class PaymentVoidedData(PaymentVoided):
    """A void, as the request was answered."""

    payment: PaymentCounters


class PaymentRefundedData(PaymentRefunded):
    """A refund, as the request was answered."""

    payment: PaymentCounters


class PaymentExpiredData(PaymentVoided):
    """What was given back because nobody captured it in time. Nobody asked, so nobody was answered."""

    payment: PaymentCounters


class TransactionSettledData(Answer):
    """A capture or refund that is in a batch now. `gross` and `net` of a refund are negative; `net = gross - fee`."""

    status: Literal["settled"]
    transaction_id: Annotated[str, Field(description="The capture or refund.")]
    type: Literal["capture", "refund"]
    settlement_id: Annotated[str, Field(description="The payment's operation that put it into the batch.")]
    batch: str
    auth_id: str
    gross: int
    fee: int
    net: int
    currency: str
    created_at: Annotated[str, Field(description="When it was settled.")]
    payment: PaymentCounters


class PaymentOpenedEvent(EventEnvelope):
    """An intent to pay was made through the Stripe-compatible API. No bank was asked by it."""

    type: Literal["payment_opened"]
    data: PaymentOpenedData


class PaymentRevisedEvent(EventEnvelope):
    """An intent has other terms, or something else is said of a payment."""

    type: Literal["payment_revised"]
    data: PaymentOpenedData


class PaymentAuthorizedEvent(EventEnvelope):
    """The bank promised an amount."""

    type: Literal["payment_authorized"]
    data: PaymentAttemptData


class PaymentDeclinedEvent(EventEnvelope):
    """The bank said no."""

    type: Literal["payment_declined"]
    data: PaymentAttemptData


class PaymentCapturedEvent(EventEnvelope):
    """All or part of the promise was taken."""

    type: Literal["payment_captured"]
    data: PaymentCapturedData


class PaymentVoidedEvent(EventEnvelope):
    """What was not captured was given back, because the merchant asked."""

    type: Literal["payment_voided"]
    data: PaymentVoidedData


class PaymentRefundedEvent(EventEnvelope):
    """All or part of a capture was given back."""

    type: Literal["payment_refunded"]
    data: PaymentRefundedData


class PaymentExpiredEvent(EventEnvelope):
    """What was not captured in time was given back."""

    type: Literal["payment_expired"]
    data: PaymentExpiredData


class TransactionSettledEvent(EventEnvelope):
    """A capture or refund was put into a batch. Several events of a payment may have one `sequence`."""

    type: Literal["transaction_settled"]
    data: TransactionSettledData


def render_event(event: Event) -> str:
    """The event as it is sent, byte for byte: compact JSON with sorted keys."""
    data = _data(event) | {"payment": _counters(event)}
    return rendered(event.type, data, event.id, event.at, event.sequence)


def payment_message(event: Event) -> Message:
    """The event as a message of the topic."""
    return Message(id=event.id, merchant=event.merchant, type=event.type, body=render_event(event))


def _data(event: Event) -> Body:
    if event.settled is None:
        return render_step(event.payment, event.step.operation.id)
    return _settled(event, event.settled)


def _settled(event: Event, settled: Settled) -> Body:
    line = event.step.after.lines[settled.id]
    return {
        "status": "settled",
        "transaction_id": settled.id,
        "type": "capture" if line.gross > 0 else "refund",
        "settlement_id": event.step.operation.id,
        "batch": line.batch,
        "auth_id": event.payment.id,
        "gross": line.gross,
        "fee": settled.fee,
        "net": line.gross - settled.fee,
        "currency": event.payment.currency,
        "created_at": format_timestamp(event.at),
    }


def _counters(event: Event) -> Body:
    state = event.step.after
    return {
        "status": str(state.status),
        "authorized": state.authorized,
        "captured": state.captured,
        "refunded": state.refunded,
        "released": state.released,
        "remaining": state.remaining,
    }
