"""POST /webhooks/endpoints/{endpoint_id}/test: send an endpoint an event that is about nothing but itself."""

from datetime import datetime

from paysandbox.contract.webhook_answers import render_pinged
from paysandbox.domain import identity
from paysandbox.domain.delivery import Delivery
from paysandbox.routes.webhooks import PING_ENDPOINT
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import once
from paysandbox.runtime.pinging import ping
from paysandbox.runtime.request import Call


@endpoint(PING_ENDPOINT)
def handler(call: Call) -> Answer:
    """A claim, a read, an event, a delivery, a message: each harmless when it comes again."""

    def send(operation_id: str, claimed_at: datetime) -> Delivery:
        return ping(call.merchant, call.path.get("endpoint_id", ""), operation_id, claimed_at, call.now)

    sent, replayed = once(call, identity.PING, send)
    return Answer(render_pinged(sent.endpoint_id, sent.event_id, sent.id, sent.event_at), replayed, outcome="sent")
