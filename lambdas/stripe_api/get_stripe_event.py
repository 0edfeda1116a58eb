"""GET /v1/events/{event}: retrieve an event in Stripe's format."""

from paysandbox.http.request import Call
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.events.bodies import stripe_event_bodies
from paysandbox.stripe_api.ids import event_of_stripe_event
from paysandbox.stripe_api.objects.render import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_STRIPE_EVENT
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import get_event


@stripe_endpoint(GET_STRIPE_EVENT)
def handler(call: Call[None, Retrieve]) -> StripeAnswer:
    """Two reads: our event, and its payment."""
    check_expand("event", call.query.expand, call.stripe_version)
    name = call.path.get("event", "")
    ours = event_of_stripe_event(name)
    event = get_event(webhook_tables.event_store(), call.merchant, ours) if ours else None
    told = {body["id"]: body for body in stripe_event_bodies(event)} if event else {}
    if name not in told:
        raise no_such("event", name, "id")
    return StripeAnswer(body=told[name], outcome="shown")
