"""POST /webhooks/endpoints/{endpoint_id}/replay: send an endpoint again what happened since some time."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.endpoint import not_found
from paysandbox.webhooks.event_answers import render_replayed
from paysandbox.webhooks.event_queries import ReplayEndpoint
from paysandbox.webhooks.resend_events import Replayed, replay
from paysandbox.webhooks.routes import REPLAY_ENDPOINT


@endpoint(REPLAY_ENDPOINT)
def handler(call: Call[ReplayEndpoint, None]) -> Answer:
    """A claim, the events of the span, and per delivery a conditional update; messages ten at a time."""
    body = call.body
    asked = call.path.get("endpoint_id", "")
    if not ids.has_form(ids.ENDPOINT, asked):
        raise not_found()

    def act(operation_id: str, claimed_at: datetime) -> Replayed:
        return replay(
            call.merchant,
            asked,
            body.since,
            only_failed=body.only_failed,
            operation_id=operation_id,
            claimed_at=claimed_at,
            now=call.now,
        )

    done, replayed = run_idempotent(call, ids.REPLAY, act)
    answer = render_replayed(asked, done.planned, done.left_out, done.next_since)
    return Answer(answer, replayed, outcome="replay_planned")
