"""An example of each event in Stripe's format, rendered from payments and objects that the domain's own rules made."""

from typing import Final

from api_reference.object_events import OBJECT_EVENTS
from paysandbox.http.answer import Body
from paysandbox.payments.events.event import events_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES, render_stripe_events
from paysandbox.stripe_api.events.object_event import render_object_event
from paysandbox.stripe_api.events.pending_webhooks import PENDING_WEBHOOKS
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders import disputes, later_steps
from tests.support.builders.stripe_payments import (
    GIVEN_BACK,
    HELD,
    TAKEN,
    cancelled,
    captured,
    expired,
    noted,
    opened,
    refunded,
    tried,
)

PAYMENTS: Final[tuple[Payment, ...]] = (
    TAKEN,
    HELD,
    tried(opened(), "insufficient_funds"),
    captured(HELD),
    cancelled(HELD),
    expired(HELD),
    refunded(TAKEN, 250),
    noted(TAKEN, TAKEN.operations[1].id, description="Order 6735"),
    noted(GIVEN_BACK, GIVEN_BACK.operations[-1].id, metadata='{"order":"6735"}'),
    later_steps.CHALLENGED,
    later_steps.PENDING,
    later_steps.REFUND_FAILED,
    later_steps.WARNED,
    disputes.WON,
)


def stripe_examples() -> dict[str, Body]:
    """The first event of each type, by type, as it is sent to one endpoint."""
    found: dict[str, Body] = {}
    for payment in PAYMENTS:
        for event in events_of(None, payment):
            for rendered in render_stripe_events(event):
                found.setdefault(rendered["type"], rendered | {PENDING_WEBHOOKS: 1})
    of_objects = {kind: render_object_event(event, STRIPE_VERSION) for kind, event in OBJECT_EVENTS.items()}
    return {kind: found[kind] for kind in STRIPE_EVENT_TYPES} | {
        kind: event | {PENDING_WEBHOOKS: 1} for kind, event in of_objects.items()
    }
