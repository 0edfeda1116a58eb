"""DELETE /v1/webhook_endpoints/{endpoint}: send nothing to an endpoint any longer, and forget it."""

from paysandbox.errors import Code, Refused
from paysandbox.routes.stripe_api import DELETE_WEBHOOK_ENDPOINT
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_endpoints import no_endpoint
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint
from paysandbox.runtime.webhook_tables import endpoints
from paysandbox.table.endpoint_writes import delete_endpoint


@stripe_endpoint(DELETE_WEBHOOK_ENDPOINT)
def handler(call: Call) -> StripeAnswer:
    """One conditional update. What was pending for it shows itself as cancelled."""
    name = call.path.get("endpoint", "")
    try:
        delete_endpoint(endpoints(), call.merchant, name, call.now, only_of_stripe=True)
    except Refused as refused:
        raise no_endpoint(name) if refused.code is Code.RESOURCE_NOT_FOUND else refused from None
    return StripeAnswer({"id": name, "object": "webhook_endpoint", "deleted": True}, outcome="deleted")
