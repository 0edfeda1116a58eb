"""POST /webhooks/endpoints/{endpoint_id}/replay: replay past events to an endpoint."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.deliveries.resend_events import Replayed, replay
from paysandbox.webhooks.endpoint import not_found
from paysandbox.webhooks.events.answers import render_replayed
from paysandbox.webhooks.events.queries import ReplayEndpoint
from paysandbox.webhooks.routes import REPLAY_ENDPOINT


@endpoint(REPLAY_ENDPOINT)
def handler(call: Call[ReplayEndpoint, None]) -> Answer:
    """An idempotency record, the events of the period, an update per delivery, and queue messages in batches of ten."""
    body = call.body
    endpoint_id = call.path.get("endpoint_id", "")
    if not ids.has_form(ids.ENDPOINT, endpoint_id):
        raise not_found()

    def act(operation_id: str, claimed_at: datetime) -> Replayed:
        return replay(
            call.merchant,
            endpoint_id,
            body.since,
            only_failed=body.only_failed,
            operation_id=operation_id,
            claimed_at=claimed_at,
            now=call.now,
        )

    result, replayed = run_idempotent(call, ids.REPLAY, act)
    answer = render_replayed(endpoint_id, result.planned, result.left_out, result.next_since)
    return Answer(answer, replayed, outcome="replay_planned")
