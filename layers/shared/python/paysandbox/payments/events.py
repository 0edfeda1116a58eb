"""Payment events: their schemas and rendering.

The `data` of a payment event is the response to the request that made the operation, plus the payment's counters right
after it. So an event is the same whenever it is rendered, and small, because it does not contain the list of
operations. Settlement events have a body of their own for each capture and refund.
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
    """A payment's counters right after an operation, in minor units of the operation's currency."""

    status: PaymentStatus
    authorized: int
    captured: int
    refunded: int
    released: Annotated[int, Field(description="Released without being captured.")]
    remaining: Annotated[int, Field(description="Can still be captured or voided.")]


class PaymentAttemptData(PaymentAuthorized):
    """The response to the authorization request."""

    payment: PaymentCounters


class PaymentOpenedData(PaymentOpened):
    """A payment intent, as created or updated."""

    payment: PaymentCounters


class PaymentCapturedData(PaymentCaptured):
    """The response to the capture request. `released` is the amount that this capture released."""

    payment: PaymentCounters


class PaymentVoidedData(PaymentVoided):
    """The response to the void request."""

    payment: PaymentCounters


class PaymentRefundedData(PaymentRefunded):
    """The response to the refund request."""

    payment: PaymentCounters


class PaymentExpiredData(PaymentVoided):
    """The amount released because it was not captured in time. There is no request or response for an expiry."""

    payment: PaymentCounters


class TransactionSettledData(Answer):
    """A capture or refund that was settled in a batch. `gross` and `net` of a refund are negative; `net` is `gross`
    minus `fee`."""

    status: Literal["settled"]
    transaction_id: Annotated[str, Field(description="The capture or refund.")]
    type: Literal["capture", "refund"]
    settlement_id: Annotated[str, Field(description="The payment's operation that settled it.")]
    batch: str
    auth_id: str
    gross: int
    fee: int
    net: int
    currency: str
    created_at: Annotated[str, Field(description="When it was settled.")]
    payment: PaymentCounters


class PaymentOpenedEvent(EventEnvelope):
    """A payment intent was created through the Stripe-compatible API. It has not been sent to the bank."""

    type: Literal["payment_opened"]
    data: PaymentOpenedData


class PaymentRevisedEvent(EventEnvelope):
    """A payment intent's terms, or a payment's annotations, were updated."""

    type: Literal["payment_revised"]
    data: PaymentOpenedData


class PaymentAuthorizedEvent(EventEnvelope):
    """The bank approved the authorization, in full or in part."""

    type: Literal["payment_authorized"]
    data: PaymentAttemptData


class PaymentDeclinedEvent(EventEnvelope):
    """The bank declined the authorization."""

    type: Literal["payment_declined"]
    data: PaymentAttemptData


class PaymentCapturedEvent(EventEnvelope):
    """All or part of the authorization was captured."""

    type: Literal["payment_captured"]
    data: PaymentCapturedData


class PaymentVoidedEvent(EventEnvelope):
    """The merchant voided the uncaptured amount."""

    type: Literal["payment_voided"]
    data: PaymentVoidedData


class PaymentRefundedEvent(EventEnvelope):
    """All or part of a capture was refunded."""

    type: Literal["payment_refunded"]
    data: PaymentRefundedData


class PaymentExpiredEvent(EventEnvelope):
    """The amount that was not captured in time was released."""

    type: Literal["payment_expired"]
    data: PaymentExpiredData


class TransactionSettledEvent(EventEnvelope):
    """A capture or refund was settled in a batch. Several events of a payment may have the same `sequence`."""

    type: Literal["transaction_settled"]
    data: TransactionSettledData


def render_event(event: Event) -> str:
    """Render the exact bytes of an event: compact JSON with sorted keys."""
    data = _data(event) | {"payment": _counters(event)}
    return rendered(event.type, data, event.id, event.at, event.sequence)


def payment_message(event: Event) -> Message:
    """Build the SNS message of an event."""
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
