"""POST /v1/test_helpers/shared_payment/granted_tokens: create a shared payment token, as an agent grants one."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.objects.granted_token import expires_at
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.payment_methods.new_granted_token import new_granted_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateGrantedToken
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resources.granted_tokens import GRANTED_TOKENS
from paysandbox.stripe_api.routes import CREATE_GRANTED_TOKEN


@stripe_endpoint(CREATE_GRANTED_TOKEN)
def handler(call: StripeCall[CreateGrantedToken, None]) -> StripeAnswer:
    """An idempotency record, then one conditional put. A payment method that is named is read first. A token is kept as
    long as payments are."""
    request = Request(RESOURCES, GRANTED_TOKENS, call)
    tree = request.expanded(call.body.expand)
    retention_s = settings_of(LedgerSettings).retention_s

    def make(token_id: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, GRANTED_TOKENS.object, token_id, new_granted_token(call), cause)
        due_at = expires_at(new)
        purge_at = int(max(due_at or cause.at, cause.at).timestamp()) + retention_s
        return (replace(new, listed=False, due_at=due_at, purge_at=purge_at),)

    return create_once(request, make).answer(request, tree, outcome="created")
