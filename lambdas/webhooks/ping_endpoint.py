"""POST /webhooks/endpoints/{endpoint_id}/test: send a test event to an endpoint."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.answers import render_pinged
from paysandbox.webhooks.deliveries.ping import ping
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.routes import PING_ENDPOINT


@endpoint(PING_ENDPOINT)
def handler(call: Call[None, None]) -> Answer:
    """An idempotency record, a read, an event, a delivery and a queue message, each idempotent."""

    def send(operation_id: str, claimed_at: datetime) -> Delivery:
        return ping(call.merchant, call.path.get("endpoint_id", ""), operation_id, claimed_at, call.now)

    sent, replayed = run_idempotent(call, ids.PING, send)
    return Answer(render_pinged(sent.endpoint_id, sent.event_id, sent.id, sent.event_at), replayed, outcome="sent")
