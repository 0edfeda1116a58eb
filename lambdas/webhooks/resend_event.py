"""POST /events/{event_id}/resend: send an event again, to one endpoint or to all that listen to its type."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.event_answers import render_resent
from paysandbox.webhooks.event_queries import ResendEvent
from paysandbox.webhooks.resend_events import event_not_found, resend_event
from paysandbox.webhooks.routes import RESEND_EVENT


@endpoint(RESEND_EVENT)
def handler(call: Call[ResendEvent, None]) -> Answer:
    """A claim, two reads, and per delivery a conditional update and a message."""
    body = call.body
    asked = call.path.get("event_id", "")
    if not ids.has_form(ids.EVENT, asked):
        raise event_not_found()

    def act(operation_id: str, claimed_at: datetime) -> list[Delivery]:
        return resend_event(
            call.merchant, asked, body.endpoint_id, operation_id=operation_id, claimed_at=claimed_at, now=call.now
        )

    deliveries, replayed = run_idempotent(call, ids.RESEND, act)
    return Answer(render_resent(asked, deliveries), replayed, outcome="resent")
