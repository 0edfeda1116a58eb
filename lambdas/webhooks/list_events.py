"""GET /events: list events, newest or oldest first."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.page_size import render_page
from paysandbox.http.request import Call
from paysandbox.webhooks.events.answers import render_event_listed
from paysandbox.webhooks.events.lists import EventFilter, list_events
from paysandbox.webhooks.events.queries import ListEvents
from paysandbox.webhooks.routes import LIST_EVENTS
from paysandbox.webhooks.tables import event_store


@endpoint(LIST_EVENTS)
def handler(call: Call[None, ListEvents]) -> Answer:
    """One query per shard of the index, then consistent reads: one, or with a filter as many as its limit allows."""
    query = call.query
    filters = EventFilter(
        type=query.type,
        since=query.since,
        until=query.until,
        transaction_id=query.transaction_id,
        oldest_first=query.oldest_first,
    )
    page = list_events(event_store(), call.merchant, filters, limit=query.limit, cursor=query.cursor)
    return Answer(render_page(page, lambda event: render_event_listed(event.body)), outcome="listed")
