"""POST /webhooks/endpoints/{endpoint_id}/enable: re-enable an endpoint."""

from datetime import datetime

from paysandbox.core import ids
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.webhooks.answers import render_endpoint
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.writes import enable_endpoint
from paysandbox.webhooks.routes import ENABLE_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(ENABLE_ENDPOINT)
def handler(call: Call[None, None]) -> Answer:
    """An idempotency record, then one conditional update."""

    def enable(_: str, claimed_at: datetime) -> Endpoint:
        # A repeated request only covers endpoints disabled before the first one.
        requested_at = None if claimed_at == call.now else claimed_at
        endpoint_id = call.path.get("endpoint_id", "")
        return enable_endpoint(endpoints(), call.merchant, endpoint_id, call.now, requested_at=requested_at)

    enabled, replayed = run_idempotent(call, ids.ENABLING, enable)
    return Answer(render_endpoint(enabled, call.now), replayed, outcome="enabled")
