"""GET /webhooks/deliveries/{delivery_id}: an event's way to an endpoint, attempt by attempt."""

from paysandbox.contract.event_answers import render_delivery
from paysandbox.domain import identity
from paysandbox.routes.webhooks import GET_DELIVERY
from paysandbox.runtime import webhook_tables
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.runtime.resending import delivery_not_found
from paysandbox.table import delivery_list
from paysandbox.table.endpoints import get_endpoints


@endpoint(GET_DELIVERY)
def handler(call: Call) -> Answer:
    """Two consistent reads: whether a delivery still waits depends on its endpoint."""
    asked = call.path.get("delivery_id", "")
    if not identity.has_form(identity.DELIVERY, asked):
        raise delivery_not_found()
    delivery = delivery_list.get_delivery(webhook_tables.deliveries(), call.merchant, asked)
    if delivery is None:
        raise delivery_not_found()
    endpoints = get_endpoints(webhook_tables.endpoints(), call.merchant)
    return Answer(render_delivery(delivery, endpoints.get(delivery.endpoint_id)), outcome="shown")
