"""DELETE /webhooks/endpoints/{endpoint_id}: delete a webhook endpoint."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.webhooks.endpoints.writes import delete_endpoint
from paysandbox.webhooks.routes import DELETE_ENDPOINT
from paysandbox.webhooks.tables import endpoints


@endpoint(DELETE_ENDPOINT)
def handler(call: Call[None, None]) -> Answer:
    """One conditional update, and rarely one that purges. Pending deliveries are shown as canceled from then on."""
    endpoint_id = call.path.get("endpoint_id", "")
    delete_endpoint(endpoints(), call.merchant, endpoint_id, call.now)
    return Answer({"endpoint_id": endpoint_id, "deleted": True}, outcome="deleted")
