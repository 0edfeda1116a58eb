"""GET /events/{event_id}: get an event and its deliveries."""

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.queries import MAX_PAGE
from paysandbox.http.request import Call
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries.lists import deliveries_of
from paysandbox.webhooks.deliveries.resend_events import event_not_found
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.answers import render_event_details
from paysandbox.webhooks.events.event_store import get_event
from paysandbox.webhooks.routes import GET_EVENT


@endpoint(GET_EVENT)
def handler(call: Call[None, None]) -> Answer:
    """Two reads, then the list of deliveries at the event's time, and a read of those that it lacks."""
    event_id = ids.event_of(call.path.get("event_id", ""))
    event = get_event(webhook_tables.event_store(), call.merchant, event_id) if event_id is not None else None
    if event is None:
        raise event_not_found()
    endpoints = get_endpoints(webhook_tables.endpoints(), call.merchant)
    deliveries = deliveries_of(webhook_tables.deliveries(), event, limit=MAX_PAGE)
    return Answer(render_event_details(event.body, deliveries, endpoints), outcome="shown")
