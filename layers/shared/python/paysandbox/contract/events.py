"""Events as they are published: their shapes, and how they are rendered.

An event's `data` is what the request that made the operation was answered, and the payment's counters right after it.
So it is the same whenever it is rendered, and it is small: the list of operations is never in it.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from paysandbox.contract.payment_answers import (
    Answer,
    Body,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentRefunded,
    PaymentStatus,
    PaymentVoided,
    render_step,
)
from paysandbox.domain.event import Event, EventType
from paysandbox.domain.instant import to_text

MAX_EVENT_BYTES: Final = 20_000
"""Ten of them and their attributes fit into what SNS takes at once (262,144 bytes)."""

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


class EventShown(Answer):
    """What every event has in common."""

    id: Annotated[str, Field(description="The same when it is told again: keep it, and ignore what you have seen.")]
    timestamp: Annotated[str, Field(description="When the operation happened.")]
    sequence: Annotated[int, Field(description="The operation's place in its payment, from 1. Order by it.")]


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


EVENTS: Final[Mapping[EventType, type[EventShown]]] = {
    EventType.PAYMENT_AUTHORIZED: PaymentAuthorizedEvent,
    EventType.PAYMENT_DECLINED: PaymentDeclinedEvent,
    EventType.PAYMENT_CAPTURED: PaymentCapturedEvent,
    EventType.PAYMENT_VOIDED: PaymentVoidedEvent,
    EventType.PAYMENT_REFUNDED: PaymentRefundedEvent,
    EventType.PAYMENT_EXPIRED: PaymentExpiredEvent,
}


def render_event(event: Event) -> str:
    """The event as it is sent, byte for byte: compact JSON with sorted keys."""
    body = {
        "id": event.id,
        "type": str(event.type),
        "timestamp": to_text(event.at),
        "sequence": event.sequence,
        "data": render_step(event.payment, event.step.operation.id) | {"payment": _counters(event)},
    }
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPED)


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
