"""Our events told as Stripe tells them: from the payment in the ledger, as it was right after the operation."""

import json
from functools import partial

from paysandbox.aws import runtime
from paysandbox.core.ids import payment_of
from paysandbox.http.answer import Body
from paysandbox.payments.event import Event, events_of
from paysandbox.payments.payment import Payment
from paysandbox.payments.store import get_payment
from paysandbox.stripe_api.events import render_stripe_events
from paysandbox.webhooks.event_store import StoredEvent

_rendered = partial(json.dumps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_stripe_events(event: StoredEvent) -> list[StoredEvent]:
    """The same event as Stripe would tell it, to be kept and sent: of one operation, several."""
    return [
        StoredEvent(
            id=body["id"], merchant=event.merchant, type=body["type"], at=event.at, body=_rendered(body), listed=False
        )
        for body in stripe_event_bodies(event)
    ]


def stripe_event_bodies(event: StoredEvent) -> tuple[Body, ...]:
    """What Stripe would tell of the same operation, in its order. Nothing of what is no payment's, or of one purged."""
    operation = operation_of_event(event)
    payment_id = payment_of(operation) if operation else None
    payment = get_payment(runtime.ledger(), payment_id) if payment_id else None
    told = _event_in(payment, event.id) if payment else None
    return render_stripe_events(told) if told else ()


def operation_of_event(event: StoredEvent) -> str | None:
    """The operation of a payment that an event tells of. None for one that tells of something else."""
    told = json.loads(event.body)["data"].get("transaction_id")
    return told if isinstance(told, str) and payment_of(told) else None


def _event_in(payment: Payment, event_id: str) -> Event | None:
    return next((one for one in events_of(None, payment) if one.id == event_id), None)
