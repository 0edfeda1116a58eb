"""GET /webhooks/endpoints/{endpoint_id}: get a webhook endpoint, without its secret."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks.answers import render_endpoint
from paysandbox.webhooks.endpoint import not_found
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.routes import GET_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(GET_ENDPOINT)
def handler(call: Call[None, None]) -> Answer:
    """One consistent read."""
    result = get_endpoints(endpoints(), call.merchant).get(call.path.get("endpoint_id", ""))
    if result is None:
        raise not_found()
    return Answer(render_endpoint(result, call.now), outcome="shown")
