"""GET /webhooks/deliveries/{delivery_id}: get a delivery with its attempts."""

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.deliveries import lists as delivery_list
from paysandbox.webhooks.deliveries.resend_events import delivery_not_found
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.answers import render_delivery
from paysandbox.webhooks.routes import GET_DELIVERY


@endpoint(GET_DELIVERY)
def handler(call: Call[None, None]) -> Answer:
    """Two consistent reads, because the status of a pending delivery depends on its endpoint."""
    delivery_id = call.path.get("delivery_id", "")
    if not ids.has_form(ids.DELIVERY, delivery_id):
        raise delivery_not_found()
    delivery = delivery_list.get_delivery(webhook_tables.deliveries(), call.merchant, delivery_id)
    if delivery is None:
        raise delivery_not_found()
    endpoints = get_endpoints(webhook_tables.endpoints(), call.merchant)
    return Answer(render_delivery(delivery, endpoints.get(delivery.endpoint_id)), outcome="shown")
