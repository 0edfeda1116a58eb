"""GET /v1/events/{event}: retrieve an event in Stripe's format."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.events.bodies import stripe_event_bodies
from paysandbox.stripe_api.events.pending_webhooks import with_pending_webhooks
from paysandbox.stripe_api.ids import event_of_stripe_event
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import get_events


@stripe_endpoint(GET_STRIPE_EVENT)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Two reads: our event with the one that was sent, and its payment. One more if there are deliveries."""
    name = call.path.get("event", "")
    ours = event_of_stripe_event(name)
    events = get_events(webhook_tables.event_store(), call.merchant, [ours, name]) if ours else {}
    event = events.pop(ours, None) if ours else None
    bodies = {body["id"]: body for body in stripe_event_bodies(event)} if event else {}
    if name not in bodies:
        raise no_such("event", name, "id")
    (body,) = with_pending_webhooks([bodies[name]], events)
    return StripeAnswer(body=body, outcome="shown")
