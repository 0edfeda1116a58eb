"""POST /v1/test_helpers/shared_payment/granted_tokens/{id}/revoke: revoke a shared payment token, as its agent does."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.payment_methods.granted_tokens import revoked
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import RevokeGrantedToken
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resources.granted_tokens import GRANTED_TOKENS
from paysandbox.stripe_api.routes import REVOKE_GRANTED_TOKEN


@stripe_endpoint(REVOKE_GRANTED_TOKEN)
def handler(call: StripeCall[RevokeGrantedToken, None]) -> StripeAnswer:
    """A read, an idempotency record, and one conditional put."""
    request = Request(RESOURCES, GRANTED_TOKENS, call)
    tree = request.expanded(call.body.expand)
    return change_once(request, request.named(), revoked).answer(request, tree, outcome="revoked")
