"""POST /events/{event_id}/resend: resend an event to one endpoint, or to all that subscribe to its type."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.deliveries.resend_events import event_not_found, resend_event
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.events.answers import render_resent
from paysandbox.webhooks.events.queries import ResendEvent
from paysandbox.webhooks.routes import RESEND_EVENT


@endpoint(RESEND_EVENT)
def handler(call: Call[ResendEvent, None]) -> Answer:
    """An idempotency record, two reads, then a conditional update and a queue message per delivery."""
    body = call.body
    event_id = ids.event_of(call.path.get("event_id", ""))
    if event_id is None:
        raise event_not_found()

    def act(operation_id: str, claimed_at: datetime) -> list[Delivery]:
        return resend_event(
            call.merchant, event_id, body.endpoint_id, operation_id=operation_id, claimed_at=claimed_at, now=call.now
        )

    deliveries, replayed = run_idempotent(call, ids.RESEND, act)
    return Answer(render_resent(event_id, deliveries), replayed, outcome="resent")
