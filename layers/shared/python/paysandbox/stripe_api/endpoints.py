"""The endpoints that were made through the Stripe-compatible API."""

from paysandbox.core.errors import Refused
from paysandbox.http.request import AnyCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.webhooks.endpoint import Endpoint
from paysandbox.webhooks.endpoints import get_endpoints
from paysandbox.webhooks.tables import endpoints


def stripe_endpoints(call: AnyCall) -> list[Endpoint]:
    """The caller's, newest first."""
    found = [one for one in get_endpoints(endpoints(), call.merchant).values() if one.stripe]
    return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)


def stripe_endpoint_named(call: AnyCall) -> Endpoint:
    """The one that the path names. Raises Refused(resource_not_found)."""
    name = call.path.get("endpoint", "")
    found = next((one for one in stripe_endpoints(call) if one.id == name), None)
    if found is None:
        raise no_endpoint(name)
    return found


def no_endpoint(name: str) -> Refused:
    """The one answer for an unknown, malformed, deleted or foreign id."""
    return no_such("webhook endpoint", name, "id")
