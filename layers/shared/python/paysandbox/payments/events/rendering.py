"""Payment events: the shapes of their data, and rendering.

The `data` of a payment event is the response to the request that made the operation, plus the payment's counters right
after it. So an event is the same whenever it is rendered, and small, because it does not contain the list of
operations. Settlement events have a body of their own for each settlement line.
"""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.aws.events.topic import Message
from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.event_envelope import rendered
from paysandbox.payments.events.event import Event
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.requests import PaymentStatus
from paysandbox.payments.schemas import (
    AttemptBody,
    PaymentCaptured,
    PaymentIncremented,
    PaymentOpened,
    PaymentRefunded,
    PaymentVoided,
)


class PaymentCounters(Answer):
    """Totals of a payment right after an operation, in minor units."""

    status: Annotated[PaymentStatus, Field(description="Status right after the operation.")]
    authorized: Annotated[int, Field(description="Total authorized.")]
    captured: Annotated[int, Field(description="Total captured.")]
    refunded: Annotated[int, Field(description="Total refunded.")]
    refund_pending: Annotated[int | None, Field(description="Total of the pending refunds, if there are any.")] = None
    released: Annotated[int, Field(description="Total released without being captured.")]
    remaining: Annotated[int, Field(description="Amount that can still be captured or voided.")]


class PaymentAttemptData(AttemptBody):
    """The result of the authorization, as in the response."""

    status: Annotated[
        Literal["approved", "declined"],
        Field(description="`approved`: the amount is held on the card. `declined`: nothing is held."),
    ]
    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentOpenedData(PaymentOpened):
    """The payment intent after the operation."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentIncrementedData(PaymentIncremented):
    """The bank's response to an increment, as in the response."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentCapturedData(PaymentCaptured):
    """The capture, as in the response."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentVoidedData(PaymentVoided):
    """The void, as in the response."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentRefundedData(PaymentRefunded):
    """The refund, as in the response."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class PaymentExpiredData(PaymentVoided):
    """The expiry, with the amount that it released."""

    payment: Annotated[PaymentCounters, Field(description="The payment right after the operation.")]


class TransactionSettledData(Answer):
    """A settled line: a capture, a refund, a chargeback, a dispute fee, or a reversal of one of them.

    `net = gross - fee`. Amounts that the merchant loses are negative.
    """

    status: Annotated[Literal["settled"], Field(description="Always `settled`.")]
    transaction_id: Annotated[
        str, Field(description="Id of the capture or refund. Other lines have an id of their own.")
    ]
    type: Annotated[
        Literal[
            "capture",
            "refund",
            "refund_reversal",
            "chargeback",
            "chargeback_reversal",
            "dispute_fee",
            "dispute_fee_reversal",
            "transfer",
            "transfer_reversal",
            "application_fee",
            "application_fee_refund",
        ],
        Field(
            description="What was settled. `refund_reversal`: a refund that failed after it had succeeded. "
            "`chargeback` and `dispute_fee`: the disputed amount and its fee; their reversals return "
            "them to a merchant who won."
        ),
    ]
    settlement_id: Annotated[str, Field(description="Id of the payment's settlement operation.")]
    batch: Annotated[str, Field(description="The batch.")]
    auth_id: Annotated[str, Field(description="Id of the authorization, which is also the payment's id.")]
    gross: Annotated[int, Field(description="Amount in minor units. Negative for a refund, a chargeback or its fee.")]
    fee: Annotated[int, Field(description="Fee that was withheld, in minor units. Only captures have one.")]
    net: Annotated[int, Field(description="`gross` minus `fee`.")]
    currency: Annotated[str, Field(description="ISO 4217 code, upper case.")]
    created_at: Annotated[str, Field(description="When it was settled.")]
    payment: Annotated[PaymentCounters, Field(description="The payment right after the settlement.")]


def render_event(event: Event) -> str:
    """Render the exact bytes of an event: compact JSON with sorted keys."""
    data = _data(event) | {"payment": _counters(event)}
    return rendered(event.type, data, event.id, event.at, event.sequence)


def payment_message(event: Event) -> Message:
    """Build the SNS message of an event."""
    return Message(
        id=event.id,
        merchant=event.merchant,
        type=event.type,
        body=render_event(event),
        trace=event.step.operation.trace,
        place=event.place,
    )


def _data(event: Event) -> Body:
    if event.settled is None:
        return event.step.operation.view(event.payment, event.step)
    return _settled(event, event.settled)


def _settled(event: Event, settled: Settled) -> Body:
    line = event.step.after.lines[settled.id]
    return {
        "status": "settled",
        "transaction_id": settled.id,
        "type": str(line.kind),
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
    pending = {"refund_pending": state.refund_pending} if state.refund_pending else {}
    return pending | {
        "status": str(state.status),
        "authorized": state.authorized,
        "captured": state.captured,
        "refunded": state.refunded,
        "released": state.released,
        "remaining": state.remaining,
    }
