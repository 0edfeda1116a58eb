"""DELETE /v1/ephemeral_keys/{id}: delete a key, which is shown without its secret."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resource_kit.operations import Request, delete
from paysandbox.stripe_api.resources.ephemeral_keys import EPHEMERAL_KEYS
from paysandbox.stripe_api.routes import DELETE_EPHEMERAL_KEY


@stripe_endpoint(DELETE_EPHEMERAL_KEY)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """A read, and one conditional put of a tombstone, which also a repeated creation finds."""
    request = Request(RESOURCES, EPHEMERAL_KEYS, call)
    stored = request.named()
    deleted = delete(request)
    (body,) = request.rendered([replace(stored, deleted=False)], request.expanded(call.query.expand))
    return replace(deleted, body=body)
