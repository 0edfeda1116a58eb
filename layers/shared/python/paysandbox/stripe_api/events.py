"""Our events as Stripe's: what an operation of a payment is told as to who listens for Stripe's types.

Each is the object as it was right after the operation, so it is the same whenever it is rendered. A revision and a
settlement are none of Stripe's.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.event import Event
from paysandbox.payments.operation import Authorization, Capture, Expiry, IntentCreated, Refund, Void
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.ids import stripe_event_id
from paysandbox.stripe_api.intent_rules import IntentStatus, intent_status
from paysandbox.stripe_api.objects import render_charge, render_intent, render_refund

API_VERSION: Final = "2026-10-28.endive"
"""Of Stripe's API: the one whose shapes these are."""

INTENT_CREATED: Final = "payment_intent.created"
INTENT_FAILED: Final = "payment_intent.payment_failed"
INTENT_CAPTURABLE: Final = "payment_intent.amount_capturable_updated"
INTENT_SUCCEEDED: Final = "payment_intent.succeeded"
INTENT_CANCELED: Final = "payment_intent.canceled"
CHARGE_SUCCEEDED: Final = "charge.succeeded"
CHARGE_FAILED: Final = "charge.failed"
CHARGE_CAPTURED: Final = "charge.captured"
CHARGE_EXPIRED: Final = "charge.expired"
CHARGE_REFUNDED: Final = "charge.refunded"
REFUND_CREATED: Final = "refund.created"

STRIPE_EVENT_TYPES: Final[Mapping[str, str]] = {
    INTENT_CREATED: "a",
    INTENT_FAILED: "b",
    INTENT_CAPTURABLE: "c",
    INTENT_SUCCEEDED: "d",
    INTENT_CANCELED: "e",
    CHARGE_SUCCEEDED: "f",
    CHARGE_FAILED: "g",
    CHARGE_CAPTURED: "h",
    CHARGE_EXPIRED: "i",
    CHARGE_REFUNDED: "j",
    REFUND_CREATED: "k",
}
"""The types that are told, and the letter that each has in the ids of its events. A letter is never given twice."""


def stripe_types(event: Event) -> tuple[str, ...]:
    """The types that an event of a payment is told as, in this order; often none."""
    operation, after = event.step.operation, event.step.after
    match operation:
        case IntentCreated():
            return (INTENT_CREATED,)
        case Authorization():
            return _of_attempt(operation, event.payment)
        case Capture():
            return _of_capture(event)
        case Void() | Expiry() if after.captured:
            return (INTENT_SUCCEEDED,)
        case Void():
            return (INTENT_CANCELED,)
        case Expiry():
            return (CHARGE_EXPIRED, INTENT_CANCELED)
        case Refund():
            return (CHARGE_REFUNDED, REFUND_CREATED)
        case _:
            return ()


def render_stripe_events(event: Event, *, client_secret: str | None = None) -> tuple[Body, ...]:
    """The events of Stripe's that an event of a payment is, in the order in which they are told; often none.

    Their ids follow from the event's: told again, they are the same.
    """
    return tuple(_rendered(event, kind, client_secret) for kind in stripe_types(event))


def _of_attempt(attempt: Authorization, payment: Payment) -> tuple[str, ...]:
    if attempt.decline:
        return (CHARGE_FAILED, INTENT_FAILED)
    return (CHARGE_SUCCEEDED,) if payment.automatic else (CHARGE_SUCCEEDED, INTENT_CAPTURABLE)


def _of_capture(event: Event) -> tuple[str, ...]:
    # One that was made with its authorization is the charge that succeeded.
    told = () if event.payment.automatic else (CHARGE_CAPTURED,)
    done = intent_status(event.payment, event.step.after) is IntentStatus.SUCCEEDED
    return (*told, INTENT_SUCCEEDED) if done else told


def _rendered(event: Event, kind: str, client_secret: str | None) -> Body:
    operation = event.step.operation
    # Nobody asks for an expiry.
    asked_by = None if isinstance(operation, Expiry) else operation.request_id
    return {
        "id": stripe_event_id(event.id, STRIPE_EVENT_TYPES[kind]),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(event.at.timestamp()),
        "data": {"object": _object(event, kind, client_secret)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": asked_by, "idempotency_key": None},
        "type": kind,
    }


def _object(event: Event, kind: str, client_secret: str | None) -> Body:
    payment, until = event.payment, event.step.operation.id
    match kind.partition(".")[0]:
        case "payment_intent":
            return render_intent(payment, client_secret=client_secret, until=until)
        case "refund":
            return render_refund(payment, until, until=until)
        case _:
            return render_charge(payment, _charged(event), until=until)


def _charged(event: Event) -> str:
    """The attempt that an event of a charge is about: the operation itself, or the one that was approved before it."""
    attempts = [one for one in event.payment.operations[: event.sequence] if isinstance(one, Authorization)]
    return attempts[-1].id
