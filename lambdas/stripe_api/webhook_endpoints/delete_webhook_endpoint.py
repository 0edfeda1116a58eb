"""DELETE /v1/webhook_endpoints/{endpoint}: delete an endpoint. Nothing more is sent to it."""

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.endpoints import no_endpoint
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.routes import DELETE_WEBHOOK_ENDPOINT
from paysandbox.webhooks.endpoints.writes import delete_endpoint
from paysandbox.webhooks.tables import endpoints


@stripe_endpoint(DELETE_WEBHOOK_ENDPOINT)
def handler(call: StripeCall[None, None]) -> StripeAnswer:
    """One conditional update. Its pending deliveries appear as canceled."""
    name = call.path.get("endpoint", "")
    try:
        delete_endpoint(endpoints(), call.merchant, name, call.now, stripe_request=call.request_id)
    except Refused as refused:
        raise no_endpoint(name) if refused.code is Code.RESOURCE_NOT_FOUND else refused from None
    return StripeAnswer(body={"id": name, "object": "webhook_endpoint", "deleted": True}, outcome="deleted")
