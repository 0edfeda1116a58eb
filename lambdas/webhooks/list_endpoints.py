"""GET /webhooks/endpoints: list webhook endpoints."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks.answers import render_endpoints
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.routes import LIST_ENDPOINTS
from paysandbox.webhooks.tables import endpoints


@endpoint(LIST_ENDPOINTS)
def handler(call: Call[None, None]) -> Answer:
    """One consistent read."""
    result = get_endpoints(endpoints(), call.merchant)
    return Answer(render_endpoints(result.values(), call.now), outcome="listed")
