"""POST /webhooks/endpoints/{endpoint_id}/enable: let an endpoint that was disabled hear what happens from now on."""

from datetime import datetime

from paysandbox.contract.webhook_answers import render_endpoint
from paysandbox.domain import identity
from paysandbox.domain.endpoint import Endpoint
from paysandbox.routes.webhooks import ENABLE_ENDPOINT
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.idempotency import once
from paysandbox.runtime.request import Call
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.table.endpoint_writes import enable_endpoint


@endpoint(ENABLE_ENDPOINT)
def handler(call: Call) -> Answer:
    """A claim, then one conditional update."""

    def enable(_: str, claimed_at: datetime) -> Endpoint:
        # A wish that comes again means what was disabled when it came first, and nothing later.
        wished_at = None if claimed_at == call.now else claimed_at
        endpoint_id = call.path.get("endpoint_id", "")
        return enable_endpoint(endpoints(), call.merchant, endpoint_id, call.now, wished_at=wished_at)

    enabled, replayed = once(call, identity.ENABLING, enable)
    return Answer(render_endpoint(enabled, call.now), replayed, outcome="enabled")
