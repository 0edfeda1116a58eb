"""GET /webhooks/endpoints: the merchant's webhook endpoints."""

from paysandbox.contract.webhook_answers import render_endpoints
from paysandbox.routes.webhooks import LIST_ENDPOINTS
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.table.endpoints import get_endpoints


@endpoint(LIST_ENDPOINTS)
def handler(call: Call) -> Answer:
    """One consistent read."""
    found = get_endpoints(endpoints(), call.merchant)
    return Answer(render_endpoints(found.values(), call.now), outcome="listed")
