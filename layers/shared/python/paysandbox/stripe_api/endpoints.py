"""Webhook endpoints that were created through the Stripe-compatible API."""

from paysandbox.core.errors import Refused
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.tables import endpoints


def stripe_endpoints(call: AnyStripeCall) -> list[Endpoint]:
    """Return the caller's endpoints, newest first."""
    items = [endpoint for endpoint in get_endpoints(endpoints(), call.merchant).values() if endpoint.stripe]
    return sorted(items, key=lambda endpoint: (endpoint.created_at, endpoint.id), reverse=True)


def stripe_endpoint_named(call: AnyStripeCall) -> Endpoint:
    """Return the endpoint in the path. Raises Refused(resource_not_found)."""
    name = call.path.get("endpoint", "")
    endpoint = next((candidate for candidate in stripe_endpoints(call) if candidate.id == name), None)
    if endpoint is None:
        raise no_endpoint(name)
    return endpoint


def no_endpoint(name: str) -> Refused:
    """Return the same error for an unknown, malformed or deleted ID and for another merchant's."""
    return no_such("webhook endpoint", name, "id")
