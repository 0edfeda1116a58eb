"""Stripe's events of an operation on a payment.

Each contains the object as it was right after the operation, so it is the same whenever it is rendered. An update of
an intent and a settlement have no event at Stripe.
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
"""The version of Stripe's API that these shapes follow."""

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
"""The supported types, and the letter of each in the IDs of its events. Never reuse a letter."""


def stripe_types(event: Event) -> tuple[str, ...]:
    """Return the types of Stripe's events for an event of a payment, in order. Often none."""
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
    """Render Stripe's events for an event of a payment, in order. Often none.

    Their IDs are derived from the event's, so rendering them again gives the same IDs.
    """
    return tuple(_rendered(event, kind, client_secret) for kind in stripe_types(event))


def _of_attempt(attempt: Authorization, payment: Payment) -> tuple[str, ...]:
    if attempt.decline:
        return (CHARGE_FAILED, INTENT_FAILED)
    return (CHARGE_SUCCEEDED,) if payment.automatic else (CHARGE_SUCCEEDED, INTENT_CAPTURABLE)


def _of_capture(event: Event) -> tuple[str, ...]:
    # A capture made with its authorization is already part of the charge that succeeded.
    types = () if event.payment.automatic else (CHARGE_CAPTURED,)
    done = intent_status(event.payment, event.step.after) is IntentStatus.SUCCEEDED
    return (*types, INTENT_SUCCEEDED) if done else types


def _rendered(event: Event, kind: str, client_secret: str | None) -> Body:
    operation = event.step.operation
    # No request causes an expiry.
    request_id = None if isinstance(operation, Expiry) else operation.request_id
    return {
        "id": stripe_event_id(event.id, STRIPE_EVENT_TYPES[kind]),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(event.at.timestamp()),
        "data": {"object": _object(event, kind, client_secret)},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": request_id, "idempotency_key": None},
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
            return render_charge(payment, _attempt_of(event), until=until)


def _attempt_of(event: Event) -> str:
    """Return the attempt of a charge event: the operation itself, or the last attempt before it."""
    attempts = [one for one in event.payment.operations[: event.sequence] if isinstance(one, Authorization)]
    return attempts[-1].id
