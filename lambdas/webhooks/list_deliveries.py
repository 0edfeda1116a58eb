"""GET /webhooks/deliveries: list deliveries, newest event first."""

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import lists as delivery_list
from paysandbox.webhooks.delivery import DeliveryStatus
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.answers import render_delivery_listed
from paysandbox.webhooks.events.event_store import get_event
from paysandbox.webhooks.events.queries import FAILING, ListDeliveries
from paysandbox.webhooks.routes import LIST_DELIVERIES


@endpoint(LIST_DELIVERIES)
def handler(call: Call[None, ListDeliveries]) -> Answer:
    """The merchant's endpoints, the event if filtered by it, then index queries and reads."""
    query = call.query
    event_id = ids.event_of(query.event or "")
    event = get_event(webhook_tables.event_store(), call.merchant, event_id) if event_id is not None else None
    if query.event and event is None:
        return Answer({"data": [], "next_cursor": None}, outcome="listed")
    filters = delivery_list.DeliveryFilter(
        endpoint_id=query.endpoint,
        event=event,
        status=DeliveryStatus(query.status) if query.status and query.status != FAILING else None,
        failing=query.status == FAILING,
    )
    endpoints = get_endpoints(webhook_tables.endpoints(), call.merchant)
    page, next_cursor = delivery_list.list_deliveries(
        webhook_tables.deliveries(),
        webhook_tables.event_store(),
        call.merchant,
        filters,
        endpoints,
        limit=query.limit,
        cursor=query.cursor,
    )
    listed = [render_delivery_listed(delivery, endpoints.get(delivery.endpoint_id)) for delivery in page]
    return Answer({"data": listed, "next_cursor": next_cursor}, outcome="listed")
