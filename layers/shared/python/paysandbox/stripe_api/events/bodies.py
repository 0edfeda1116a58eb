"""Our events in Stripe's format, rendered from the payment in the ledger as of the operation."""

import json
from functools import partial

from paysandbox.aws import runtime
from paysandbox.core.ids import payment_of
from paysandbox.http.answer import Body
from paysandbox.payments.event import Event, events_of
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.events.event import render_stripe_events
from paysandbox.webhooks.events.event_store import StoredEvent, operation_of_event

_rendered = partial(json.dumps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_stripe_events(event: StoredEvent) -> list[StoredEvent]:
    """Convert an event into Stripe's events, to be stored and sent. One operation can have several."""
    return [
        StoredEvent(
            id=body["id"],
            merchant=event.merchant,
            type=body["type"],
            at=event.at,
            body=_rendered(body),
            listed=False,
            trace=event.trace,
        )
        for body in stripe_event_bodies(event)
    ]


def stripe_event_bodies(event: StoredEvent) -> tuple[Body, ...]:
    """Return Stripe's events of the same operation, in order. Empty for a purged payment or another kind of event."""
    operation = operation_of_event(event)
    payment_id = payment_of(operation) if operation else None
    payment = get_payment(runtime.ledger(), payment_id) if payment_id else None
    payment_event = _event_in(payment, event.id) if payment else None
    if payment_event is None:
        return ()
    return render_stripe_events(payment_event, private=secrets_of(payment_event.payment.id))


def _event_in(payment: Payment, event_id: str) -> Event | None:
    return next((one for one in events_of(None, payment) if one.id == event_id), None)
