"""Events as they are published: their shapes, and how they are rendered.

A payment's event has as its `data` what the request that made the operation was answered, and the payment's counters
right after it.
So it is the same whenever it is rendered, and it is small: the list of operations is never in it. A settlement answers
nobody, and tells of each capture and refund by itself. A donation's event has the donation as the public may see it.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from paysandbox.contract.payment_answers import (
    Answer,
    Body,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentOpened,
    PaymentRefunded,
    PaymentStatus,
    PaymentVoided,
    render_step,
)
from paysandbox.contract.settlement_totals import CurrencySettled, render_totals
from paysandbox.domain import identity
from paysandbox.domain.donation_event import DonationEvent
from paysandbox.domain.endpoint import Endpoint
from paysandbox.domain.event import Event, EventType
from paysandbox.domain.instant import to_text
from paysandbox.domain.operation import Settled
from paysandbox.domain.settlement import Batch
from paysandbox.domain.settlement_close import Balance, Totals

MAX_EVENT_BYTES: Final = 20_000
"""Ten of them and their attributes fit into what SNS takes at once (262,144 bytes)."""

MAX_CURRENCIES_TOLD: Final = 50
"""A merchant may have totals in 160 currencies; so many of them fit into an event, with the largest amounts too."""

# Two characters that JSON allows in a text and queues refuse.
_ESCAPED: Final = {code: f"\\u{code:04x}" for code in (0xFFFE, 0xFFFF)}


class CountersShown(Answer):
    """A payment's counters right after an operation. Amounts are minor units of the operation's currency."""

    status: PaymentStatus
    authorized: int
    captured: int
    refunded: int
    released: Annotated[int, Field(description="Given back without being captured.")]
    remaining: Annotated[int, Field(description="May still be captured or given back.")]


class AuthorizationTold(PaymentAuthorized):
    """The bank's answer, as the request was answered."""

    payment: CountersShown


class OpeningTold(PaymentOpened):
    """An intent to pay, or its new terms."""

    payment: CountersShown


class CaptureTold(PaymentCaptured):
    """A capture, as the request was answered. `released` is what this one gave back."""

    payment: CountersShown


class VoidTold(PaymentVoided):
    """A void, as the request was answered."""

    payment: CountersShown


class RefundTold(PaymentRefunded):
    """A refund, as the request was answered."""

    payment: CountersShown


class ExpiryTold(PaymentVoided):
    """What was given back because nobody captured it in time. Nobody asked, so nobody was answered."""

    payment: CountersShown


class EndpointTold(Answer):
    """A webhook endpoint."""

    endpoint_id: str
    url: str
    description: str | None = None


class DisabledTold(EndpointTold):
    """A webhook endpoint to which nothing is sent any longer."""

    disabled_reason: Annotated[
        Literal["asked", "gone", "failing"],
        Field(description="`gone`: it answered 410. `failing`: nothing arrived for long."),
    ]
    disabled_at: str
    failing_since: str | None = None


class SettlementTold(Answer):
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
    payment: CountersShown


class BatchTold(Answer):
    """A batch that is settled for the merchant. What is in it and its reports: `GET /settlements/{batch}`."""

    status: Literal["settled"]
    batch: str
    business_date: str
    cutoff: Annotated[str, Field(description="What was recorded then or before is in it.")]
    totals: Annotated[
        list[CurrencySettled],
        Field(description=f"By currency, the first {MAX_CURRENCIES_TOLD} in the order of their codes."),
    ]
    currencies: Annotated[int, Field(description="How many there are.")]
    set_aside: Annotated[int, Field(description="Payments that were left out, because they contradict themselves.")]


class DonationTold(Answer):
    """A donation right after what is told. Its donor's e-mail and message are in no event.

    Amounts are minor units of its currency.
    """

    donation_id: str
    status: Literal["SUCCEEDED", "FAILED", "REFUNDED"]
    amount: int
    currency: Annotated[str, Field(description="A code of ISO 4217, lower case as Stripe writes it.")]
    refunded: Annotated[int, Field(description="What went back in all.")]
    donor_name: Annotated[str, Field(description="`Anonymous` where the donor asked for that.")]
    payment_intent: Annotated[str | None, Field(description="Stripe's. None where it was never made.")] = None
    created_at: Annotated[str, Field(description="When the donation was opened.")]


class DonationFailureTold(DonationTold):
    """A donation of which an attempt failed, or that was given up. It may succeed yet."""

    failure: Annotated[str | None, Field(description="Why, where it was said: Stripe's code.")] = None


class DonationRefundTold(DonationTold):
    """A donation of which something went back."""

    refund_amount: Annotated[int, Field(description="What went back this time.")]


class EventShown(Answer):
    """What every event has in common."""

    id: Annotated[str, Field(description="The same when it is told again: keep it, and ignore what you have seen.")]
    timestamp: Annotated[str, Field(description="When the operation happened.")]
    sequence: Annotated[
        int,
        Field(
            description="The operation's place in its payment, from 1. Order by it. Of an endpoint's event: how often "
            "the endpoint had been enabled. Of a batch's: its number among those of its date. Of a donation's: the "
            "donation's version, which has gaps; two of its events may have the same one."
        ),
    ]


class PaymentOpenedEvent(EventShown):
    """An intent to pay was made through the Stripe-compatible API. No bank was asked by it."""

    type: Literal["payment_opened"]
    data: OpeningTold


class PaymentRevisedEvent(EventShown):
    """An intent has other terms, or something else is said of a payment."""

    type: Literal["payment_revised"]
    data: OpeningTold


class PaymentAuthorizedEvent(EventShown):
    """The bank promised an amount."""

    type: Literal["payment_authorized"]
    data: AuthorizationTold


class PaymentDeclinedEvent(EventShown):
    """The bank said no."""

    type: Literal["payment_declined"]
    data: AuthorizationTold


class PaymentCapturedEvent(EventShown):
    """All or part of the promise was taken."""

    type: Literal["payment_captured"]
    data: CaptureTold


class PaymentVoidedEvent(EventShown):
    """What was not captured was given back, because the merchant asked."""

    type: Literal["payment_voided"]
    data: VoidTold


class PaymentRefundedEvent(EventShown):
    """All or part of a capture was given back."""

    type: Literal["payment_refunded"]
    data: RefundTold


class PaymentExpiredEvent(EventShown):
    """What was not captured in time was given back."""

    type: Literal["payment_expired"]
    data: ExpiryTold


class EndpointPingEvent(EventShown):
    """Somebody tries this endpoint. Sent to it alone, whatever it listens to, and not published."""

    type: Literal["endpoint_ping"]
    data: EndpointTold


class EndpointDisabledEvent(EventShown):
    """An endpoint was disabled, because it asked for that or failed for long."""

    type: Literal["endpoint_disabled"]
    data: DisabledTold


class TransactionSettledEvent(EventShown):
    """A capture or refund was put into a batch. Several events of a payment may have one `sequence`."""

    type: Literal["transaction_settled"]
    data: SettlementTold


class SettlementCompletedEvent(EventShown):
    """A batch is settled for the merchant: its totals, what was paid out, and the balance that is left."""

    type: Literal["settlement_completed"]
    data: BatchTold


class DonationSucceededEvent(EventShown):
    """A donation was paid. Once for each donation."""

    type: Literal["donation_succeeded"]
    data: DonationTold


class DonationFailedEvent(EventShown):
    """A donation was not paid: the attempt failed, or nobody finished it. It may succeed yet."""

    type: Literal["donation_failed"]
    data: DonationFailureTold


class DonationRefundedEvent(EventShown):
    """All or part of a donation went back."""

    type: Literal["donation_refunded"]
    data: DonationRefundTold


EVENTS: Final[Mapping[EventType, type[EventShown]]] = {
    EventType.PAYMENT_OPENED: PaymentOpenedEvent,
    EventType.PAYMENT_REVISED: PaymentRevisedEvent,
    EventType.PAYMENT_AUTHORIZED: PaymentAuthorizedEvent,
    EventType.PAYMENT_DECLINED: PaymentDeclinedEvent,
    EventType.PAYMENT_CAPTURED: PaymentCapturedEvent,
    EventType.PAYMENT_VOIDED: PaymentVoidedEvent,
    EventType.PAYMENT_REFUNDED: PaymentRefundedEvent,
    EventType.PAYMENT_EXPIRED: PaymentExpiredEvent,
    EventType.ENDPOINT_PING: EndpointPingEvent,
    EventType.ENDPOINT_DISABLED: EndpointDisabledEvent,
    EventType.TRANSACTION_SETTLED: TransactionSettledEvent,
    EventType.SETTLEMENT_COMPLETED: SettlementCompletedEvent,
    EventType.DONATION_SUCCEEDED: DonationSucceededEvent,
    EventType.DONATION_FAILED: DonationFailedEvent,
    EventType.DONATION_REFUNDED: DonationRefundedEvent,
}


def render_event(event: Event) -> str:
    """The event as it is sent, byte for byte: compact JSON with sorted keys."""
    data = _data(event) | {"payment": _counters(event)}
    return _rendered(event.type, data, event.id, event.at, event.sequence)


def render_endpoint_event(kind: EventType, endpoint: Endpoint, event_id: str, at: datetime, sequence: int) -> str:
    """An event about an endpoint (`endpoint_ping`, `endpoint_disabled`) as it is sent, byte for byte.

    `sequence` is the endpoint's generation. Raises AssertionError for the second one of an endpoint that is enabled.
    """
    data: Body = {"endpoint_id": endpoint.id, "url": endpoint.url}
    if endpoint.description is not None:
        data["description"] = endpoint.description
    if kind is EventType.ENDPOINT_DISABLED:
        if endpoint.disabled is None:
            raise AssertionError(f"{endpoint.id} is not disabled")
        data |= {"disabled_reason": str(endpoint.disabled.because), "disabled_at": to_text(endpoint.disabled.at)}
        if endpoint.failing:
            data["failing_since"] = to_text(endpoint.failing.since)
    return _rendered(kind, data, event_id, at, sequence)


def render_settlement_event(
    batch: Batch,
    merchant: str,
    totals: Iterable[Totals],
    balances: Iterable[Balance],
    *,
    set_aside: int,
    at: datetime,
) -> str:
    """That a batch is settled for a merchant (`settlement_completed`), as it is sent, byte for byte.

    `totals` and `balances` are the merchant's, in any order; `at` is the batch's own instant, the same in every run, so
    that a run which comes again tells the same. Its id is `identity.completed_event_id(str(batch.name), merchant)`.
    """
    rows = render_totals(totals, balances)
    data: Body = {
        "status": "settled",
        "batch": str(batch.name),
        "business_date": batch.name.day.isoformat(),
        "cutoff": to_text(batch.cutoff),
        "totals": rows[:MAX_CURRENCIES_TOLD],
        "currencies": len(rows),
        "set_aside": set_aside,
    }
    event_id = identity.completed_event_id(str(batch.name), merchant)
    return _rendered(EventType.SETTLEMENT_COMPLETED, data, event_id, at, batch.name.number)


def render_donation_event(event: DonationEvent) -> str:
    """An event of a donation as it is sent, byte for byte. Of an anonymous donor nothing is in it."""
    donation = event.donation
    data: Body = {
        "donation_id": donation.id,
        "status": str(donation.status),
        "amount": donation.amount,
        "currency": donation.currency,
        "refunded": donation.refunded,
        "donor_name": donation.shown_name,
        "created_at": to_text(donation.created_at),
    }
    if donation.intent_id:
        data["payment_intent"] = donation.intent_id
    if event.type is EventType.DONATION_FAILED and donation.failure:
        data["failure"] = donation.failure
    if event.refund:
        data["refund_amount"] = event.refund
    return _rendered(event.type, data, event.id, event.at, event.sequence)


def _rendered(kind: EventType, data: Body, event_id: str, at: datetime, sequence: int) -> str:
    body = {"id": event_id, "type": str(kind), "timestamp": to_text(at), "sequence": sequence, "data": data}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)


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
        "created_at": to_text(event.at),
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
