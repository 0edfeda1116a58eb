"""Send a test event to one endpoint, through the normal delivery path."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.webhooks import endpoint as endpoints_domain
from paysandbox.webhooks.deliveries.deliveries import put_delivery
from paysandbox.webhooks.deliveries.queue import queue
from paysandbox.webhooks.delivery import Delivery, DeliveryStatus
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.events.endpoint_events import render_endpoint_event
from paysandbox.webhooks.events.event_store import StoredEvent, store_event
from paysandbox.webhooks.events.log import log_event
from paysandbox.webhooks.tables import deliveries, endpoints, event_store


def ping(merchant: str, endpoint_id: str, operation_id: str, at: datetime, now: datetime) -> Delivery:
    """Send an `endpoint_ping` that happened `at` to an endpoint, once per operation ID. Returns its delivery.

    Event and delivery IDs are derived from the operation ID, and the message is queued again only while the delivery
    has not been tried, so a repeated call continues where the previous one stopped. Raises Refused: resource_not_found,
    endpoint_disabled.
    """
    endpoint = get_endpoints(endpoints(), merchant).get(endpoint_id)
    if endpoint is None:
        raise endpoints_domain.not_found()
    if endpoint.disabled:
        raise endpoints_domain.is_disabled(endpoint.disabled)
    kind, event_id = EventType.ENDPOINT_PING, ids.event_id(operation_id)
    body = render_endpoint_event(kind, endpoint, event_id, at, endpoint.generation)
    event = StoredEvent(id=event_id, merchant=merchant, type=str(kind), at=at, body=body)
    store_event(event_store(), event)
    log_event(event)
    planned = put_delivery(
        deliveries(),
        Delivery(
            id=ids.delivery_id(event_id, endpoint_id),
            merchant=merchant,
            endpoint_id=endpoint_id,
            event_id=event_id,
            event_type=str(kind),
            event_at=at,
            generation=endpoint.generation,
        ),
    )
    if planned.status is DeliveryStatus.PENDING and planned.tries == 0:
        queue([planned], unhealthy=endpoint.is_unhealthy(now))
    return planned
