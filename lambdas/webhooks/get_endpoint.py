"""GET /webhooks/endpoints/{endpoint_id}: a webhook endpoint, without its secret."""

from paysandbox.contract.webhook_answers import render_endpoint
from paysandbox.domain.endpoint import not_found
from paysandbox.routes.webhooks import GET_ENDPOINT
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.table.endpoints import get_endpoints


@endpoint(GET_ENDPOINT)
def handler(call: Call) -> Answer:
    """One consistent read."""
    found = get_endpoints(endpoints(), call.merchant).get(call.path.get("endpoint_id", ""))
    if found is None:
        raise not_found()
    return Answer(render_endpoint(found, call.now), outcome="shown")
