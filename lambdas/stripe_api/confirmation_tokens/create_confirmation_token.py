"""POST /v1/test_helpers/confirmation_tokens: create a confirmation token, as a page does with Stripe.js."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import LedgerSettings
from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.payment_methods.new_confirmation_token import TokenCall, new_token
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateConfirmationToken
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.resource_kit.stored_object import Cause, new_object
from paysandbox.stripe_api.resources.confirmation_tokens import CONFIRMATION_TOKENS
from paysandbox.stripe_api.resources.declared import RESOURCES
from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN


@stripe_endpoint(CREATE_CONFIRMATION_TOKEN)
def handler(call: StripeCall[CreateConfirmationToken, None]) -> StripeAnswer:
    """As a page creates one."""
    return created(call)


def created(call: TokenCall) -> StripeAnswer:
    """An idempotency record, then one conditional put. A payment method that is named is read first. A token is kept as
    long as payments are."""
    request = Request(RESOURCES, CONFIRMATION_TOKENS, call)
    tree = request.expanded(call.body.expand)
    retention_s = settings_of(LedgerSettings).retention_s

    def make(token_id: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, CONFIRMATION_TOKENS.object, token_id, new_token(call), cause)
        return (replace(new, listed=False, purge_at=int(cause.at.timestamp()) + retention_s),)

    return create_once(request, make).answer(request, tree, outcome="created")
